package lock

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pinpack/pinpack/internal/pep508"
)

const strayBackslash = "a backslash inside the line: want it at the very end, without blanks after it"

// scheme is what a URL begins with: "https:", "git+ssh:".
var scheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*):`)

// parseRequirement reads a dependency specifier as a requirements file has it, which
// is no path.
func parseRequirement(text string) (Requirement, error) {
	if scheme.MatchString(text) {
		if _, err := checkURL(text); err != nil {
			return Requirement{}, err
		}
		return Requirement{}, fmt.Errorf("%s: a URL without a name: want \"name @ url\"", clip(text))
	}
	parsed, err := pep508.Parse(text)
	if err != nil {
		return Requirement{}, err
	}
	r, err := newRequirement(parsed)
	if err != nil {
		return r, fmt.Errorf("%q: %w", r.Name, err)
	}
	return r, nil
}

// newRequirement takes the version of a pin, and the hashes of a URL's fragment.
func newRequirement(parsed pep508.Requirement) (Requirement, error) {
	r := Requirement{
		Name: parsed.Name, Specifier: parsed.Specifiers.String(), Extras: parsed.Extras,
		URL: parsed.URL, Marker: parsed.Marker.String(),
	}
	if parsed.Specifiers.IsPin() {
		r.Version = parsed.Specifiers[0].Operand
	}
	if r.URL == "" {
		return r, nil
	}
	fragment, err := checkURL(r.URL)
	if err != nil {
		return r, err
	}
	for pair := range strings.SplitSeq(fragment, "&") {
		algorithm, digest, ok := strings.Cut(pair, "=")
		if !ok || !isAlgorithm(algorithm) {
			continue // egg= and subdirectory= are no hashes
		}
		if err := r.addHash(algorithm + ":" + digest); err != nil {
			return r, err
		}
	}
	return r, nil
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
