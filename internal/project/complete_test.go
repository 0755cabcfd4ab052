package project

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestComplete(t *testing.T) {
	wheel := Project{
		Name: "shop_front", Version: "24.4", Summary: "from the wheel", Readme: "r", ReadmeType: "text/markdown",
		License: "MIT", RequiresPython: ">=3.9", LicenseFiles: []string{"shop_front-24.4.dist-info/LICENSE"},
		Authors: []Person{{"Ann", ""}}, Maintainers: []Person{{"Bob", ""}},
		URLs: map[string]string{"a": "b"}, Scripts: map[string]string{"shop": "shop:main"}, File: "shop.whl",
	}
	whole := wheel
	whole.File, whole.BuildBackend = "setup.py", "b"

	got, err := Project{File: "setup.py", BuildBackend: "b", Dynamic: []string{"name", "version"}}.Complete(wheel)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole, got); diff != "" {
		t.Errorf("everything open: -want +got:\n%s", diff)
	}

	stated := Project{
		Name: "Shop.Front", Version: "24.04", Summary: "s", Readme: "own", License: "BSD", RequiresPython: ">=3.8",
		LicenseFiles: []string{"L"}, Authors: []Person{{"Cid", ""}}, Maintainers: []Person{{"Dan", ""}},
		URLs: map[string]string{"c": "d"}, File: "pyproject.toml",
	}
	want := stated
	want.Scripts = wheel.Scripts
	if got, err = stated.Complete(wheel); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("everything stated: -want +got:\n%s", diff)
	}
}

func TestCompleteRefuses(t *testing.T) {
	_, err := Project{Name: "shop", Version: "1.0", File: "setup.cfg"}.Complete(Project{Name: "store", Version: "1.1", File: "store.whl"})
	want := `compare "store.whl" with the project: its name is "store", want "shop" as in setup.cfg
compare "store.whl" with the project: its version is "1.1", want "1.0" as in setup.cfg`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
