package reference

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Site is where servers have the folder.
type Site struct {
	origins []string // such as https://cdn.example.org, in lower case; empty: whatever the page's is
	path    []string // the decoded parts of the path
}

// ParseSite reads a path such as /static/, or a URL such as
// https://cdn.example.org/static/.
func ParseSite(s string) (Site, error) {
	u, err := url.Parse(s)
	if err != nil {
		return Site{}, fmt.Errorf("address %q: %w", s, errors.Unwrap(err))
	}
	if !strings.HasPrefix(u.Path, "/") || u.RawQuery != "" || u.Fragment != "" || (u.Host == "") != (u.Scheme == "") {
		return Site{}, fmt.Errorf("address %q: want where the folder is served, such as /static/ or https://cdn.example.org/static/", s)
	}
	var site Site
	if u.Host != "" {
		site.origins = []string{strings.ToLower(u.Scheme + "://" + u.Host)}
	}
	for part := range strings.SplitSeq(strings.Trim(path.Clean(u.Path), "/"), "/") {
		if part != "" {
			site.path = append(site.path, part)
		}
	}
	return site, nil
}

// Target is where a URL leads to in the folder.
type Target struct {
	Name string // the file, relative to the folder, decoded; "" is the folder itself
	Dir  bool   // the URL is that of a directory

	start, end int // of the last part of the path, in the URL
}

// space is what may stand around a URL.
const space = " \t\r\n\f"

var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// Resolve says where a URL leads that stands in the file from, as browsers do
// (WHATWG URL). It is false for a URL that leads out of the folder, into the
// very file, or to what is no file at all (data:).
func (s Site) Resolve(from string, r Ref) (Target, bool) {
	at := slices.Concat(s.path, strings.Split(path.Dir(from), "/"))
	if path.Dir(from) == "." {
		at = slices.Clone(s.path)
	}
	if r.Base != "" {
		base, _, _, ok := s.walk(at, r.Base)
		if !ok {
			return Target{}, false
		}
		if len(base) > 0 {
			base = base[:len(base)-1]
		}
		at = base
	}
	parts, start, end, ok := s.walk(at, r.URL)
	if !ok || len(parts) <= len(s.path) || !slices.Equal(parts[:len(s.path)], s.path) {
		return Target{}, false
	}
	parts = parts[len(s.path):]
	t := Target{start: start, end: end, Dir: parts[len(parts)-1] == ""}
	// Servers and file systems take several slashes for one.
	t.Name = strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "/")
	return t, true
}

// walk follows a URL from a directory. It returns the decoded parts of the
// path, of which the last is empty for a directory, and where the last one
// stands in the URL. It is false for other origins, and for no path.
func (s Site) walk(at []string, ref string) (parts []string, start, end int, ok bool) {
	trimmed := strings.TrimLeft(ref, space)
	start = len(ref) - len(trimmed)
	rest := strings.TrimRight(trimmed, space)
	end = start + len(rest)
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest, end = rest[:i], start+i
	}
	if rest == "" || strings.ContainsAny(rest, "\t\r\n") {
		return nil, 0, 0, false
	}
	slashed := strings.ReplaceAll(rest, `\`, "/")
	switch {
	case scheme.MatchString(slashed) || strings.HasPrefix(slashed, "//"):
		n := s.origin(slashed)
		if n == 0 {
			return nil, 0, 0, false
		}
		slashed, start, at = slashed[n:], start+n, nil
	case slashed[0] == '/':
		at = nil
	}
	if slashed == "" {
		return nil, 0, 0, false
	}
	start += strings.LastIndexByte(slashed, '/') + 1
	parts = slices.Clone(at)
	list := strings.Split(strings.TrimPrefix(slashed, "/"), "/")
	for i, part := range list {
		last := i == len(list)-1
		switch strings.ReplaceAll(strings.ToLower(part), "%2e", ".") {
		case ".":
		case "..":
			if len(parts) > 0 {
				parts = parts[:len(parts)-1]
			}
		default:
			decoded := unescape(part)
			if strings.Contains(decoded, "/") {
				return nil, 0, 0, false // servers do not agree on what it is
			}
			parts = append(parts, decoded)
			continue
		}
		if last {
			parts = append(parts, "")
		}
	}
	return parts, start, end, true
}

// origin returns the length of the site's origin, if a URL begins with it.
func (s Site) origin(ref string) int {
	lower := strings.ToLower(ref)
	for _, o := range s.origins {
		_, host, _ := strings.Cut(o, ":")
		for _, start := range []string{o, host} {
			if rest, ok := strings.CutPrefix(lower, start); ok && strings.HasPrefix(rest, "/") {
				return len(start)
			}
		}
	}
	return 0
}

// unescape decodes what can be decoded.
func unescape(part string) string {
	if !strings.Contains(part, "%") {
		return part
	}
	var b strings.Builder
	for i := 0; i < len(part); i++ {
		if part[i] == '%' && i+2 < len(part) {
			if c, err := url.PathUnescape(part[i : i+3]); err == nil {
				b.WriteString(c)
				i += 2
				continue
			}
		}
		b.WriteByte(part[i])
	}
	return b.String()
}

// Rename is the URL with another last part. What the two have in common stays
// as it is written.
func (t Target) Rename(ref, base string) string {
	part := ref[t.start:t.end]
	if unescape(part) == base {
		return ref
	}
	before, now := ref[:t.start], rename(part, base)+ref[t.end:]
	if strings.TrimLeft(before, space) == "" && scheme.MatchString(now) {
		before += "./"
	}
	return before + now
}

func rename(part, base string) string {
	// Insert what is new rather than write all of it anew.
	if dot := strings.LastIndexByte(part, '.'); dot >= 0 {
		if rest, ok := strings.CutPrefix(base, unescape(part[:dot])); ok {
			if mark, ok := strings.CutSuffix(rest, unescape(part[dot:])); ok {
				return part[:dot] + url.PathEscape(mark) + part[dot:]
			}
		}
	}
	return url.PathEscape(base)
}
