// Package pep508 reads dependency specifiers and environment markers, and
// evaluates markers for an interpreter:
// https://packaging.python.org/en/latest/specifications/dependency-specifiers/
package pep508

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep440"
)

// Requirement is one dependency specifier.
type Requirement struct {
	Name       string            // normalised (PEP 503)
	Extras     []string          // normalised, sorted
	Specifiers pep440.Specifiers // empty for any version
	URL        string            // direct reference ("name @ url"), as written; "" otherwise
	Marker     Marker
}

// head is what every requirement begins with: a name and perhaps extras.
var head = regexp.MustCompile(`^[ \t]*([A-Za-z0-9][A-Za-z0-9._-]*)[ \t]*(?:\[([^\[\]]*)\])?[ \t]*`)

// Parse reads a dependency specifier: `name[extra] >=1,<2 ; marker`, the versions also
// in parentheses, or `name @ url ; marker`, where a blank ends the URL.
func Parse(text string) (Requirement, error) {
	var r Requirement
	m := head.FindStringSubmatchIndex(text)
	if m == nil || !ValidName(text[m[2]:m[3]]) {
		return r, fmt.Errorf("%s: want a requirement such as \"name==1.2.3\"", clip(text))
	}
	r.Name = NormalizeName(text[m[2]:m[3]])
	if m[4] >= 0 {
		var err error
		if r.Extras, err = parseExtras(text[m[4]:m[5]]); err != nil {
			return r, fmt.Errorf("%s: %w", clip(text), err)
		}
	}
	var err error
	if url, ok := strings.CutPrefix(text[m[1]:], "@"); ok {
		err = r.parseReference(strings.TrimSpace(url))
	} else {
		specifiers, marker, marked := strings.Cut(text[m[1]:], ";")
		if r.Specifiers, err = parseSpecifiers(strings.TrimSpace(specifiers)); err == nil && marked {
			r.Marker, err = ParseMarker(marker)
		}
	}
	if err != nil {
		return r, fmt.Errorf("%q: %w", r.Name, err)
	}
	return r, nil
}

func parseSpecifiers(text string) (pep440.Specifiers, error) {
	if inner, ok := strings.CutPrefix(text, "("); ok {
		if text, ok = strings.CutSuffix(inner, ")"); !ok {
			return nil, fmt.Errorf("%s: want \")\" at the end", clip(text))
		}
	}
	return pep440.ParseSpecifiers(text)
}

// parseReference reads what follows "name @". A URL may hold a semicolon, so a marker
// begins with a blank before its own.
func (r *Requirement) parseReference(text string) error {
	rest := ""
	if at := strings.IndexAny(text, " \t"); at >= 0 {
		text, rest = text[:at], strings.TrimSpace(text[at:])
	}
	if text == "" {
		return errors.New("nothing after \"@\": want a URL")
	}
	r.URL = text
	if rest == "" {
		return nil
	}
	marker, marked := strings.CutPrefix(rest, ";")
	if !marked {
		return fmt.Errorf("%s after the URL: want a marker after \" ;\"", clip(rest))
	}
	var err error
	r.Marker, err = ParseMarker(marker)
	return err
}

func parseExtras(text string) ([]string, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var extras []string
	for extra := range strings.SplitSeq(text, ",") {
		extra = strings.TrimSpace(extra)
		if !ValidName(extra) {
			return nil, fmt.Errorf("extra %s: want names parted by commas", clip(extra))
		}
		extras = append(extras, NormalizeName(extra))
	}
	slices.Sort(extras)
	return slices.Compact(extras), nil
}

// String returns the requirement without its marker: "name[extra]>=1,<2".
func (r Requirement) String() string {
	text := r.Name
	if len(r.Extras) > 0 {
		text += "[" + strings.Join(r.Extras, ",") + "]"
	}
	if r.URL != "" {
		return text + " @ " + r.URL
	}
	return text + r.Specifiers.String()
}

// clip is %q for an error message, shortened when somebody passed a whole file.
func clip(s string) string {
	const limit = 80
	if len(s) <= limit {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%q…", strings.ToValidUTF8(s[:limit], ""))
}
