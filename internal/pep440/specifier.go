package pep440

import (
	"errors"
	"fmt"
	"strings"
)

// Specifiers is a comma-separated set of version specifiers, all of which have to
// be met. The empty set is met by every version.
type Specifiers []Specifier

// Specifier is one comparison, such as ">=3.9", "==3.11.*" or "===any-text".
type Specifier struct {
	Operator string // "==", "!=", "<=", ">=", "<", ">", "~=" or "==="
	Operand  string // what the operator compares with, as written: "3.11.*"

	version Version // the operand without ".*"; nothing for "==="
	prefix  bool    // the operand ends in ".*"
}

// operators are tried in order: the longer ones that begin like others are first.
var operators = []string{"===", "==", "!=", "<=", ">=", "~=", "<", ">"}

// ParseSpecifiers reads a set like ">=3.9, <4, !=3.9.1". Blanks and empty items
// are ignored. The error names every item that is wrong.
func ParseSpecifiers(s string) (Specifiers, error) {
	var specs Specifiers
	var errs []error
	for item := range strings.SplitSeq(s, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		spec, err := parseSpecifier(item)
		if err != nil {
			errs = append(errs, fmt.Errorf("parse version specifier %s: %w", quote(item), err))
			continue
		}
		specs = append(specs, spec)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return specs, nil
}

func parseSpecifier(item string) (Specifier, error) {
	var s Specifier
	for _, op := range operators {
		if strings.HasPrefix(item, op) {
			s.Operator = op
			break
		}
	}
	if s.Operator == "" {
		return s, fmt.Errorf("no operator: want one of %s before the version", strings.Join(operators, " "))
	}
	s.Operand = strings.TrimSpace(item[len(s.Operator):])
	if s.Operator == "===" {
		if s.Operand == "" || strings.ContainsAny(s.Operand, " \t;)") {
			return s, errors.New("want a single word after ===")
		}
		return s, nil
	}
	text, prefix := strings.CutSuffix(s.Operand, ".*")
	s.prefix = prefix
	var err error
	if s.version, err = Parse(text); err != nil {
		return s, err
	}
	v := s.version
	switch {
	case prefix && s.Operator != "==" && s.Operator != "!=":
		return s, fmt.Errorf("%s takes no \".*\": only == and != do", s.Operator)
	case prefix && v.comparePublic(v.base()) != 0, prefix && v.local != nil:
		return s, errors.New("\".*\" may follow a release such as 1.2 only")
	case v.local != nil && s.Operator != "==" && s.Operator != "!=":
		return s, fmt.Errorf("%s takes no local label: leave out %q", s.Operator, "+"+strings.Join(v.local, "."))
	case s.Operator == "~=" && len(v.release) < 2:
		return s, errors.New("~= needs two numbers or more, such as ~=1.4")
	}
	return s, nil
}

// IsPin tells whether the set allows one version only: a single == without ".*",
// or a single ===. This is what pip takes for pinned, too.
func (s Specifiers) IsPin() bool {
	return len(s) == 1 && (s[0].Operator == "==" && !s[0].prefix || s[0].Operator == "===")
}

// Match tells whether v meets every specifier. Pre-releases are matched like any
// other version; leaving them out is a resolver's choice, not a set's.
func (s Specifiers) Match(v Version) bool {
	for _, spec := range s {
		if !spec.Match(v) {
			return false
		}
	}
	return true
}

// String returns the set as "op operand" pairs without blanks, comma-separated.
func (s Specifiers) String() string {
	items := make([]string, len(s))
	for i, spec := range s {
		items[i] = spec.Operator + spec.Operand
	}
	return strings.Join(items, ",")
}

// Match tells whether v meets s.
func (s Specifier) Match(v Version) bool {
	w := s.version
	switch s.Operator {
	case "===":
		return lower(v.Original) == lower(s.Operand)
	case "==":
		return s.equal(v)
	case "!=":
		return !s.equal(v)
	case "<=":
		return v.comparePublic(w) <= 0
	case ">=":
		return v.comparePublic(w) >= 0
	case "~=":
		return v.comparePublic(w) >= 0 && v.startsWith(w, len(w.release)-1)
	case "<":
		return v.comparePublic(w) < 0 && (w.IsPrerelease() || !v.isPrereleaseOf(w))
	case ">":
		return v.comparePublic(w) > 0 && !v.isPostreleaseOf(w)
	default:
		return false
	}
}

func (s Specifier) equal(v Version) bool {
	switch {
	case s.prefix:
		return v.startsWith(s.version, len(s.version.release))
	case s.version.local == nil:
		return v.comparePublic(s.version) == 0
	default:
		return v.Compare(s.version) == 0
	}
}

// startsWith tells whether v has w's epoch and the first n numbers of its release.
func (v Version) startsWith(w Version, n int) bool {
	if v.epoch != w.epoch {
		return false
	}
	for i := range n {
		if v.segment(i) != w.segment(i) {
			return false
		}
	}
	return true
}

// isPrereleaseOf tells whether v leads up to w, a release or post-release: 1.0rc1 to
// 1.0, 1.0.post1.dev2 to 1.0.post1. "<1.0" does not mean to allow 1.0rc1.
func (v Version) isPrereleaseOf(w Version) bool {
	return v.IsPrerelease() && v.compareBase(w) == 0 && (w.post == "" || v.pre == "" && v.post == w.post)
}

// isPostreleaseOf tells whether v is w's with "post" added. ">1.0" does not mean to
// allow 1.0.post1.
func (v Version) isPostreleaseOf(w Version) bool {
	return v.post != "" && w.post == "" && w.dev == "" &&
		v.compareBase(w) == 0 && v.pre == w.pre && v.preN == w.preN
}

// base returns epoch and release alone.
func (v Version) base() Version { return Version{epoch: v.epoch, release: v.release} }
