package venv

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

func TestWheelsFit(t *testing.T) {
	debian := pythonTags{Minor: 11, ABI: "cp311", Platform: "linux_x86_64", Glibc: [2]int{2, 36}}
	alpine := pythonTags{Minor: 12, ABI: "cp312", Platform: "linux_aarch64", Musl: [2]int{1, 2}}
	threads := pythonTags{Minor: 13, ABI: "cp313t", Platform: "linux_x86_64", Glibc: [2]int{2, 17}}
	old := pythonTags{Minor: 7, ABI: "cp37m", Platform: "linux_i686", Glibc: [2]int{2, 12}}
	tests := []struct {
		i    pythonTags
		tag  string
		want bool
	}{
		{debian, "py3-none-any", true}, {debian, "py2.py3-none-any", true}, {debian, "py2-none-any", false}, {debian, "py312-none-any", false}, {debian, "py39-none-any", true},
		{debian, "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", true}, {debian, "cp311-cp311-manylinux_2_37_x86_64", false}, {debian, "cp311-cp311-manylinux1_x86_64", true},
		{debian, "cp311-cp311-manylinux_2_17_aarch64", false}, {debian, "cp310-cp310-manylinux2014_x86_64", false}, {debian, "cp38-abi3-manylinux2014_x86_64", true}, {debian, "cp312-abi3-manylinux2014_x86_64", false},
		{debian, "cp311-cp311-linux_x86_64", true}, {debian, "cp311-cp311-musllinux_1_1_x86_64", false}, {debian, "cp311-none-any", true}, {debian, "cp310-none-any", false}, {debian, "py3-none-manylinux2014_x86_64", true},
		{debian, "cp311-cp311-any", false}, {debian, "cp311-cp311-win_amd64", false}, {debian, "py3-none-macosx_11_0_arm64", false}, {debian, "pp310-pypy310_pp73-manylinux2014_x86_64", false},
		{alpine, "cp312-cp312-musllinux_1_1_aarch64", true}, {alpine, "cp312-cp312-musllinux_1_3_aarch64", false}, {alpine, "cp312-cp312-manylinux2014_aarch64", false},
		{threads, "cp313-cp313t-manylinux2014_x86_64", true}, {threads, "cp313-cp313-manylinux2014_x86_64", false}, {threads, "cp39-abi3-manylinux2014_x86_64", false}, {threads, "py3-none-any", true},
		{old, "cp37-cp37m-manylinux2010_i686", true}, {old, "cp37-cp37m-manylinux2014_i686", false},
		{debian, "", false}, {debian, "--", false}, {debian, "cp3-abi3-linux_x86_64", false},
	}
	for _, test := range tests {
		if got := test.i.fits("demo-1.0-" + test.tag + ".whl"); got != test.want {
			t.Errorf("%s on %v: %t", test.tag, test.i, got)
		}
	}
}

// packaging, which pip brings along, has the say: every tag that it knows for this
// machine fits, and of those of other machines none.
func TestTagsAreThoseOfPackaging(t *testing.T) {
	s := newSite(t, "pip")
	net, err := s.b.network(s.pl.Source)
	if err != nil {
		t.Fatal(err)
	}
	wheel, err := s.b.fetch(t.Context(), net, pipTool)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(testkit.Need(t, s.pl.Python.Path), "-c",
		"import sys; sys.path.insert(0, sys.argv[1]); from pip._vendor.packaging import tags; print('\\n'.join(map(str, tags.sys_tags())))", wheel).Output()
	if err != nil {
		t.Fatal(err)
	}
	i, err := s.b.askInterpreter(t.Context(), s.pl.Python.Path)
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Fields(string(out))
	for _, tag := range known {
		if !i.fits("demo-1.0-" + tag + ".whl") {
			t.Errorf("%s does not fit", tag)
		}
		for _, other := range []string{strings.Replace(tag, "linux_2_", "linux_3_", 1), strings.Replace(tag, "cp3", "cp4", 1), strings.Replace(tag, "-cp", "-xp", 1)} {
			if i.fits("demo-1.0-"+other+".whl") && !slices.Contains(known, other) {
				t.Errorf("%s fits", other)
			}
		}
	}
	if len(known) < 100 {
		t.Errorf("packaging knows %d tags", len(known))
	}
}
