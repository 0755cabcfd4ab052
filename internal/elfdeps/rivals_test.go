package elfdeps

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
	"github.com/pinpack/pinpack/internal/tree"
)

// host is this system.
func host(t testing.TB) System {
	t.Helper()
	text, err := os.ReadFile("/etc/os-release")
	if err != nil {
		t.Fatal(err)
	}
	value := map[string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		key, v, _ := strings.Cut(line, "=")
		value[key] = strings.Trim(v, `"`)
	}
	return System{value["ID"] + ":" + value["VERSION_ID"], runtime.GOARCH, os.DirFS("/")}
}

func dirTree(t testing.TB, dir, at string) tree.Tree {
	t.Helper()
	entries, err := tree.FromDir(dir, at)
	if err != nil {
		t.Fatal(err)
	}
	sorted, err := tree.Join(entries)
	if err != nil {
		t.Fatal(err)
	}
	return sorted
}

func scanDir(t testing.TB, dir, at string) *Report {
	t.Helper()
	r, err := Scan(dirTree(t, dir, at))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// output runs a program and returns its standard output.
func output(t testing.TB, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PIP_FIND_LINKS=") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, stderr.String())
	}
	return string(out)
}

// packageRoot is a folder that dpkg-shlibdeps takes for the root of a package,
// and in it the folder of the application.
func packageRoot(t testing.TB) (root, app string) {
	t.Helper()
	root = filepath.Join(t.TempDir(), "root")
	app = filepath.Join(root, "opt", "app")
	for _, dir := range []string{app, filepath.Join(root, "DEBIAN"), filepath.Join(root, "debian")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(root, "debian", "control"), "Source: app\n\nPackage: app\nArchitecture: any\n")
	return root, app
}

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// copyTo copies a file without its links and other names.
func copyTo(t testing.TB, name, dir string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), data, 0o755); err != nil {
		t.Fatal(err)
	}
}

func paths(r *Report, root string) []string {
	var list []string
	for _, o := range r.objects {
		list = append(list, filepath.Join(root, o.path))
	}
	return list
}

// shlibdeps is what dpkg-shlibdeps makes of all objects of a tree. It does not
// know that a DT_RPATH holds for the libraries of a library, too, and is told of
// the folders in which wheels have theirs.
func shlibdeps(t testing.TB, root string, r *Report) []string {
	t.Helper()
	args := []string{"-O", "--warnings=0"}
	for _, name := range paths(r, root) {
		args = append(args, "-e"+name)
		if dir := filepath.Dir(name); strings.HasSuffix(dir, ".libs") && !slices.Contains(args, "-l"+dir) {
			args = append(args, "-l"+dir)
		}
	}
	out := strings.TrimSpace(output(t, root, testkit.Need(t, "dpkg-shlibdeps"), args...))
	list := strings.Split(strings.TrimPrefix(out, "shlibs:Depends="), ", ")
	slices.Sort(list)
	return list
}

// rpmElfdeps is what rpm's generator makes of all objects of a tree. It knows no
// run path: where the tree brings libraries of its own, what they provide is
// taken away.
func rpmElfdeps(t testing.TB, root string, r *Report, vendored bool) []string {
	t.Helper()
	testkit.Need(t, "rpmbuild")
	run := func(mode string) []string {
		args := append([]string{mode}, paths(r, root)...)
		list := strings.Split(strings.TrimSpace(output(t, root, "/usr/lib/rpm/elfdeps", args...)), "\n")
		slices.Sort(list)
		return slices.Compact(list)
	}
	var provides []string
	if vendored {
		provides = run("--provides")
	}
	return slices.DeleteFunc(run("--requires"), func(c string) bool {
		soname, _, _ := strings.Cut(c, "(")
		return soname != "rtld" && slices.ContainsFunc(provides, func(p string) bool { return strings.HasPrefix(p, soname+"(") })
	})
}

// compareWithRivals holds both families' dependencies of the tree in root/opt
// against the real tools. What dpkg-shlibdeps says otherwise is in differ, with
// ours, or "".
func compareWithRivals(t *testing.T, root string, vendored bool, differ map[string]string) {
	t.Helper()
	r := scanDir(t, filepath.Join(root, "opt"), "/opt")
	if len(r.objects) == 0 {
		t.Fatal("no objects: this compares nothing")
	}
	if diff := cmp.Diff(rpmElfdeps(t, root, r, vendored), r.RPM(nil)); diff != "" {
		t.Errorf("capabilities (-elfdeps +ours):\n%s", diff)
	}
	ours, err := r.Deb(host(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	theirs := shlibdeps(t, root, r)
	for i, dependency := range theirs {
		if other, ok := differ[dependency]; ok {
			theirs[i] = other
		}
	}
	theirs = slices.DeleteFunc(theirs, func(dependency string) bool { return dependency == "" })
	if diff := cmp.Diff(theirs, ours); diff != "" {
		t.Errorf("dependencies (-dpkg-shlibdeps +ours):\n%s", diff)
	}
	t.Logf("%d objects, %d capabilities, %d dependencies, floor %+v", len(r.objects), len(r.RPM(nil)), len(ours), r.Floor)
}

func TestSystemProgramsAreAsTheRivalsSay(t *testing.T) {
	t.Parallel()
	root, app := packageRoot(t)
	glibc := output(t, root, testkit.Need(t, "dpkg"), "-L", "libc6")
	for _, pattern := range []string{
		"/usr/bin/python3.11", "/usr/bin/curl", "/usr/bin/perl", "/usr/bin/apt", "/bin/ls",
		"/usr/lib/python3.11/lib-dynload/*.so", "/usr/lib/x86_64-linux-gnu/lib[rs]*.so.*",
	} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if !strings.Contains(glibc, "/"+filepath.Base(name)+"\n") {
				copyTo(t, name, app)
			}
		}
	}
	compareWithRivals(t, root, false, nil)
}

var wheels = []string{"numpy==1.26.4", "cryptography==42.0.8", "psycopg2-binary==2.9.9", "pillow==10.3.0", "lxml==5.2.2"}

func TestManylinuxWheelsAreAsTheRivalsSay(t *testing.T) {
	t.Parallel()
	testkit.NeedNetwork(t)
	root, app := packageRoot(t)
	args := []string{"-m", "pip", "install", "--quiet", "--target", app, "--no-deps", "--only-binary=:all:", "--no-compile",
		"--platform=manylinux_2_28_x86_64", "--platform=manylinux2014_x86_64", "--python-version=3.11", "--implementation=cp", "--abi=cp311", "--abi=abi3"}
	output(t, root, testkit.NeedPip(t), append(args, wheels...)...)
	compareWithRivals(t, root, true, map[string]string{
		// Debian asks for 2.34 where sysconf is used, whose version is GLIBC_2.2.5:
		// headers since then may ask it for _SC_MINSIGSTKSZ. Wheels are built with
		// older ones.
		"libc6 (>= 2.34)": "libc6 (>= 2.28)",
	})
}

func TestModuleForLibpqIsAsTheRivalsSay(t *testing.T) {
	t.Parallel()
	include := strings.TrimSpace(output(t, ".", testkit.Need(t, "pg_config"), "--includedir"))
	root, app := packageRoot(t)
	source := filepath.Join(t.TempDir(), "pq.c")
	write(t, source, "#include <libpq-fe.h>\nint f(PGconn *c) { return PQenterPipelineMode(c); }\n")
	output(t, root, testkit.Need(t, "gcc"), "-shared", "-fPIC", "-I"+include, "-o", filepath.Join(app, "pq.so"), source, "-lpq")
	compareWithRivals(t, root, false, nil)
	r := scanDir(t, app, "/opt/app")
	if want, got := []string{"libpq.so.5()(64bit)", "rtld(GNU_HASH)"}, r.RPM(nil); runtime.GOARCH == "amd64" && !slices.Equal(slices.Compact(got), want) {
		t.Errorf("RPM = %q, want %q", got, want)
	}
}
