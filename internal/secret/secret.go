// Package secret tells which values of an environment must not be seen by anyone:
// not in a package, not in a log.
package secret

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Secret is a value, and what it is called where people may read it.
type Secret struct {
	Name  string // of the variable or input
	Value string
}

// shortest is the least length of a value, in bytes, that can be told from
// ordinary text.
const shortest = 6

// words in a variable's name say that its value is secret.
var words = []string{"TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "PRIVATE", "APIKEY", "API_KEY", "ACCESS_KEY", "SIGNING_KEY", "ENCRYPTION_KEY", "DEPLOY_KEY", "SSH_KEY", "GPG_KEY"}

// places at the end of a name say that its value is where a secret is, not one.
var places = []string{"_FILE", "_PATH", "_DIR", "_SOCK", "_URL", "_NAME", "_ID", "_TYPE", "_LENGTH", "_TTL", "_EXPIRES"}

// FromEnviron finds the secrets in variables, NAME=VALUE: the values of those
// whose names say so, and the passwords in URLs, whatever the variable's name.
func FromEnviron(environ []string) []Secret {
	var found []Secret
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		if named(name) {
			found = add(found, name, value)
		}
		for _, field := range strings.Fields(value) {
			found = append(found, fromAuthority(name, field)...)
		}
	}
	return found
}

// FromURL finds the password in a URL, as it is written and decoded, and what the
// names in its query say is secret. A user without a password is a token. Text that
// is no URL holds none.
func FromURL(name, link string) []Secret {
	_, rest, ok := strings.Cut(link, "://")
	if !ok {
		return nil
	}
	return append(fromAuthority(name, link), fromQuery(name, rest)...)
}

func fromAuthority(name, link string) []Secret {
	_, rest, ok := strings.Cut(link, "://")
	if !ok {
		return nil
	}
	authority := rest[:strings.IndexAny(rest+"/", "/?#")]
	at := strings.LastIndexByte(authority, '@')
	if at < 0 {
		return nil
	}
	user, password, both := strings.Cut(authority[:at], ":")
	if !both {
		password = user
	}
	found := add(nil, name, password)
	if decoded, err := url.PathUnescape(password); err == nil && decoded != password {
		found = add(found, name, decoded)
	}
	return found
}

// What in a query, or as a header in it (header=NAME:VALUE), has a secret value.
var (
	secretWord   = regexp.MustCompile(`(?i)token|secret|passw|passphrase|credential|api[-_]?key|access[-_]?key`)
	secretHeader = regexp.MustCompile(`(?i)auth|token|secret|passw|credential|cookie|key`)
)

func fromQuery(name, link string) (found []Secret) {
	_, query, _ := strings.Cut(link, "?")
	query, _, _ = strings.Cut(query, "#")
	for pair := range strings.SplitSeq(query, "&") {
		word, written, _ := strings.Cut(pair, "=")
		value, err := url.QueryUnescape(written)
		if err != nil {
			value = written
		}
		if header, content, ok := strings.Cut(value, ":"); word == "header" && ok {
			if secretHeader.MatchString(header) && !strings.Contains(content, "${") {
				_, written, _ = strings.Cut(written, header)
				written = strings.TrimPrefix(strings.TrimPrefix(written, ":"), "%3A")
				found = add(add(found, name, written), name, content)
				if fields := strings.Fields(content); len(fields) > 1 { // as in "Bearer TOKEN"
					found = add(found, name, fields[len(fields)-1])
				}
			}
		} else if secretWord.MatchString(word) && !strings.Contains(value, "{") {
			found = add(add(found, name, written), name, value)
		}
	}
	return found
}

func named(name string) bool {
	name = strings.ToUpper(name)
	has := func(word string) bool { return strings.Contains(name, word) }
	ends := func(place string) bool { return strings.HasSuffix(name, place) }
	return slices.ContainsFunc(words, has) && !slices.ContainsFunc(places, ends)
}

// add adds a value that is long enough, and each line of one of several.
func add(list []Secret, name, value string) []Secret {
	for _, v := range append([]string{value}, strings.Split(value, "\n")...) {
		v = strings.TrimSpace(v)
		taken := slices.ContainsFunc(list, func(s Secret) bool { return s.Value == v })
		if len(v) >= shortest && !taken && !strings.HasPrefix(v, "-----") {
			list = append(list, Secret{name, v})
		}
	}
	return list
}

// New is a secret that an input declares to be one; nil when there is nothing to
// hide.
func New(name, value string) []Secret { return add(nil, name, value) }

// Mask hides secrets in text.
type Mask struct {
	values []string
	hide   *strings.Replacer
}

// Add adds a value to hide. One too short to be told from other text is not.
func (m *Mask) Add(value string) {
	for _, s := range New("", value) {
		m.values = append(m.values, s.Value)
	}
	// A longer value goes before one that is a part of it.
	slices.SortFunc(m.values, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, v := range m.values {
		pairs = append(pairs, v, "***")
	}
	m.hide = strings.NewReplacer(pairs...)
}

// Hide returns text with *** for every secret.
func (m *Mask) Hide(text string) string {
	if m.hide == nil {
		return text
	}
	return m.hide.Replace(text)
}
