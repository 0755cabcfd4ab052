package service

import (
	"os/exec"
	"strings"
	"testing"
)

func TestWeaveRunsBothScripts(t *testing.T) {
	t.Parallel()
	const ours = "#!/bin/sh\nset -e\nours() {\n\techo \"ours $1\"\n}\nours \"$1\"\n"
	for name, test := range map[string]struct {
		event, user, want string
		fails             bool
	}{
		"nothing":              {"postinst", " \n", "ours x\n", false},
		"before on install":    {"postinst", "#!/bin/sh\nfalse\necho \"user $1\"\nexit 0\n", "user x\nours x\n", false},
		"after on removal":     {"prerm", "echo user $1", "ours x\nuser x\n", false},
		"where the token is":   {"postinst", "#!/bin/sh -e\r\necho first\r\n#DEBHELPER#\r\necho last\r\n", "first\nours x\nlast\n", false},
		"our own token":        {"post", "echo first\n#PINPACK#\n", "first\nours x\n", false},
		"bash":                 {"postinst", "#!/usr/bin/env bash\na=(1 2)\necho ${a[1]}\n", "2\nours x\n", false},
		"it may fail":          {"pre", "#!/bin/sh\nset -e\nfalse\necho never\n", "", true},
		"it may fail, by -e":   {"pre", "#!/bin/sh -e\nfalse\necho never\n", "", true},
		"it may fail, by exit": {"preinst", "exit 3", "", true},
	} {
		text, err := Weave(test.event, ours, test.user)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		shell := "sh"
		if strings.Contains(text, "bash") {
			shell = "bash"
		}
		out, err := exec.Command(shell, "-c", text, "script", "x").CombinedOutput()
		if string(out) != test.want || (err != nil) != test.fails {
			t.Errorf("%s: %v: %q; want %q of\n%s", name, err, out, test.want, text)
		}
	}
	if text, err := Weave("postinst", "", "echo user\n"); err != nil || text != "#!/bin/sh\necho user\n" {
		t.Errorf("a user's script alone: %v: %q", err, text)
	}
	_, err := Weave("postinst", ours, "#!/usr/bin/perl\nprint 1;\n")
	if want := `maintainer script postinst: interpreter "#!/usr/bin/perl": want a script for sh or bash`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
