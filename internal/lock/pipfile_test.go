package lock

import "testing"

func TestReadPipfile(t *testing.T) {
	const always = "click==8.1.8, pysocks==1.7.1, six==1.17.0, urllib3[socks]==2.8.0, tiny-lib in libs/tiny"
	const on311 = always + ", -colorama, -tomli"
	tests := map[string]lockTest{
		"default":                 {"pipenv/project", Selection{Env: cpython("3.11")}, on311},
		"a category":              {"pipenv/project", Selection{Env: cpython("3.11"), Groups: []string{"docs"}}, on311 + ", zipp==4.1.2"},
		"develop, by either name": {"pipenv/project", Selection{Env: cpython("3.11"), Groups: []string{"dev-packages", "develop"}}, on311 + ", iniconfig==2.3.1"},
		"a category alone":        {"pipenv/project", Selection{Env: cpython("3.11"), Groups: []string{"docs"}, Only: true}, "zipp==4.1.2"},
		"default by name, alone":  {"pipenv/project", Selection{Env: cpython("3.11"), Groups: []string{"packages"}, Only: true}, on311},
		"another index":           {"pipenv/source", Selection{Env: cpython("3.11")}, "click==8.5.1, priv-lib==1.2@http://127.0.0.1:8765/simple"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test.run(t, "Pipfile.lock") })
	}
}

// Pipenv does not lock what this machine does not need.
func TestPipfileForAnotherSystemIsNotPinned(t *testing.T) {
	l, err := Load(edited(t, "pipenv/project"), Selection{Files: []string{"Pipfile.lock"}, Env: onWindows(cpython("3.11"))})
	if err != nil {
		t.Fatal(err)
	}
	want := "Pipfile.lock:26: \"colorama\" is not pinned and has no hash: want colorama==VERSION --hash=sha256:…\nlock all of it with \"pipenv lock\""
	if err := l.Check(Allow{}); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestPipfileStale(t *testing.T) {
	const now = "8b8e6aa9dc620f25a601cc55973c97bdd88ebba92f446206649d1419904a54e9"
	tests := map[string]staleTest{
		"a dependency":  {"pipenv/project", []string{`Click = ">=8.1,<8.2"`, `Click = "*"`}, true},
		"a category":    {"pipenv/project", []string{`zipp = "*"`, `zipp = "<4"`}, true},
		"a name's case": {"pipenv/project", []string{"Click", "click"}, false},
		"a script":      {"pipenv/project", []string{"[docs]", "[scripts]\nrun = 'shop'\n[docs]"}, false},
		"requires":      {"pipenv/source", []string{`python_version = "3.11"`, `python_version = "3.12"`}, true},
		"a source":      {"pipenv/source", []string{"8765/simple\"\nverify", "8766/simple\"\nverify"}, true},
		"no source, which means PyPI": {"pipenv/project",
			[]string{"[[source]]\nurl = \"https://pypi.org/simple\"\nverify_ssl = true\nname = \"pypi\"\n", ""}, false},
		// The hash is what plette, in Pipenv 2025, makes of the file.
		"the hash of Pipenv 2025": {"pipenv/project", []string{now, "8d404ce9fcd2c20af15fea71c339ea7fd39bfe80731ae50777c4b0e620f6cb9c"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.run(t, "Pipfile.lock", `Pipfile.lock was not locked from the dependencies that Pipfile has now: want it locked again with "pipenv lock"`)
		})
	}
}
