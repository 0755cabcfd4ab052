package interpreter_test

import (
	"context"
	"crypto/sha256"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/interpreter"
	"github.com/pinpack/pinpack/internal/testkit"
)

const final = "/opt/app/python"

func bundle(t testing.TB, prefix string) interpreter.Bundled {
	t.Helper()
	py, err := interpreter.Ask(t.Context(), runner(), prefix)
	if err != nil {
		t.Fatal(err)
	}
	b, err := interpreter.Bundle(t.Context(), runner(), py, filepath.Join(t.TempDir(), "python"), final)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// debianBundle is one of debianPrefix, for tests that only read it.
func debianBundle(t testing.TB) interpreter.Bundled {
	t.Helper()
	debianPrefix(t)
	b, err := debianBundled()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// debianBundled is called when debianPrefix was.
var debianBundled = sync.OnceValues(func() (interpreter.Bundled, error) {
	py, err := interpreter.Ask(context.Background(), runner(), rearranged.prefix)
	if err != nil {
		return interpreter.Bundled{}, err
	}
	return interpreter.Bundle(context.Background(), runner(), py, filepath.Join(scratch, "python"), final)
})

func TestBundle(t *testing.T) {
	for name, prefix := range prefixes(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := bundle(t, prefix)
			minor := regexp.MustCompile(`^3\.[0-9]+`).FindString(b.Version)
			if b.Path != final+"/bin/python"+minor || b.Home != final+"/bin" || b.After >= b.Before || !b.Stripped {
				t.Errorf("bundled %+v", b)
			}
			removed := map[string][]string{"debian": {"_gone.so: needs libgone.so.1, which is not on this machine"}}
			if diff := cmp.Diff(removed[name], b.Removed); diff != "" {
				t.Errorf("removed (-want +got):\n%s", diff)
			}
			t.Logf("%s: %.1f MB of %.1f MB; glibc %s", b.Version, float64(b.After)/1e6, float64(b.Before)/1e6, floor(t, b.Dir))
			t.Run("same twice", func(t *testing.T) {
				if diff := cmp.Diff(sums(t, b.Dir), sums(t, bundle(t, prefix).Dir)); diff != "" {
					t.Errorf("two bundles (-first +second):\n%s", diff)
				}
			})
			t.Run("names no prefix", func(t *testing.T) { namesNot(t, b.Dir, prefix) })
			t.Run("complete", func(t *testing.T) { complete(t, b) })
			t.Run("owners", func(t *testing.T) {
				i := slices.IndexFunc(b.Libraries, func(l interpreter.Library) bool { return l.Soname == "libsqlite3.so.0" })
				if i < 0 || b.Libraries[i].Name != "pinsqlite3.so.0" || b.Libraries[i].Package != "libsqlite3-0" || b.Libraries[i].Version == "" {
					t.Errorf("libraries %+v", b.Libraries)
				}
			})
			t.Run("trimmed", func(t *testing.T) {
				for _, gone := range []string{"include", "share", "lib/python" + minor + "/test", "lib/python" + minor + "/__pycache__", "lib/python" + minor + "/site-packages"} {
					if _, err := os.Lstat(filepath.Join(b.Dir, gone)); err == nil {
						t.Errorf("%s is there", gone)
					}
				}
			})
			t.Run("elsewhere", func(t *testing.T) { elsewhere(t, b, minor) })
		})
	}
}

// elsewhere moves the bundle to a path that it does not know, and runs a virtualenv on
// top of it.
func elsewhere(t *testing.T, b interpreter.Bundled, minor string) {
	dir := t.TempDir()
	do(t, "mv", b.Dir, dir+"/python")
	virtualenv(t, dir, dir, minor)
	cmd := exec.Command(dir+"/bin/python3", "-c", script)
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	out, err := testkit.Output(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if want := dir + " " + dir + "/python\n"; out != want {
		t.Errorf("printed %q, want %q", out, want)
	}
}

// virtualenv makes one in a directory that has the bundle.
func virtualenv(t testing.TB, dir, final, minor string) {
	t.Helper()
	write(t, dir+"/pyvenv.cfg", "home = "+final+"/python/bin\ninclude-system-site-packages = false\n")
	err := errors.Join(os.Mkdir(dir+"/bin", 0o755),
		os.Symlink("../python/bin/python"+minor, dir+"/bin/python"+minor), os.Symlink("python"+minor, dir+"/bin/python3"))
	if err != nil {
		t.Fatal(err)
	}
}

// script uses each library that a bundle takes along.
const script = `import bz2, ctypes, curses.panel, decimal, hashlib, lzma, readline, sqlite3, ssl, sys, uuid, zlib, zoneinfo
import dbm, multiprocessing, unittest, xml.parsers.expat, venv
assert sqlite3.connect(":memory:").execute("select 1").fetchone() == (1,)
assert ctypes.CDLL(None).getpid() > 0
ssl.create_default_context()
for module in bz2, lzma, zlib:
    assert module.decompress(module.compress(b"x")) == b"x"
print(sys.prefix, sys.base_prefix)
`

// sums has the mode and the content of every file.
func sums(t testing.TB, dir string) map[string]string {
	t.Helper()
	list := map[string]string{}
	walk(t, dir, func(name string, info fs.FileInfo, data []byte) {
		list[name] = fmt.Sprintf("%s %x", info.Mode(), sha256.Sum256(data))
	})
	return list
}

// walk calls a function for everything in a directory.
func walk(t testing.TB, dir string, do func(name string, info fs.FileInfo, data []byte)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		var data []byte
		switch {
		case d.Type().IsRegular():
			data, err = os.ReadFile(path)
		case d.Type() == fs.ModeSymlink:
			var to string
			to, err = os.Readlink(path)
			data = []byte(to)
		}
		do(strings.TrimPrefix(path, dir), info, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func namesNot(t *testing.T, dir, prefix string) {
	text, err := os.ReadFile(filepath.Join(dir, "lib/python"+filepath.Base(prefix), "built.py"))
	if want := "PREFIX = '" + final + "'\nLIBDIR = '" + final + "/lib'\n"; err == nil && string(text) != want {
		t.Errorf("text became %q", text)
	}
	walk(t, dir, func(name string, info fs.FileInfo, data []byte) {
		if strings.Contains(string(data), prefix) {
			t.Errorf("%s names %s", name, prefix)
		}
		if info.Mode()&0o022 != 0 && info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s has mode %s", name, info.Mode())
		}
	})
}

// glibc is what a server has.
var glibc = []string{"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libdl.so.2", "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libutil.so.1"}

// complete holds that each native file finds what it needs in the bundle, and
// nowhere else.
func complete(t *testing.T, b interpreter.Bundled) {
	objects := 0
	walk(t, b.Dir, func(name string, _ fs.FileInfo, data []byte) {
		f := object(t, name, data)
		if f == nil {
			return
		}
		objects++
		tag, want := elf.DT_RUNPATH, []string{"$ORIGIN/../.."}
		switch filepath.Dir(name) {
		case "/bin":
			tag, want = elf.DT_RPATH, []string{"$ORIGIN/../lib"}
		case "/lib":
			want = []string{"$ORIGIN"}
		}
		got, _ := f.DynString(tag)
		other, _ := f.DynString(elf.DT_RUNPATH + elf.DT_RPATH - tag)
		if got != nil && !slices.Equal(got, want) || other != nil || got == nil && tag == elf.DT_RPATH {
			t.Errorf("%s has the run path %q and %q, want %q", name, got, other, want)
		}
		needed, err := f.ImportedLibraries()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, lib := range needed {
			if _, err := os.Stat(filepath.Join(b.Dir, "lib", lib)); err != nil && !slices.Contains(glibc, lib) {
				t.Errorf("%s needs %s", name, lib)
			}
		}
		versions, _ := f.DynamicVersionNeeds()
		for _, v := range versions {
			if !slices.Contains(needed, v.Name) {
				t.Errorf("%s wants versions of %s, but needs %q", name, v.Name, needed)
			}
		}
	})
	if objects < 40 {
		t.Errorf("%d native files: this test looks in the wrong place", objects)
	}
}

func object(t testing.TB, name string, data []byte) *elf.File {
	if !strings.HasPrefix(string(data), elf.ELFMAG) {
		return nil
	}
	f, err := elf.NewFile(strings.NewReader(string(data)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return f
}

// floor is the newest version of glibc that a native file asks for.
func floor(t testing.TB, dir string) string {
	newest, by, at := 0, "", ""
	walk(t, dir, func(name string, _ fs.FileInfo, data []byte) {
		f := object(t, name, data)
		if f == nil {
			return
		}
		versions, _ := f.DynamicVersionNeeds()
		for _, v := range versions {
			for _, need := range v.Needs {
				var major, minor int
				if n, _ := fmt.Sscanf(need.Dep, "GLIBC_%d.%d", &major, &minor); n == 2 && major*1000+minor > newest {
					newest, by, at = major*1000+minor, name, need.Dep
				}
			}
		}
	})
	return at + " of " + by
}
