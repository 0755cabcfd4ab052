package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/testkit"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pinpack": main})
}

// TestScripts runs testdata/script against the real command. Each script has a
// copy of testdata/tiny, $PREFIX, a folder that no other has, and $KEYS, the
// OpenPGP keys of internal/signature.
func TestScripts(t *testing.T) {
	testkit.Need(t, "python3")
	testkit.Need(t, "git")
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("..", "..", "testdata", "script"),
		UpdateScripts:      os.Getenv("UPDATE_SCRIPTS") != "",
		RequireUniqueNames: true,
		Setup:              setup,
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				if os.Geteuid() != 0 && os.Getenv("CI") == "true" {
					return false, errors.New("not root: under CI=true no script may skip what only root can do")
				}
				return os.Geteuid() == 0, nil
			}
			if tool, ok := strings.CutPrefix(cond, "need:"); ok {
				_, err := testkit.Tool(tool)
				if os.Getenv("CI") == "true" {
					return err == nil, err
				}
				return err == nil, nil
			}
			return false, errors.New("unknown condition: want root, or need:TOOL")
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":   status,
			"packages": packages,
			"only":     only,
			"portable": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(portable(ts, ts.ReadFile(args[0]))), 0o644))
			},
		},
	})
}

func setup(env *testscript.Env) error {
	tiny, err := filepath.Abs(filepath.Join("..", "..", "testdata", "tiny"))
	if err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(env.WorkDir, "tiny"), os.DirFS(tiny)); err != nil {
		return err
	}
	cache, err := os.UserCacheDir() // uv is fetched once, not for each script
	if err != nil {
		return err
	}
	home := filepath.Join(env.WorkDir, "home")
	prefix := "/opt/pinpack-test-" + strconv.Itoa(os.Getpid()) + "-" + filepath.Base(env.WorkDir)
	env.Defer(func() { os.RemoveAll(prefix) })
	env.Setenv("HOME", home)
	env.Setenv("XDG_CACHE_HOME", cache)
	env.Setenv("PREFIX", prefix)
	env.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	python, err := filepath.EvalSymlinks("/usr/bin/python3")
	if err != nil {
		return err
	}
	out, err := exec.Command(python, "-c", "import platform; print(platform.python_version())").Output()
	if err != nil {
		return err
	}
	release, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return err
	}
	system := plan.ParseOSRelease(string(release)).Release()
	minor := strings.TrimPrefix(filepath.Base(python), "python")
	keys, err := filepath.Abs(filepath.Join("..", "..", "internal", "signature", "testdata", "keys"))
	if err != nil {
		return err
	}
	env.Setenv("KEYS", keys)
	env.Setenv("SYSTEM", system)
	env.Setenv("PY", python)
	env.Setenv("PYMINOR", minor)
	env.Setenv("PYVERSION", strings.TrimSpace(string(out)))
	env.Setenv("PYTAG", "cpython-"+strings.ReplaceAll(minor, ".", ""))
	for _, name := range []string{"SSL_CERT_FILE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"} {
		if value := os.Getenv(name); value != "" {
			env.Setenv(name, value)
		}
	}
	return errors.Join(os.Mkdir(home, 0o755), serveRegistries(env))
}

// status N COMMAND… expects a command to end with the exit status N.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command [args…]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if want := args[0]; strconv.Itoa(got) != want {
		ts.Fatalf("exit status %d, want %s", got, want)
	}
}

// packages DIR FILE writes what is in a directory's packages to a file: for
// each, its name, fields of interest and paths.
func packages(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: packages dir file")
	}
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*.[dr][ep][bm]"))
	ts.Check(err)
	var b strings.Builder
	for _, f := range files {
		read := testkit.ReadDeb
		if strings.HasSuffix(f, ".rpm") {
			read = testkit.ReadRPM
		}
		p, err := read(f)
		ts.Check(err)
		b.WriteString(filepath.Base(f) + "\n")
		b.WriteString("requires " + strings.Join(p.Requires, ", ") + "\n")
		for _, name := range p.Paths() {
			kind := p.Files[name]
			if i := strings.LastIndexByte(kind, ' '); strings.HasPrefix(kind, "file") && i > 0 {
				kind = kind[:i] // the digest is another with each Python
			}
			b.WriteString(name + " " + kind + "\n")
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(portable(ts, b.String())), 0o644))
}

// portable puts a variable's name for what is another thing on each machine, so
// that a golden text fits everywhere: portable FROM TO.
func portable(ts *testscript.TestScript, text string) string {
	for _, name := range []string{"SYSTEM", "PREFIX", "WORK", "PYVERSION", "PYTAG", "PY", "PYMINOR"} {
		text = strings.ReplaceAll(text, ts.Getenv(name), "$"+name)
	}
	return text
}

// only DIR NAME… expects that nothing but the named files is in a directory, also
// nothing hidden.
func only(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: only dir [name…]")
	}
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if g, w := strings.Join(got, " "), strings.Join(args[1:], " "); g != w {
		ts.Fatalf("%s holds %q, want %q", args[0], g, w)
	}
}
