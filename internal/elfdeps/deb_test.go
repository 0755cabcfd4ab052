package elfdeps

import (
	"errors"
	"io/fs"
	"os/exec"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

// installed is what dpkg holds of the packages on a system.
var installed = infoFS(map[string]string{
	"libfoo1:amd64.symbols": `libfoo.so.1 libfoo1 #MINVER#
| libfoo1 (>= 1.9), libfoo1 (<< 2)
| libfoo1 | libfoo-compat #MINVER#
* Build-Depends-Package: libfoo-dev
 (optional|c++)"foo::bar()@Base" 9
 old@Base 1.0
 new@FOO_1.2 1.2~beta1
 inner@Base 1.1 1
 either@Base 1.0 2
 wrong@Base 1.0 7
#MISSING: 1.3# gone@Base 1.1
libfoo-extra.so.1 libfoo1 #MINVER#
 extra@Base 1.1
`,
	"libfoo1:i386.symbols":   "libfoo.so.1 libfoo1-of-i386 #MINVER#\nlibonly32.so.1 libonly32\n",
	"lib32foo1.symbols":      "libfoo.so.1 lib32foo1 #MINVER#\n old@Base 1.0\n",
	"lib32foo1.list":         "/.\n/usr/lib32/libfoo.so.1\n",
	"libfoo1:amd64.list":     "/.\n/usr/lib/x86_64-linux-gnu/libfoo.so.1\n/lib/x86_64-linux-gnu/libfoo-extra.so.1\n",
	"libfoo1:i386.list":      "/usr/lib/i386-linux-gnu/libfoo.so.1\n/usr/lib/i386-linux-gnu/libonly32.so.1\n",
	"libbar2:amd64.list":     "/usr/lib/libbar.so.2\n/lib/x86_64-linux-gnu/alternative/libtyped.so.1\n/usr/lib/libdb-5.3.so\n/lib64/libnone.so.0\n",
	"libzero0:amd64.list":    "/usr/lib/libzero.so.0\n",
	"own-copy.shlibs":        "libpq 5 own-copy\n",
	"own-copy.list":          "/usr/lib/own-copy/libpq.so.5\n",
	"no-list.shlibs":         "libssl 3 no-list\n",
	"libbar2:amd64.shlibs":   "# of bar\nudeb: libbar 2 libbar2-udeb\nlibbar 2 libbar2 (>= 2.1), libbaz | libqux\ndeb: libtyped 1 libtyped1\nlibtyped 1 libwrong\nlibdb 5.3 libdb5.3\nshort\nlibnone 0\n",
	"libzero0:amd64.symbols": "libzero.so.0 libzero0 #MINVER#\n z@Base 0\n",
})

func infoFS(files map[string]string) fs.FS {
	root := fstest.MapFS{}
	for name, text := range files {
		root[path.Join(infoDir, name)] = &fstest.MapFile{Data: []byte(text)}
	}
	return root
}

func needing(sonames string, symbols ...symbol) *object {
	o := &object{path: "/opt/app/m.so", needed: strings.Fields(sonames), symbols: symbols, external: map[string]bool{}}
	for _, soname := range o.needed {
		o.external[soname] = true
	}
	return o
}

func TestDebSaysWhatTheInstalledPackagesSay(t *testing.T) {
	t.Parallel()
	inside := needing("libfoo.so.1 libin.so.1", symbol{"new", "FOO_1.2"})
	inside.external = map[string]bool{}
	for name, test := range map[string]struct {
		objects []*object
		deps    LibDeps
		floor   string
		want    []string
	}{
		"nothing":                {nil, nil, "", nil},
		"glibc only":             {[]*object{needing("libc.so.6 libm.so.6 ld-linux-x86-64.so.2 libpthread.so.0")}, nil, "2.34", []string{"libc6 (>= 2.34)"}},
		"glibc of no version":    {[]*object{needing("libc.so.6")}, nil, "", []string{"libc6"}},
		"what is in the tree":    {[]*object{inside}, nil, "", nil},
		"no symbol known":        {[]*object{needing("libfoo.so.1", symbol{"other", ""})}, nil, "", []string{"libfoo1 (>= 1.0)"}},
		"symbols that are gone":  {[]*object{needing("libfoo.so.1", symbol{"gone", ""})}, nil, "", []string{"libfoo1 (>= 1.0)"}},
		"the highest of symbols": {[]*object{needing("libfoo.so.1", symbol{"new", "FOO_1.2"}, symbol{"old", ""})}, nil, "", []string{"libfoo1 (>= 1.2~beta1)"}},
		"another version of it":  {[]*object{needing("libfoo.so.1", symbol{"new", "FOO_9"})}, nil, "", []string{"libfoo1 (>= 1.0)"}},
		"other templates": {[]*object{needing("libfoo.so.1", symbol{"inner", ""}, symbol{"either", ""}, symbol{"wrong", ""})}, nil, "",
			[]string{"libfoo1 (<< 2)", "libfoo1 (>= 1.9)", "libfoo1 | libfoo-compat (>= 1.0)"}},
		"two libraries of a package": {[]*object{needing("libfoo.so.1"), needing("libfoo-extra.so.1")}, nil, "", []string{"libfoo1 (>= 1.1)"}},
		"shlibs":                     {[]*object{needing("libbar.so.2 libtyped.so.1 libdb-5.3.so libnone.so.0")}, nil, "", []string{"libbar2 (>= 2.1)", "libbaz | libqux", "libdb5.3", "libtyped1"}},
		"version 0":                  {[]*object{needing("libzero.so.0", symbol{"z", ""})}, nil, "", []string{"libzero0"}},
		"what the user says":         {[]*object{needing("libfoo.so.1 libcuda.so.1 libx.so.1")}, LibDeps{"libfoo.so.1": "libfoo1 (>= 3)", "libcuda.so.1": "", "libx.so.1": "x | y, z"}, "", []string{"libfoo1 (>= 3)", "x | y", "z"}},
		"what is not installed":      {[]*object{needing("libpq.so.5 libssl.so.3")}, nil, "", []string{"libpq5", "libssl3t64"}},
	} {
		r := &Report{Arch: "amd64", Floor: Floor{Version: test.floor}, objects: test.objects}
		got, err := r.Deb(System{"debian:13", "amd64", installed}, test.deps)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDebOfAnotherArchitectureHasNoDataOfThisOne(t *testing.T) {
	t.Parallel()
	r := &Report{Arch: "386", objects: []*object{needing("libfoo.so.1 libonly32.so.1 libz.so.1")}}
	got, err := r.Deb(System{"debian:12", "amd64", installed}, nil)
	if want := []string{"libfoo1-of-i386", "libonly32", "zlib1g"}; err != nil || !cmp.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestDebByTheShippedTable(t *testing.T) {
	t.Parallel()
	for release, want := range map[string]string{
		"debian:11":    "libffi.so.8 libldap.so.2 libssl.so.3; libpng16-16",
		"debian:12":    "libldap.so.2; libffi8, libpng16-16, libssl3",
		"debian:13":    "; libffi8, libldap2, libpng16-16t64, libssl3t64",
		"ubuntu:22.04": "libldap.so.2; libffi8, libpng16-16, libssl3",
		"ubuntu:24.04": "; libffi8, libldap2, libpng16-16t64, libssl3t64",
		"fedora:42":    "; libffi8, libldap2, libpng16-16 | libpng16-16t64, libssl3 | libssl3t64",
		":":            "; libffi8, libldap2, libpng16-16 | libpng16-16t64, libssl3 | libssl3t64",
	} {
		r := &Report{Arch: "amd64", objects: []*object{needing("libffi.so.8 libldap.so.2 libpng16.so.16 libssl.so.3")}}
		got, err := r.Deb(System{release, "amd64", fstest.MapFS{}}, nil)
		var absent []string
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, err := range joined.Unwrap() {
				var e *NoPackageError
				if !errors.As(err, &e) {
					t.Fatal(err)
				}
				absent = append(absent, e.Soname)
			}
		}
		if got := strings.Join(absent, " ") + "; " + strings.Join(got, ", "); got != want {
			t.Errorf("%s: %q, want %q", release, got, want)
		}
	}
}

func TestDebNamesLibrariesThatNobodyHas(t *testing.T) {
	t.Parallel()
	var objects []*object
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		o := needing("libodd.so.1")
		o.path = "/opt/app/" + name + ".so"
		objects = append(objects, o)
	}
	objects = append(objects, needing("libfoo.so.1 liblost.so.2"))
	_, err := (&Report{Arch: "amd64", objects: objects}).Deb(System{"debian:12", "amd64", installed}, nil)
	want := `find library "libodd.so.1", needed by /opt/app/a.so, /opt/app/b.so, /opt/app/c.so and 2 more: no package of debian:12 is known to have it: want it installed on the build system, in the application, or mapped to a package
find library "liblost.so.2", needed by /opt/app/m.so: no package of debian:12 is known to have it: want it installed on the build system, in the application, or mapped to a package`
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}

func TestDebReportsDataThatCannotBeRead(t *testing.T) {
	t.Parallel()
	r := &Report{Arch: "amd64", objects: []*object{needing("libfoo.so.1")}}
	_, err := r.Deb(System{"debian:12", "amd64", broken{}}, nil)
	if want := "read dpkg's data: no disk"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

type broken struct{}

func (broken) Open(string) (fs.File, error) { return nil, errors.New("no disk") }

// TestShippedTableAgreesWithThisSystem holds the table against the packages that
// are installed here.
func TestShippedTableAgreesWithThisSystem(t *testing.T) {
	t.Parallel()
	system := host(t)
	d, err := openDpkg(system.Root, machineOf(system.Arch), true)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, line := range strings.Split(strings.TrimSpace(librariesTable), "\n") {
		soname := strings.Fields(line)[0]
		lib, err := d.find(soname)
		if err != nil {
			t.Fatal(err)
		}
		if lib == nil {
			continue
		}
		ours := shipped(soname, system.Release)
		compared++
		pkg, _, _ := strings.Cut(lib.templates[0], " ")
		if ours == nil || ours.templates[0] != pkg {
			t.Errorf("%s: the table has %+v, the system %q", soname, ours, pkg)
		}
	}
	t.Logf("%s: %d libraries compared", system.Release, compared)
}

func TestDebianVersionsAreOrderedAsDpkgOrdersThem(t *testing.T) {
	t.Parallel()
	versions := strings.Fields("0 0~ 0~20220623.0-1 1 01 1.0 1.0-0 1.0-1 1.0~rc1 1.0~rc1-1 1.0+dfsg 1.0.1 1.0a 1.0-1~bpo1 1.0-1+b1 1:0.1 1:1.0-1-2 2.10 2.9 2.9a 4.18.0+dfsg-1 10 99999999999999999999 1.a 1.+ 1.~")
	dpkg := testkit.Need(t, "dpkg")
	for _, a := range versions {
		for _, b := range versions {
			op := "eq"
			if c := compareDebian(a, b); c != 0 {
				op = map[bool]string{true: "lt", false: "gt"}[c < 0]
			}
			if out, err := exec.Command(dpkg, "--compare-versions", a, op, b).CombinedOutput(); err != nil {
				t.Errorf("we say %s %s %s, dpkg does not %s", a, op, b, out)
			}
		}
	}
}
