package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/tree"
)

// findings checks a tree and returns what was found.
func findings(t *testing.T, entries tree.Tree, r Rules) []Finding {
	t.Helper()
	err := Check(entries, r)
	var e *Error
	if err != nil && !errors.As(err, &e) {
		t.Fatal(err)
	}
	if e == nil {
		return nil
	}
	return e.Findings
}

var rules = Rules{
	Paths:  []string{"/tmp/pinpack-1", "/work/whois", "/root/"},
	Prefix: "/opt/whois",
	Links:  []string{"/usr/bin/python3.11"},
}

func TestCheckFindsWhatIsWrongWithAnEntry(t *testing.T) {
	t.Parallel()
	text := func(name, content string) tree.Entry { return tree.Text("/opt/whois/"+name, content) }
	withMode := func(e tree.Entry, mode fs.FileMode) tree.Entry { e.Mode = mode; return e }
	link := func(name, target string) tree.Entry {
		return tree.Entry{Path: "/opt/whois/" + name, Kind: tree.Symlink, Mode: 0o777, Link: target}
	}
	dir := func(name string) tree.Entry {
		return tree.Entry{Path: "/opt/whois/" + name, Kind: tree.Dir, Mode: 0o755}
	}
	const (
		credentials = "a file of this name holds credentials, history or the builder's settings, and belongs on no server"
		foreign     = ", which is not the virtualenv's interpreter"
	)
	tests := map[string]struct {
		entry tree.Entry
		want  string // "": nothing
	}{
		"module":                        {text("lib/x.py", "import os\n"), ""},
		"directory":                     {dir("lib"), ""},
		"name with a line end":          {text("lib/x\ny", ""), "its name holds a line end"},
		"directory with a line end":     {dir("lib\r"), "its name holds a line end"},
		"repository":                    {dir(".git"), credentials},
		"pip.conf":                      {text("pip.conf", ""), credentials},
		".netrc":                        {text("lib/.netrc", ""), credentials},
		".env":                          {text(".env", ""), credentials},
		".pypirc":                       {text(".pypirc", ""), credentials},
		".npmrc":                        {text("static/.npmrc", ""), credentials},
		"like .env":                     {text("lib/x.env", ""), ""},
		"world-writable file":           {withMode(text("lib/x", ""), 0o666), "anyone may write to it"},
		"world-writable directory":      {withMode(dir("run"), 0o777), "anyone may write to it"},
		"setuid":                        {withMode(text("bin/x", ""), 0o755|fs.ModeSetuid), "it is setuid or setgid"},
		"setgid directory":              {withMode(dir("x"), 0o755|fs.ModeSetgid), "it is setuid or setgid"},
		"editable finder":               {text("lib/__editable___whois_finder.py", ""), "it is what an editable installation leaves, and points into the checkout"},
		"editable path file":            {text("lib/__editable__.whois-1.pth", ""), "it is what an editable installation leaves, and points into the checkout"},
		"link in the package":           {link("bin/python3", "python"), ""},
		"absolute link in the package":  {link("x", "/opt/whois/bin/python"), ""},
		"link upwards":                  {link("lib/x", "../bin/./python"), ""},
		"link to the interpreter":       {link("bin/python", "/usr/bin/python3.11"), ""},
		"link to another interpreter":   {link("bin/python", "/usr/local/bin/python3.11"), `links to "/usr/local/bin/python3.11", which is not in the package`},
		"link out of the package":       {link("lib/x", "../../../etc/passwd"), `links to "../../../etc/passwd", which is not in the package`},
		"dangling link":                 {link("lib/x", "gone"), `links to "gone", which is not in the package`},
		"build path":                    {text("lib/x.pth", "/work/whois/src\n"), `names "/work/whois", a path of the machine that built it`},
		"the virtualenv's interpreter":  {text("bin/x", "#!/opt/whois/bin/python\n"), ""},
		"a shell":                       {text("bin/x", "#!/bin/sh\n'''exec' python\n"), ""},
		"foreign Python":                {text("bin/x", "#!/usr/bin/python3 -I\n"), `runs "/usr/bin/python3"` + foreign},
		"foreign Python after a blank":  {text("bin/x", "#! /usr/local/bin/python3.12\n"), `runs "/usr/local/bin/python3.12"` + foreign},
		"a virtualenv with like prefix": {text("bin/x", "#!/opt/whois2/bin/python\n"), `runs "/opt/whois2/bin/python"` + foreign},
		"foreign Python, no line end":   {text("bin/x", "#!/usr/bin/python"), `runs "/usr/bin/python"` + foreign},
		"foreign Python in a module":    {text("lib/x.py", "#!/usr/bin/python3\n"), ""},
	}
	for name, test := range tests {
		var want []Finding
		if test.want != "" {
			want = []Finding{{test.entry.Path, test.want}}
		}
		got := findings(t, tree.Tree{tree.Text("/opt/whois/bin/python", ""), test.entry}, rules)
		if test.entry.Path == "/opt/whois/bin/python" {
			got = findings(t, tree.Tree{test.entry}, rules)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestCheckPassesOverWhatIsAllowed(t *testing.T) {
	t.Parallel()
	leak := tree.Text("/opt/whois/lib/python3.11/site-packages/demo/build_paths.txt", "/work/whois")
	tests := map[string]bool{
		leak.Path:              true,
		"/opt/whois/**":        true,
		"/opt/**/paths.txt":    false,
		"/opt/**/*paths.txt":   true,
		"/opt/whois/**/demo/*": true,
		"/**":                  true,
		"/opt/whois/*/demo/*":  false,
		"/opt/whois/*":         false,
		"/opt/whois/lib/python?.??/site-packages/demo/build_paths.txt": true,
		"/opt/whois/lib/python?/site-packages/demo/build_paths.txt":    false,
		"/opt/whois/lib/**/build_paths.txt":                            true,
		"/opt/whois/**/site-packages/**/demo/build_paths.txt":          true,
		"/opt/whois/lib/python3.11/site-packages/demo/build_paths":     false,
		"/opt/whois/**/[a-c]uild_paths.txt":                            true,
		"/opt/whois/**/[^a-c]uild_paths.txt":                           false,
		"/opt/whois/**/[^d-z]uild[_.]paths.txt":                        true,
		"site-packages/demo/build_paths.txt":                           false,
		"/opt/whois/lib/python3x11/site-packages/demo/build_paths.txt": false,
	}
	for glob, allowed := range tests {
		r := rules
		r.Allow = []string{"/elsewhere/*", glob}
		if got := findings(t, tree.Tree{leak}, r) == nil; got != allowed {
			t.Errorf("%s allows it: %t, want %t", glob, got, allowed)
		}
	}
}

func TestErrorShowsTwentyFindings(t *testing.T) {
	t.Parallel()
	entries := func(n int) (list tree.Tree) {
		for i := range n {
			list = append(list, tree.Entry{Path: fmt.Sprintf("/opt/x/%02d", i), Kind: tree.Dir, Mode: 0o777})
		}
		return list
	}
	lines := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("  /opt/x/%02d: anyone may write to it", i))
		}
		return list
	}
	for n, want := range map[int][]string{
		1:  append([]string{"audit payload: 1 of its files cannot be shipped:"}, lines(1)...),
		20: append([]string{"audit payload: 20 of its files cannot be shipped:"}, lines(20)...),
		23: append(append([]string{"audit payload: 23 of its files cannot be shipped:"}, lines(20)...), "  … and 3 more"),
	} {
		err := Check(entries(n), rules)
		if err == nil {
			t.Fatalf("nothing found in %d entries", n)
		}
		if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
			t.Errorf("%d findings (-want +got):\n%s", n, diff)
		}
	}
}

func TestCheckSaysWhichFileItCannotRead(t *testing.T) {
	t.Parallel()
	gone := tree.Entry{Path: "/opt/x/a", Kind: tree.File, Mode: 0o644, Source: "/nowhere/a"}
	err := Check(tree.Tree{gone}, rules)
	if want := `audit "/opt/x/a": open /nowhere/a: no such file or directory`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	gone.Source = t.TempDir()
	err = Check(tree.Tree{gone}, rules)
	if want := `audit "/opt/x/a": read ` + gone.Source + `: is a directory`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
