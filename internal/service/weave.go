package service

import (
	"fmt"
	"path"
	"strings"
)

// tokens stand in a user's script for the generated part, each on a line of its
// own: debhelper's, and one for those who do not know it.
var tokens = []string{"#DEBHELPER#", "#PINPACK#"}

// leading tells whether a user's script is run before the generated part: what
// prepares comes before services start, what cleans up after they have stopped.
var leading = map[string]bool{"preinst": true, "postinst": true, "pre": true, "post": true, "pretrans": true, "posttrans": true}

// Weave makes one script of a generated one and of a user's own for the same
// event, "postinst" or "posttrans". Where the user's has the line #DEBHELPER#,
// the generated part comes there. Otherwise it comes after a user's script that
// is run on installation, and before one that is run on removal; `exit` in the
// user's ends only the user's. Either may be empty. A script that is not for a
// shell is an error.
func Weave(event, generated, user string) (string, error) {
	user = strings.ReplaceAll(strings.TrimPrefix(user, "\ufeff"), "\r\n", "\n")
	if strings.TrimSpace(user) == "" {
		return generated, nil
	}
	first, rest, flags := "#!/bin/sh", user, ""
	if strings.HasPrefix(user, "#!") {
		first, rest, _ = strings.Cut(user, "\n")
		words := strings.Fields(first[2:])
		if len(words) > 1 && path.Base(words[0]) == "env" {
			words = words[1:]
		}
		if len(words) == 0 || !shells[path.Base(words[0])] {
			return "", fmt.Errorf("maintainer script %s: interpreter %q: want a script for sh or bash", event, first)
		}
		flags = strings.Join(words[1:], " ")
	}
	if !strings.HasSuffix(rest, "\n") {
		rest += "\n"
	}
	body := generated
	if _, after, ok := strings.Cut(generated, "\n"); ok && strings.HasPrefix(generated, "#!") {
		body = after
	}
	var lines []string
	woven := false
	for line := range strings.Lines(rest) {
		switch strings.TrimSpace(line) {
		case tokens[0], tokens[1]:
			// Its own functions and options stay inside of the parentheses.
			line, woven = enclose(body), true
		}
		lines = append(lines, line)
	}
	switch {
	case woven || strings.TrimSpace(body) == "":
		return first + "\n" + strings.Join(lines, ""), nil
	case leading[event]:
		return first + "\n" + "set -e\n" + enclose(options(flags)+rest) + body, nil
	}
	return first + "\n" + body + enclose(options(flags)+rest), nil
}

var shells = map[string]bool{"sh": true, "bash": true, "dash": true, "ash": true, "ksh": true}

// options are what the user's script is run with, which is not what ours is.
func options(flags string) string {
	text := "set +e\n"
	if flags != "" {
		text += "set " + flags + "\n"
	}
	return text
}

// enclose runs a script as a part of another one: it may end itself, and fails
// the whole only by its status.
func enclose(script string) string {
	if script == "" {
		return ""
	}
	return "(\n" + script + ")\n"
}
