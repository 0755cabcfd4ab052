package index

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
)

// readNetrc reads the file that NETRC names, else .netrc in HOME if there is one
// that can be read.
func readNetrc(env []string) ([]login, error) {
	file, named := command.Lookup(env, "NETRC")
	if !named || file == "" {
		home, _ := command.Lookup(env, "HOME")
		if !filepath.IsAbs(home) {
			return nil, nil
		}
		file, named = filepath.Join(home, ".netrc"), false
	}
	text, err := os.ReadFile(file)
	if err != nil {
		if !named && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)) {
			return nil, nil
		}
		return nil, fmt.Errorf("read netrc: %w", err)
	}
	return parseNetrc(string(text)), nil
}

// Passwords are those in netrc, for the builder to keep to itself.
func Passwords(env []string) []string {
	list, _ := readNetrc(env) // what cannot be read holds none
	var passwords []string
	for _, l := range list {
		if p, ok := l.user.Password(); ok {
			passwords = append(passwords, p)
		}
	}
	return passwords
}

// parseNetrc reads what curl reads: machine, default, login, password, quoted
// values, comments; macros are skipped. The first entry of a host counts.
func parseNetrc(text string) []login {
	var list []login
	var user, password string
	end := func() {
		if n := len(list); n > 0 {
			list[n-1].user = url.UserPassword(user, password)
		}
		user, password = "", ""
	}
	words := netrcWords(text)
	for i := 0; i < len(words); i++ {
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		switch words[i] {
		case "machine":
			end()
			list = append(list, login{host: value})
			i++
		case "default":
			end()
			list = append(list, login{})
		case "login":
			user = value
			i++
		case "password":
			password = value
			i++
		case "account":
			i++
		}
	}
	end()
	return list
}

func netrcWords(text string) []string {
	var words []string
	macro := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if macro = macro && line != ""; macro {
			continue
		}
		for line != "" && line[0] != '#' {
			word, rest, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
			if line[0] == '"' {
				word, rest = unquote(line[1:])
			}
			if macro = word == "macdef"; macro {
				break
			}
			words, line = append(words, word), strings.TrimSpace(rest)
		}
	}
	return words
}

// unquote reads up to the closing quote; a backslash takes the next byte as it is.
func unquote(text string) (word, rest string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case c == '"':
			return b.String(), text[i+1:]
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}
