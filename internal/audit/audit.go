// Package audit refuses a payload that leaks something of the machine that
// built it, or that breaks on the one that gets it.
package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/secret"
	"github.com/pinpack/pinpack/internal/tree"
)

// Rules is what to look for.
type Rules struct {
	Paths   []string        // directories of the building machine that no file may name
	Secrets []secret.Secret // whose values no file may hold
	Public  map[string]bool // files that everyone gets who installs the same: only values of secrets are looked for
	Prefix  string          // of the virtualenv: where links may point
	Links   []string        // targets outside of the package that links may have: the interpreter
	Allow   []string        // globs of paths to pass over; ** spans directories
}

// Finding is one thing that is wrong with a file.
type Finding struct {
	Path, Problem string
}

// Error is all that was found.
type Error struct{ Findings []Finding }

func (e *Error) Error() string {
	const most = 20
	var b strings.Builder
	fmt.Fprintf(&b, "audit payload: %d of its files cannot be shipped:", len(e.Findings))
	for i, f := range e.Findings {
		if i == most {
			fmt.Fprintf(&b, "\n  … and %d more", len(e.Findings)-most)
			break
		}
		fmt.Fprintf(&b, "\n  %s: %s", f.Path, f.Problem)
	}
	return b.String()
}

// Check looks at every entry. What it finds is one *Error.
func Check(t tree.Tree, r Rules) error {
	allowed, err := globs(r.Allow)
	if err != nil {
		return err
	}
	var found []Finding
	present := map[string]bool{}
	for _, e := range t {
		present[e.Path] = true
	}
	for _, e := range t {
		if slices.ContainsFunc(allowed, func(g *regexp.Regexp) bool { return g.MatchString(e.Path) }) {
			continue
		}
		problem, err := r.check(e, present)
		if err != nil {
			return fmt.Errorf("audit %q: %w", e.Path, err)
		}
		if problem != "" {
			found = append(found, Finding{e.Path, problem})
		}
	}
	if found != nil {
		return &Error{found}
	}
	return nil
}

func (r Rules) check(e tree.Entry, present map[string]bool) (problem string, err error) {
	base := path.Base(e.Path)
	switch {
	case strings.ContainsAny(e.Path, "\n\r"):
		return "its name holds a line end", nil
	case forbiddenName(base) != "":
		return forbiddenName(base), nil
	case e.Kind == tree.Symlink:
		return r.checkLink(e, present), nil
	case e.Mode&0o002 != 0:
		return "anyone may write to it", nil
	case e.Mode&(fs.ModeSetuid|fs.ModeSetgid) != 0:
		return "it is setuid or setgid", nil
	case e.Kind != tree.File:
		return "", nil
	}
	in, err := e.Open()
	if err != nil {
		return "", err
	}
	defer in.Close()
	return r.scan(in, e.Path)
}

func (r Rules) checkLink(e tree.Entry, present map[string]bool) string {
	target := e.Link
	if !path.IsAbs(target) {
		target = path.Join(path.Dir(e.Path), target)
	}
	if present[path.Clean(target)] || slices.Contains(r.Links, target) {
		return ""
	}
	return fmt.Sprintf("links to %q, which is not in the package", e.Link)
}

// scan reads a file in overlapping pieces and looks for paths and secrets, and at
// a program's interpreter.
func (r Rules) scan(in io.Reader, name string) (string, error) {
	program := strings.HasSuffix(path.Dir(name), "/bin")
	direct := path.Base(name) == "direct_url.json"
	public := r.Public[name]
	const size, overlap = 256 << 10, 4 << 10
	reader := bufio.NewReaderSize(in, size)
	head, err := reader.Peek(256)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if program && bytes.HasPrefix(head, []byte("#!")) {
		line, _, _ := bytes.Cut(head[2:], []byte("\n"))
		if problem := r.interpreter(strings.TrimSpace(string(line))); problem != "" {
			return problem, nil
		}
	}
	buf := make([]byte, 0, size+overlap)
	first := true
	for {
		n, err := reader.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		for _, p := range r.paths(name) {
			if names(buf, p, first, errors.Is(err, io.EOF)) {
				return fmt.Sprintf("names %q, a path of the machine that built it", p), nil
			}
		}
		if problem := r.leaks(buf, public); problem != "" {
			return problem, nil
		}
		if direct && localDirect(buf) {
			return "names a local path: it was installed from there", nil
		}
		if errors.Is(err, io.EOF) {
			return "", nil
		} else if err != nil {
			return "", err
		}
		if len(buf) > overlap {
			buf, first = buf[:copy(buf, buf[len(buf)-overlap:])], false
		}
	}
}

// paths are those to look for in a file. One that came as it is from an index names
// none of this machine, even if it names a directory of the same name on the one that
// built it. What is compiled here, or written for this virtualenv, may.
func (r Rules) paths(name string) []string {
	if r.Public[name] && !strings.HasSuffix(name, ".pyc") && !strings.HasSuffix(path.Dir(name), "/bin") && path.Base(name) != "direct_url.json" {
		return nil
	}
	return r.Paths
}

// interpreter refuses a Python outside of the virtualenv: the modules that the
// program needs would not be there.
func (r Rules) interpreter(line string) string {
	exe, _, _ := strings.Cut(line, " ")
	if strings.HasPrefix(path.Base(exe), "python") && !strings.HasPrefix(exe, r.Prefix+"/") {
		return fmt.Sprintf("runs %q, which is not the virtualenv's interpreter", exe)
	}
	return ""
}

// names tells whether data names a directory, or something in it: the path by
// itself, not as a part of a longer name. /root in "chroot/root" or "/rooted"
// is none. What touches an end of data counts only when that is an end of the
// file; else the neighbouring piece shows it.
func names(data []byte, dir string, first, last bool) bool {
	for from := 0; ; {
		i := bytes.Index(data[from:], []byte(dir))
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(dir)
		before := start == 0 && first || start > 0 && !partOfName(data[start-1])
		after := strings.HasSuffix(dir, "/") || end == len(data) && last || end < len(data) && !partOfName(data[end])
		if before && after {
			return true
		}
		from = end
	}
}

func partOfName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == '~'
}

// class is [a-z] or [^a-z], as regexp.QuoteMeta leaves it.
var class = regexp.MustCompile(`\\\[([^/]+?)\\\]`)

// globs translates the globs of [path.Match]; besides, ** spans directories.
func globs(patterns []string) ([]*regexp.Regexp, error) {
	var list []*regexp.Regexp
	for _, p := range patterns {
		q := regexp.QuoteMeta(p)
		q = strings.ReplaceAll(q, `\*\*/`, `(?:.*/)?`)
		q = strings.ReplaceAll(q, `\*\*`, `.*`)
		q = strings.ReplaceAll(q, `\*`, `[^/]*`)
		q = strings.ReplaceAll(q, `\?`, `[^/]`)
		q = strings.ReplaceAll(class.ReplaceAllString(q, `[$1]`), `[\^`, `[^`)
		g, err := regexp.Compile("^" + q + "$")
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", p, err)
		}
		list = append(list, g)
	}
	return list, nil
}
