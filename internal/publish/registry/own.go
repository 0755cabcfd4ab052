package registry

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
)

// own is what the query of a URL that is the user's own template may say. Its other
// words are the server's.
var own = []param{
	{name: "method", initial: http.MethodPut, choices: []string{http.MethodPut, http.MethodPost}},
	{name: "field"}, {name: "header", several: true}, {name: "checksum-header"}, {name: "exists", several: true}, {name: "fetch"},
}

const ownNotes = "Any server that takes a file by one request. The path and the query are templates with `{name}`, `{version}`, `{arch}`, `{format}`, `{file}`; without any, `/{file}` is added. " +
	"`method=POST`, `field=NAME` (multipart form), `header=NAME:VALUE` (`${VARIABLE}` in it is read from the environment, and secret), `checksum-header=NAME` (SHA-256), " +
	"`exists=STATUS` (the name is taken; 409), `fetch=/PATH/{file}` (where files can be found, to compare). All other words go to the server."

var ownLogins = []login{{"bearer", "", "PUBLISH_TOKEN"}, {"basic", "PUBLISH_USERNAME", "PUBLISH_PASSWORD"}}

var (
	variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)
	token    = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$") // RFC 9110, section 5.6.2
)

// ownRoute is that of a target whose URL is the template, and what all of its
// requests bear.
func ownRoute(at address, getenv func(string) string, mask func(string)) (route, http.Header, error) {
	path := at.template
	if !strings.Contains(path, "{") {
		path = strings.TrimSuffix(path, "/") + "/{file}"
	}
	r := route{
		method: at.vars["method"], field: at.vars["field"], url: path, look: path, before: true, header: map[string]string{},
		exists: []int{http.StatusConflict},
	}
	if r.method == http.MethodPost || r.field != "" {
		r.look, r.before = "", false // the address is one to send to
		r.fetch = path
	}
	if fetch := at.vars["fetch"]; fetch != "" {
		r.look, r.fetch, r.before = "/"+strings.TrimPrefix(fetch, "/"), "", true
	}
	var errs []error
	header := http.Header{} // of every request
	query := ""
	for _, name := range slices.Sorted(maps.Keys(at.rest)) {
		for _, value := range at.rest[name] {
			query += map[bool]string{true: "?", false: "&"}[query == ""] + escape(name) + "=" + templated(value)
		}
	}
	r.url += query
	for _, template := range []string{r.url, r.look} {
		if _, err := expand(template, fileVars(artifact.Artifact{})); err != nil {
			errs = append(errs, err)
			break
		}
	}
	for _, h := range at.lists["header"] {
		name, value, ok := strings.Cut(h, ":")
		if !ok || !token.MatchString(name) {
			errs = append(errs, fmt.Errorf("header=%q in its query: want NAME:VALUE", h))
			continue
		}
		value, err := fromEnvironment(strings.TrimSpace(value), getenv, mask)
		errs = append(errs, err)
		header.Add(name, value)
	}
	if name := at.vars["checksum-header"]; name != "" {
		if !token.MatchString(name) {
			errs = append(errs, fmt.Errorf("checksum-header=%q in its query: want the name of a header", name))
		}
		r.header[textproto.CanonicalMIMEHeaderKey(name)] = "{sha256}"
	}
	for _, s := range at.lists["exists"] {
		n, err := strconv.Atoi(s)
		if err != nil || n < 400 || n > 499 {
			errs = append(errs, fmt.Errorf("exists=%s in its query: want a status from 400 to 499", s))
		}
		r.exists = append(r.exists, n)
	}
	return r, header, errors.Join(errs...)
}

// templated escapes a value of a query, but for the fields of a template.
func templated(value string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(value, "{")
		b.WriteString(escape(before))
		name, rest, closed := strings.Cut(after, "}")
		if !ok || !closed {
			return b.String()
		}
		b.WriteString("{" + name + "}")
		value = rest
	}
}

// fromEnvironment puts the values of variables in place of ${NAME}. They are
// secret.
func fromEnvironment(text string, getenv func(string) string, mask func(string)) (string, error) {
	var missing []string
	text = variable.ReplaceAllStringFunc(text, func(m string) string {
		name := variable.FindStringSubmatch(m)[1]
		value := strings.TrimSpace(getenv(name))
		if value == "" {
			missing = append(missing, name)
		}
		mask(value)
		return value
	})
	if missing != nil {
		return "", fmt.Errorf("header in its query: %s: not set", strings.Join(missing, ", "))
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return "", errors.New("header in its query: holds a control character")
	}
	return text, nil
}
