package lock

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep440"
	"github.com/pinpack/pinpack/internal/project"
)

const (
	projectItself  = "the project itself is built as a wheel by pinpack: leave it out of the lock"
	strayBackslash = "a backslash inside the line: want it at the very end, without blanks after it"
)

// head is what every requirement begins with: a name and perhaps extras.
var head = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]*)[ \t]*(?:\[([^\[\]]*)\])?[ \t]*`)

// scheme is what a URL begins with: "https:", "git+ssh:".
var scheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*):`)

// parseRequirement reads a dependency specifier (PEP 508):
// https://packaging.python.org/en/latest/specifications/dependency-specifiers/
//
// Paths in it are relative to dir.
func parseRequirement(text, dir string) (Requirement, error) {
	var r Requirement
	if strings.HasSuffix(text, `\`) {
		return r, errors.New(strayBackslash)
	}
	if isPath(text) {
		if isProject(text, dir) {
			return r, fmt.Errorf("%s: %s", clip(text), projectItself)
		}
		return r, fmt.Errorf("%s: a local path is not on the machine that installs: want \"name==version\"", clip(text))
	}
	if m := scheme.FindStringSubmatch(text); m != nil {
		if _, err := checkURL(text); err != nil {
			return r, err
		}
		return r, fmt.Errorf("%s: a URL without a name: want \"name @ url\"", clip(text))
	}
	m := head.FindStringSubmatchIndex(text)
	if m == nil || !project.ValidName(text[m[2]:m[3]]) {
		return r, fmt.Errorf("%s: want a requirement such as \"name==1.2.3\"", clip(text))
	}
	r.Name = project.NormalizeName(text[m[2]:m[3]])
	if m[4] >= 0 {
		var err error
		if r.Extras, err = parseExtras(text[m[4]:m[5]]); err != nil {
			return r, fmt.Errorf("%s: %w", clip(text), err)
		}
	}
	rest := text[m[1]:]
	var err error
	if url, ok := strings.CutPrefix(rest, "@"); ok {
		err = r.parseReference(strings.TrimSpace(url))
	} else {
		specifier, marker, marked := strings.Cut(rest, ";")
		if err = r.parseSpecifier(specifier); err == nil {
			err = r.parseMarker(marker, marked)
		}
	}
	if err != nil {
		return r, fmt.Errorf("%q: %w", r.Name, err)
	}
	return r, nil
}

// parseSpecifier reads ">=1,<2", also in parentheses, and learns whether it is a pin.
func (r *Requirement) parseSpecifier(text string) error {
	text = strings.TrimSpace(text)
	if inner, ok := strings.CutPrefix(text, "("); ok {
		text = strings.TrimSuffix(inner, ")")
	}
	specifiers, err := pep440.ParseSpecifiers(text)
	if err != nil {
		return err
	}
	r.Specifier = specifiers.String()
	if specifiers.IsPin() {
		r.Version = specifiers[0].Operand
	}
	return nil
}

// parseReference reads what follows "name @": a URL, then perhaps a marker, which
// begins with a blank, as a URL may hold a semicolon.
func (r *Requirement) parseReference(text string) error {
	url, rest := text, ""
	if at := strings.IndexAny(text, " \t"); at >= 0 {
		url, rest = text[:at], strings.TrimSpace(text[at:])
	}
	fragment, err := checkURL(url)
	if err != nil {
		return err
	}
	r.URL = url
	for pair := range strings.SplitSeq(fragment, "&") {
		algorithm, digest, ok := strings.Cut(pair, "=")
		if !ok || !isAlgorithm(algorithm) {
			continue // egg= and subdirectory= are no hashes
		}
		if err := r.addHash(algorithm + ":" + digest); err != nil {
			return err
		}
	}
	marker, marked := strings.CutPrefix(rest, ";")
	if rest != "" && !marked {
		return fmt.Errorf("%s after the URL: want a marker after \" ;\", or a hash", clip(rest))
	}
	return r.parseMarker(marker, marked)
}

// markerTokens matches what markers are made of, in any order: names, comparisons,
// quoted text and parentheses. What they mean is for those who evaluate them.
var markerTokens = regexp.MustCompile(
	`^(?:\s*(?:[A-Za-z_][A-Za-z0-9_.]*|[<>=!~]{1,3}|"[^"\\]*"|'[^'\\]*'|[()]))+$`)

func (r *Requirement) parseMarker(text string, marked bool) error {
	r.Marker = strings.TrimSpace(text)
	if marked && r.Marker == "" {
		return errors.New("nothing after \";\": want a marker such as python_version >= \"3.9\"")
	}
	if r.Marker != "" && !markerTokens.MatchString(r.Marker) {
		return fmt.Errorf("%s: want a marker such as python_version >= \"3.9\"", clip(r.Marker))
	}
	return nil
}

func parseExtras(text string) ([]string, error) {
	var extras []string
	for extra := range strings.SplitSeq(text, ",") {
		extra = strings.TrimSpace(extra)
		if extra == "" && strings.TrimSpace(text) == "" {
			return nil, nil
		}
		if !project.ValidName(extra) {
			return nil, fmt.Errorf("extra %s: want names parted by commas", clip(extra))
		}
		extras = append(extras, project.NormalizeName(extra))
	}
	slices.Sort(extras)
	return slices.Compact(extras), nil
}

// checkURL refuses what a direct reference cannot be shipped from, and returns the
// URL's fragment.
func checkURL(url string) (fragment string, err error) {
	_, fragment, _ = strings.Cut(url, "#")
	m := scheme.FindStringSubmatch(url)
	switch {
	case strings.Contains(url, `\`):
		return "", errors.New(strayBackslash)
	case strings.HasPrefix(url, "${"): // the index that a variable names
		return fragment, nil
	case m == nil, strings.EqualFold(m[1], "file"):
		return "", fmt.Errorf("%s: a local path is not on the machine that installs: want an https URL, or a version", clip(url))
	case strings.Contains(m[1], "+"):
		return "", fmt.Errorf("%s: a repository has no hash to check: want a release from an index, pinned with ==", clip(url))
	case !strings.EqualFold(m[1], "https") && !strings.EqualFold(m[1], "http"):
		return "", fmt.Errorf("%s: unknown scheme %q: want https", clip(url), m[1])
	}
	return fragment, nil
}

// isPath tells whether a requirement is a path or a file's name.
func isPath(text string) bool {
	word, _, _ := strings.Cut(text, ";")
	word = strings.TrimSpace(word)
	if strings.Contains(word, "@") {
		word = word[:strings.Index(word, "@")]
	}
	if scheme.MatchString(word) && !windowsDrive.MatchString(word) {
		return false
	}
	return strings.HasPrefix(word, ".") || strings.HasPrefix(word, "~/") || strings.ContainsAny(word, `/\`) ||
		slices.Contains([]string{".whl", ".zip", ".gz", ".bz2", ".tgz"}, strings.ToLower(path.Ext(word)))
}

var windowsDrive = regexp.MustCompile(`^[A-Za-z]:[\\/]`)

// isProject tells whether a path relative to dir is the project's root, perhaps with
// extras.
func isProject(text, dir string) bool {
	text, _, _ = strings.Cut(text, "[")
	return path.Join(dir, strings.TrimSpace(text)) == "."
}
