package payload

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/interpreter"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/sbom"
	"github.com/pinpack/pinpack/internal/syspkg"
	"github.com/pinpack/pinpack/internal/venv"
)

// stocked is a shop with all that a component may have.
func stocked(t *testing.T) (plan.Plan, venv.Env) {
	t.Helper()
	pl, env := shop(t)
	pl.Scripts, pl.SBOM, pl.System = []string{}, []string{"cyclonedx", "spdx"}, "debian:12"
	pl.Packages[0].Depends = []string{"/usr/bin/python3.11", "libpq.so.5()(64bit)", "libpq.so.5(X)(64bit)", "openssl"}
	pl.Packages[1].Depends = []string{"python3.11", "libpq5 (>= 10~~)", "a | b"}
	pl.Lock = lock.Lock{
		Files:  []string{"uv.lock"},
		Locals: []lock.Local{{Name: "zope", Path: "libs/zope"}},
		Requirements: []lock.Requirement{
			{Name: "attrs", Version: "2", Index: "https://pkgs.example.org/simple", Hashes: []string{"sha256:aa", "sha256:bb"}, File: "uv.lock", Line: 7},
		},
	}
	env.Built = []venv.Built{{Name: "my-shop", Requirements: []venv.BuildRequirement{{Name: "hatchling", Version: "1.2"}}}}
	env.Packages = []syspkg.Package{{Name: "gcc", Version: "4:12"}}
	const info = "venv/" + site
	put(t, filepath.Dir(env.Dir), map[string]string{
		info + "my_shop-3.dist-info/METADATA":                "Metadata-Version: 2.4\nName: My.Shop\nVersion: 3\nRequires-Dist: attrs\nRequires-Dist: Zope; sys_platform == 'win32'\nLicense-Expression: mit\nProject-URL: Source Code, https://git.example.org/shop\n",
		info + "attrs-2.dist-info/METADATA":                  "Metadata-Version: 2.1\nName: attrs\nVersion: 2\nLicense: BSD\nAuthor: Hy\nAuthor-email: hy@example.org\nbroken\n\n",
		info + "attrs-2.dist-info/RECORD":                    "attr/__init__.py,,\nattrs.libs/libfoo-0cf96a72.so.1.2,,\nattr/ext.cpython-311.so,,\n../../../bin/attr,,\nattrs-2.dist-info/METADATA,,\n",
		info + "attrs.libs/libfoo-0cf96a72.so.1.2":           "no ELF",
		info + "attrs-2.dist-info/sboms/auditwheel.cdx.json": `{"bomFormat": "CycloneDX", "specVersion": "1.4", "components": [{"type": "library", "name": "foo", "version": "1.2", "purl": "pkg:deb/debian/libfoo1@1.2"}]}`,
		info + "attrs-2.dist-info/sboms/other.spdx.json":     `{`,
		info + "attrs-2.dist-info/LICENSE":                   "Copyright (c) 2015 Hynek\nBe kind.\n",
	})
	return pl, env
}

// lines writes components one a line.
func lines(c sbom.Contents) []string {
	var list []string
	for _, one := range append(append([]sbom.Component{c.Package}, c.Components...), c.Tools...) {
		l := strings.TrimSpace(fmt.Sprintf("%s %s", one.ID, one.PURL))
		if one.In != "" {
			l += " in " + one.In
		}
		if one.External {
			l += " external"
		}
		if one.Constraint != "" {
			l += " wants " + one.Constraint
		}
		if one.DependsOn != nil {
			l += " needs " + strings.Join(one.DependsOn, ", ")
		}
		if one.License.Expression+one.License.Said != "" {
			l += " licence " + one.License.Expression + one.License.Said
		}
		for _, p := range one.Properties {
			l += " " + strings.TrimPrefix(p.Name, "pinpack:") + "=" + p.Value
		}
		list = append(list, l)
	}
	return list
}

func TestSBOMContents(t *testing.T) {
	t.Parallel()
	pl, env := stocked(t)
	_, info, err := Gather(pl, env, Private{})
	if err != nil {
		t.Fatal(err)
	}
	common := func(purl string) []string {
		return []string{
			"attrs==2 pkg:pypi/attrs@2?repository_url=https:%2F%2Fpkgs.example.org%2Fsimple licence BSD source=uv.lock, line 7 unread-sbom=other.spdx.json: want CycloneDX or SPDX 2 in JSON",
			"attrs==2/attrs.libs/libfoo-0cf96a72.so.1.2 in attrs==2",
			"attrs==2#1#1 pkg:deb/debian/libfoo1@1.2 in attrs==2",
			"my-shop==3 needs attrs==2 licence MIT source=the project",
			"zope==1.0 source=the repository, libs/zope",
			"python" + purl + " external licence PSF-2.0 built-with=3.11.2",
		}
	}
	tools := []string{"build:gcc==4:12 pkg:deb/debian/gcc@4:12?distro=debian-12", "build:hatchling==1.2 pkg:pypi/hatchling@1.2"}
	want := map[string][]string{
		"deb": append(append(append([]string{"package pkg:deb/shop@1:3-2?arch=all needs python, my-shop==3, zope==1.0, deb:libpq5, deb:a licence MIT"},
			common(" pkg:deb/debian/python3.11?distro=debian-12")...),
			"deb:libpq5 pkg:deb/debian/libpq5?distro=debian-12 external wants libpq5 (>= 10~~)", "deb:a pkg:deb/debian/a?distro=debian-12 external wants a | b"), tools...),
		"rpm": append(append(append([]string{"package pkg:rpm/shop@3-2?arch=noarch needs python, my-shop==3, zope==1.0, rpm:libpq.so.5, rpm:openssl licence MIT"},
			common("")...),
			"rpm:libpq.so.5 external wants libpq.so.5()(64bit), libpq.so.5(X)(64bit)", "rpm:openssl pkg:rpm/openssl external wants openssl"), tools...),
	}
	for format, list := range want {
		if diff := cmp.Diff(list, lines(info.contents[format])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
	attrs := info.contents["deb"].Components[0]
	if attrs.Copyright != "2015 Hynek" || len(attrs.Downloads) != 1 || attrs.Downloads[0].URL != "https://pkgs.example.org/simple/attrs/" || len(attrs.Downloads[0].Hashes) != 2 || attrs.Authors[0].Email != "hy@example.org" {
		t.Errorf("attrs: %+v", attrs)
	}
}

func TestSBOMOfABundle(t *testing.T) {
	t.Parallel()
	pl, env := stocked(t)
	put(t, env.Dir, map[string]string{"python/lib/pinssl.so.3": "x"})
	env.Bundle = &interpreter.Bundled{Libraries: []interpreter.Library{{Name: "pinssl.so.3", Soname: "libssl.so.3", Package: "libssl3", Version: "3.0.1-1"}}}
	pl.Python.Bundle = true
	list, err := shippedDistributions(pl, env)
	if err != nil {
		t.Fatal(err)
	}
	c, err := inventory(pl, env, list)
	if err != nil {
		t.Fatal(err)
	}
	got := lines(c)
	want := []string{
		"python pkg:generic/python@3.11.2 needs python/pinssl.so.3 licence PSF-2.0",
		"python/pinssl.so.3 pkg:deb/debian/libssl3@3.0.1-1?distro=debian-12 in python soname=libssl.so.3",
	}
	if diff := cmp.Diff(want, got[len(got)-4:len(got)-2]); diff != "" {
		t.Errorf("interpreter (-want +got):\n%s", diff)
	}
	text, err := copyright(pl, env, list)
	if err != nil || !strings.Contains(text, "\nFiles: opt/apps/shop/python/*\nCopyright: 2001 Python Software Foundation\nLicense: Python\n") {
		t.Errorf("copyright: %v\n%s", err, text)
	}
}

// TestSBOMsAreShippedAndBeside holds that both documents of both packages are there,
// and that those beside the packages have their hashes.
func TestSBOMsAreShippedAndBeside(t *testing.T) {
	t.Parallel()
	pl, env := stocked(t)
	got, info, err := Gather(pl, env, Private{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	packages := []artifact.Artifact{
		{Name: "shop-3-2.noarch.rpm", Path: filepath.Join(dir, "shop-3-2.noarch.rpm"), Format: "rpm", SHA256: strings.Repeat("ab", 32)},
		{Name: "shop_3-2_all.deb", Path: filepath.Join(dir, "shop_3-2_all.deb"), Format: "deb", SHA256: strings.Repeat("cd", 32)},
	}
	list, err := Documents(pl, info, packages)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range list {
		names = append(names, a.Name+" "+a.Format)
		text, err := os.ReadFile(a.Path)
		if err != nil || !json.Valid(text) || int64(len(text)) != a.Size || a.IsPackage() {
			t.Errorf("%+v: %v", a, err)
		}
		hash := packages[0].SHA256
		if strings.Contains(a.Name, ".deb") {
			hash = packages[1].SHA256
		}
		if !strings.Contains(string(text), hash) {
			t.Errorf("%s lacks the package's hash", a.Name)
		}
	}
	want := []string{"shop-3-2.noarch.rpm.cdx.json cyclonedx", "shop-3-2.noarch.rpm.spdx.json spdx", "shop_3-2_all.deb.cdx.json cyclonedx", "shop_3-2_all.deb.spdx.json spdx"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("beside (-want +got):\n%s", diff)
	}
	for _, format := range []string{"deb", "rpm"} {
		there := dump(got.For(format))
		for _, name := range []string{"sbom.cdx.json", "sbom.spdx.json"} {
			if there["/usr/share/doc/shop/"+name] != "file 0644 "+format {
				t.Errorf("%s: %s: %q", format, name, there["/usr/share/doc/shop/"+name])
			}
		}
	}
	if got.Paths() != len(got)-2 {
		t.Errorf("%d paths, %d entries: want two that differ between formats", got.Paths(), len(got))
	}
	pl.SBOM = nil
	if got, info, err = Gather(pl, env, Private{}); err != nil || dump(got)["/usr/share/doc/shop/sbom.cdx.json"] != "" {
		t.Errorf("one is shipped although none is wanted (%v)", err)
	}
	if list, err := Documents(pl, info, packages); err != nil || list != nil {
		t.Errorf("beside, although none is wanted: %v (%v)", list, err)
	}
}

func TestLicencesThatAreNotAllowed(t *testing.T) {
	t.Parallel()
	pl, env := stocked(t)
	pl.Licenses.Allow = []string{"ISC"} // the project's own and what is built from the repository may have any
	_, _, err := Gather(pl, env, Private{})
	want := `licence of distribution "attrs" 2: "BSD": no licence of the SPDX list, and its texts do not tell which`
	var e *LicenseError
	if err == nil || err.Error() != want || !errors.As(err, &e) {
		t.Errorf("got %v, want %s", err, want)
	}
	pl.LicensesExcept = []string{"attrs"}
	if _, _, err := Gather(pl, env, Private{}); err != nil {
		t.Error(err)
	}
}

func TestLibrary(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"x/numpy.libs/libopenblas64_p-r0-0cf96a72.3.23.dev.so": "libopenblas64_p-r0.3.23.dev.so", "x.libs/libpq-9b38f5e3.so.5.17": "libpq.so.5.17", "torch/lib/libc10.so": "libc10.so",
		"a/lib-x/libfoo-bar.so":                "libfoo-bar.so",
		"libx.cpython-311-x86_64-linux-gnu.so": "", "lib_x.abi3.so": "", "x.so": "", "lib.py": "", "libx.sow": "", "libx.so/readme": "",
	} {
		if got, _ := library(file); got != want {
			t.Errorf("%s: got %q, want %q", file, got, want)
		}
	}
}

func TestOwned(t *testing.T) {
	t.Parallel()
	at := "/opt/x/lib/python3.11/site-packages/"
	list := []shipped{
		{name: "one", files: []string{at + "google/one/a.py", at + "google/one/b/c.py", at + "one-1.dist-info/METADATA", "/opt/x/bin/one"}},
		{name: "two", files: []string{at + "google/two.py", at + "two words.py", at + "two/x.py"}},
	}
	at = at[1:]
	want := map[string][]string{
		"one": {"opt/x/bin/one", at + "google/one/*", at + "one-1.dist-info/*"},
		"two": {at + "google/two.py", at + "two/*", at + "two?words.py"},
	}
	if diff := cmp.Diff(want, owned(list)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := owned(list[:1]); len(got["one"]) != 3 {
		t.Errorf("alone: %q: want no pattern for what belongs to the virtualenv", got["one"])
	}
}
