package registry

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Refusal is an answer that is none of those that were wanted.
type Refusal struct {
	Request string // method and URL
	Status  int
	Text    string // what the service says, in one line; ""
	Want    string // what would be right; ""
}

func (e *Refusal) Error() string {
	s := strings.TrimSpace(fmt.Sprintf("%s: %d %s", e.Request, e.Status, http.StatusText(e.Status)))
	if e.Text != "" {
		s += ": " + e.Text
	}
	if e.Want != "" {
		s += ": want " + e.Want
	}
	return s
}

func (c *client) refusal(r request, a answer) error {
	e := &Refusal{Request: r.method + " " + readable(r.url), Status: a.status, Text: message(a)}
	switch a.status {
	case http.StatusUnauthorized:
		e.Want = "credentials that the service knows: " + c.wanted
	case http.StatusForbidden:
		e.Want = "credentials that may do this"
	case http.StatusNotFound:
		e.Want = "what the target's URL names to be there, and credentials that may see it"
	case http.StatusRequestEntityTooLarge:
		e.Want = "the server, or a proxy before it, to take larger files"
	}
	return e
}

// longest is how much of what a service says is told, in bytes.
const longest = 300

// message is what an answer says to people, whichever of the usual forms it has.
func message(a answer) string {
	text := string(a.body)
	var doc any
	if json.Unmarshal(a.body, &doc) == nil {
		text = strings.Join(sentences(doc), "; ")
	} else if strings.Contains(a.header.Get("Content-Type"), "html") || strings.HasPrefix(strings.TrimSpace(text), "<") {
		return ""
	}
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}

// sentences are the texts of a JSON answer.
func sentences(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, sentences(e)...)
		}
		return all
	case map[string]any:
		for _, name := range []string{"message", "detail", "error_description", "error", "errors"} {
			if found := sentences(v[name]); found != nil {
				return found
			}
		}
		var all []string
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			for _, s := range sentences(v[name]) {
				all = append(all, name+": "+s)
			}
		}
		return all
	}
	return nil
}

func untrusted(err error) bool {
	var e *tls.CertificateVerificationError
	return errors.As(err, &e)
}
