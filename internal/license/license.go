// Package license makes SPDX expressions (https://spdx.org/licenses/) of what
// distributions say about their licences, and Debian's words of those.
package license

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/github/go-spdx/v2/spdxexp"
	"github.com/google/licensecheck"
)

// License is what is known of a distribution's licence.
type License struct {
	Expression string   // SPDX, valid; "" when it is not known
	Said       string   // in the distribution's own words, where they are no expression; one line
	Also       []string // licences of the SPDX list that it names besides what Said says
	Concluded  bool     // Expression is from the licence's text, not from what the metadata says
}

// Metadata is what a distribution says of its licence.
type Metadata struct {
	Expression  string   // License-Expression
	License     string   // License: words, an expression, or a whole text
	Classifiers []string // all
	Texts       []string // of its licence files
}

// Find takes the first of these that is plain: the expression, the words, the
// classifiers, the text of the licence. Words that stand for several licences,
// such as BSD, are not plain. Several classifiers are joined with AND: whoever
// keeps to all of them is right, whichever was meant.
func Find(m Metadata) License {
	var l License
	for _, words := range []string{m.Expression, m.License} {
		if e := Expression(words); e != "" {
			return License{Expression: e}
		}
		if line := strings.Join(strings.Fields(words), " "); l.Said == "" && len(line) <= 120 {
			l.Said = line
		}
	}
	ids, vague := fromClassifiers(m.Classifiers)
	if len(ids) > 0 && vague == "" {
		return License{Expression: strings.Join(ids, " AND ")}
	}
	if l.Said == "" {
		l.Said = vague
	}
	l.Also = ids
	l.Expression = conclude(m.Texts)
	l.Concluded = l.Expression != ""
	return l
}

// Expression returns the words as a valid SPDX expression, with identifiers in the
// list's own spelling, or "" if they are none and no common name of one licence.
func Expression(words string) string {
	words = strings.TrimSpace(words)
	if words == "" || len(words) > 1000 || strings.Contains(words, "\n") {
		return ""
	}
	if id, ok := names[strings.ToLower(words)]; ok {
		return id
	}
	fields := strings.Fields(words)
	for i, f := range fields {
		switch strings.ToLower(f) {
		case "and", "or", "with":
			fields[i] = strings.ToUpper(f)
		}
	}
	valid, _ := spdxexp.ValidateAndNormalizeLicensesWithOptions([]string{strings.Join(fields, " ")}, spdxexp.ValidateLicensesOptions{FailAllDocumentRefs: true})
	if len(valid) != 1 || !keeps(valid[0]) {
		return ""
	}
	return valid[0]
}

// keeps tells whether the parser can read its own normal form again.
func keeps(expression string) bool {
	_, err := spdxexp.ExtractLicenses(expression)
	return err == nil
}

// IDs lists the licences of an expression, each once, sorted, exceptions included
// with their licence: "GPL-2.0-only WITH Classpath-exception-2.0".
func IDs(expression string) []string {
	list, err := spdxexp.ExtractLicenses(expression)
	if err != nil {
		return nil
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// fromClassifiers reads Trove classifiers. The second result is one that stands
// for several licences.
func fromClassifiers(list []string) (ids []string, vague string) {
	for _, c := range list {
		if !strings.HasPrefix(c, "License ::") {
			continue
		}
		parts := strings.Split(c, " :: ")
		name := strings.TrimSpace(parts[len(parts)-1])
		if name == "OSI Approved" || len(parts) < 2 {
			continue // a heading
		}
		id, ok := names[strings.ToLower(name)]
		if !ok {
			vague = name
		} else if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, vague
}

// conclude reads licence texts: when all that are recognised are of one licence,
// it is that one.
func conclude(texts []string) string {
	var found []string
	for _, t := range texts {
		if id := Detect(t); id != "" && !slices.Contains(found, id) {
			found = append(found, id)
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// usual are the families of licences that distributions have. To recognise all that
// licensecheck knows takes seconds to prepare.
var usual = regexp.MustCompile(`^(0BSD|A?GPL-|AFL|Apache-|Artistic-|BlueOak|BSD-[234]-Clause$|BSL-1|CC0-1|EPL|EUPL|HPND$|ISC$|LGPL-|MIT$|MIT-0$|MPL-|NCSA$|OFL-1.1$|PostgreSQL|PSF-2|Python-2|Unlicense|UPL|W3C$|WTFPL|Zlib|ZPL)`)

var scanner = sync.OnceValue(func() *licensecheck.Scanner {
	var list []licensecheck.License
	for _, l := range licensecheck.BuiltinLicenses() {
		if usual.MatchString(l.ID) {
			list = append(list, l)
		}
	}
	s, err := licensecheck.NewScanner(list)
	if err != nil {
		panic(err) // the module's own licences
	}
	return s
})

// Detect returns the one licence of the SPDX list that a text is, or "".
func Detect(text string) string {
	if len(text) > 1<<20 {
		return ""
	}
	c := scanner().Scan([]byte(text))
	found := ""
	for _, m := range c.Match {
		if m.IsURL || m.ID == found {
			continue
		}
		if found != "" {
			return ""
		}
		found = m.ID
	}
	if c.Percent < 50 {
		return ""
	}
	return Expression(found)
}
