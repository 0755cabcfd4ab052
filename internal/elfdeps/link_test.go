package elfdeps

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

// built is a file to be linked: a shared library, or a program when it is in a
// folder bin.
type built struct {
	name  string
	needs string // names, with a space between them
	flags string // of the linker
}

const (
	rpath   = "-Wl,--disable-new-dtags,-rpath,"
	runpath = "-Wl,--enable-new-dtags,-rpath,"
)

// build links files in dir. What a file needs exists only to be linked against.
func build(t *testing.T, dir string, files []built, links map[string]string) {
	t.Helper()
	gcc, stubs := testkit.Need(t, "gcc"), t.TempDir()
	link := func(name string, args ...string) {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		args = append([]string{"-nostdlib", "-Wl,--allow-shlib-undefined,--no-as-needed", "-o", name}, args...)
		output(t, stubs, gcc, append(args, filepath.Join(stubs, "empty.c"))...)
	}
	write(t, filepath.Join(stubs, "empty.c"), "void _start(void) { __builtin_trap(); }\n")
	for _, f := range files {
		var args []string
		for _, need := range strings.Fields(f.needs) {
			stub := filepath.Join(stubs, need)
			if _, err := os.Stat(stub); err != nil {
				link(stub, "-shared", "-Wl,-soname,"+need)
			}
			args = append(args, stub)
		}
		if !strings.Contains(f.name, "bin/") {
			args = append(args, "-shared", "-Wl,-soname,"+filepath.Base(f.name))
		}
		link(filepath.Join(dir, f.name), append(args, strings.Fields(f.flags)...)...)
	}
	for name, target := range links {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

var notFound = regexp.MustCompile(`(?m)^\s*(\S+) => not found`)

// notLoaded is what the dynamic loader of this system misses for a file.
func notLoaded(t *testing.T, name string) []string {
	t.Helper()
	cmd := exec.Command("/lib64/ld-linux-x86-64.so.2", name)
	cmd.Env = []string{"LD_TRACE_LOADED_OBJECTS=1"}
	out, _ := cmd.CombinedOutput() // it fails when something is missing
	var list []string
	for _, m := range notFound.FindAllStringSubmatch(string(out), -1) {
		list = append(list, m[1])
	}
	slices.Sort(list)
	return slices.Compact(list)
}

var linked = map[string]struct {
	files  []built
	links  map[string]string
	root   string   // whose loading is compared with the real loader's
	absent []string // what the whole tree does not bring
}{
	"nothing says where": {
		files: []built{{"m.so", "liba.so", ""}, {"liba.so", "", ""}}, root: "m.so", absent: []string{"liba.so"},
	},
	"a wheel's RUNPATH": {
		files: []built{{"pkg/m.so", "liba.so libx.so", runpath + "$ORIGIN/../pkg.libs"}, {"pkg.libs/liba.so", "", ""}},
		root:  "pkg/m.so", absent: []string{"libx.so"},
	},
	"a RUNPATH is not for what the library needs": {
		files: []built{{"pkg/m.so", "liba.so", runpath + "$ORIGIN/../libs"}, {"libs/liba.so", "libb.so", ""}, {"libs/libb.so", "", ""}},
		root:  "pkg/m.so", absent: []string{"libb.so"},
	},
	"a DT_RPATH is": {
		files: []built{{"pkg/m.so", "liba.so", rpath + "${ORIGIN}/../libs"}, {"libs/liba.so", "libb.so", ""}, {"libs/libb.so", "", ""}},
		root:  "pkg/m.so",
	},
	"but not where the library has a RUNPATH": {
		files: []built{{"pkg/m.so", "liba.so", rpath + "$ORIGIN/../libs"}, {"libs/liba.so", "libb.so", runpath + "$ORIGIN/no"}, {"libs/libb.so", "", ""}},
		root:  "pkg/m.so", absent: []string{"libb.so"},
	},
	"what is loaded already is not searched": {
		files: []built{{"pkg/m.so", "liba.so libb.so", runpath + "$ORIGIN/../libs"}, {"libs/liba.so", "libb.so", ""}, {"libs/libb.so", "", ""}},
		root:  "pkg/m.so",
	},
	"links to files and folders": {
		files: []built{{"pkg/m.so", "liba.so", runpath + "/nowhere:relative::$ORIGIN/../lib64"}, {"lib/liba.so.1.2", "", ""}},
		links: map[string]string{"lib64": "lib", "lib/liba.so": "../lib/liba.so.1", "lib/liba.so.1": "liba.so.1.2"},
		root:  "pkg/m.so",
	},
	"links that lead nowhere": {
		files: []built{{"pkg/m.so", "liba.so libb.so", runpath + "$ORIGIN"}},
		links: map[string]string{"pkg/liba.so": "liba.so", "pkg/libb.so": "/nowhere/libb.so"},
		root:  "pkg/m.so", absent: []string{"liba.so", "libb.so"},
	},
	"$LIB": {
		files: []built{{"pkg/m.so", "liba.so", runpath + "$ORIGIN/$LIB"}, {"pkg/lib/x86_64-linux-gnu/liba.so", "", ""}},
		root:  "pkg/m.so",
	},
	"libraries that need each other": {
		files: []built{{"liba.so", "libb.so libx.so", runpath + "$ORIGIN"}, {"libb.so", "liba.so", runpath + "$ORIGIN"}},
		root:  "liba.so", absent: []string{"libx.so"},
	},
	"what a program brings": {
		files: []built{{"bin/python3.12", "libpython3.12.so.1.0", runpath + "$ORIGIN/../lib"}, {"lib/libpython3.12.so.1.0", "", ""},
			{"lib/python3.12/lib-dynload/m.so", "libpython3.12.so.1.0", ""}},
		root: "bin/python3.12",
	},
	"a program's DT_RPATH, below its prefix and the virtualenv's": {
		files: []built{{"python/bin/python3.12", "", rpath + "$ORIGIN/../lib"}, {"python/lib/liba.so", "", ""},
			{"lib/m.so", "liba.so", ""}, {"python/lib/n.so", "liba.so", ""}},
		links: map[string]string{"bin/python": "python3", "bin/python3": "../python/bin/python3.12"},
		root:  "python/bin/python3.12",
	},
	"a program's RUNPATH is its own": {
		files: []built{{"bin/python3.12", "", runpath + "$ORIGIN/../lib"}, {"lib/liba.so", "", ""}, {"lib/m.so", "liba.so", ""}},
		root:  "bin/python3.12", absent: []string{"liba.so"},
	},
	"a program's DT_RPATH is nothing to what is elsewhere": {
		files: []built{{"a/bin/python3.12", "", rpath + "$ORIGIN/../lib"}, {"a/lib/liba.so", "", ""}, {"b/m.so", "liba.so", ""}},
		root:  "a/bin/python3.12", absent: []string{"liba.so"},
	},
}

func TestLibrariesAreFoundAsTheLoaderFindsThem(t *testing.T) {
	t.Parallel()
	for name, test := range linked {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			build(t, dir, test.files, test.links)
			r := scanDir(t, dir, dir)
			all, ofRoot := map[string]bool{}, map[string]bool{}
			for _, o := range r.objects {
				maps.Copy(all, o.external)
			}
			root := r.objects[slices.IndexFunc(r.objects, func(o *object) bool { return o.path == filepath.Join(dir, test.root) })]
			newLinker(dirTree(t, dir, dir), r.objects).load(root, func(_ *object, library string) { ofRoot[library] = true })
			if diff := cmp.Diff(test.absent, slices.Sorted(maps.Keys(all))); diff != "" {
				t.Errorf("absent (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(notLoaded(t, root.path), slices.Sorted(maps.Keys(ofRoot))); diff != "" {
				t.Errorf("absent for %s (-the loader +got):\n%s", test.root, diff)
			}
		})
	}
}

const dlopen = `#include <dlfcn.h>
#include <stdio.h>
int main(int n, char **args) {
	if (!dlopen(args[1], RTLD_NOW)) { puts(dlerror()); }
	return 0;
}`

func TestModulesGetWhatTheInterpreterBrings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		flags  string
		absent []string
	}{
		"in its DT_RPATH":     {rpath + "$ORIGIN/../lib", nil},
		"not in its RUNPATH":  {runpath + "$ORIGIN/../lib", []string{"liba.so"}},
		"because it has them": {runpath + "$ORIGIN/../lib -Wl,--no-as-needed -l:liba.so", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			build(t, dir, []built{{"lib/liba.so", "", ""}, {"lib/python3.12/lib-dynload/m.so", "liba.so", ""}}, nil)
			program, source := filepath.Join(dir, "bin", "python3.12"), filepath.Join(t.TempDir(), "main.c")
			write(t, source, dlopen)
			if err := os.Mkdir(filepath.Dir(program), 0o755); err != nil {
				t.Fatal(err)
			}
			args := []string{"-o", program, source, "-L" + dir + "/lib"}
			output(t, dir, testkit.Need(t, "gcc"), append(args, strings.Fields(test.flags)...)...)
			said := output(t, dir, program, dir+"/lib/python3.12/lib-dynload/m.so")
			if loads := said == ""; loads != (test.absent == nil) {
				t.Errorf("the program says %q", said)
			}
			r := scanDir(t, dir, dir)
			module := r.objects[len(r.objects)-1]
			if diff := cmp.Diff(test.absent, slices.Sorted(maps.Keys(module.external))); diff != "" {
				t.Errorf("absent for %s (-want +got):\n%s", module.path, diff)
			}
		})
	}
}
