package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// copyGitConfig writes the copy's .git/config with those sections only that say
// how the repository is stored. A checkout action keeps its token in others
// (http.*.extraheader, includeIf), and users keep theirs in remotes' addresses.
func copyGitConfig(from, to string) error {
	text, err := os.ReadFile(filepath.Join(from, ".git", "config"))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) || isNotDir(err) {
		return nil // no repository, or a linked one
	}
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, ".git", "config"), []byte(storage(string(text))), 0o644)
}

// isNotDir: .git is a file where it names a repository elsewhere.
func isNotDir(err error) bool {
	var p *fs.PathError
	return errors.As(err, &p) && strings.Contains(p.Err.Error(), "not a directory")
}

// storage keeps the sections [core] and [extensions] of a Git configuration.
func storage(config string) string {
	var b strings.Builder
	kept := false
	for line := range strings.Lines(config) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "["); ok {
			name, _, _ = strings.Cut(name, "]")
			name = strings.ToLower(strings.TrimSpace(name))
			kept = name == "core" || name == "extensions"
		}
		key, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(line)), "=")
		switch strings.TrimSpace(key) {
		case "fsmonitor", "hookspath", "sshcommand", "askpass", "editor", "pager", "worktree", "attributesfile", "excludesfile", "gitproxy", "alternaterefscommand":
			continue // names a program or a place of the other machine
		}
		if kept {
			b.WriteString(line)
		}
	}
	return b.String()
}
