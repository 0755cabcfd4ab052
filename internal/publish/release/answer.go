package release

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v60/github"
)

// againError says that the release is not any more what it was when this round
// began: another job was at work. The next round finds out what it is now.
type againError struct{ why string }

func (e againError) Error() string { return e.why }

// gone tells whether an error is an againError: a new round can help.
func gone(err error) bool {
	var again againError
	return errors.As(err, &again)
}

// answerError is an answer of GitHub's that is an error, in readable words.
type answerError struct{ error }

func (e answerError) Unwrap() error { return e.error }

func (e answerError) Error() string {
	var plain *github.ErrorResponse
	var primary *github.RateLimitError
	var secondary *github.AbuseRateLimitError
	var message string
	var fields []string
	switch {
	case errors.As(e.error, &plain):
		message = plain.Message
		for _, f := range plain.Errors {
			fields = append(fields, cmp.Or(f.Message, f.Field+" "+f.Code))
		}
	case errors.As(e.error, &primary):
		message = primary.Message
	case errors.As(e.error, &secondary):
		message = secondary.Message
	}
	r := response(e.error)
	text := fmt.Sprintf("%s %s: %d %s", r.Request.Method, r.Request.URL, r.StatusCode, cmp.Or(message, http.StatusText(r.StatusCode)))
	if len(fields) > 0 {
		text += ": " + strings.Join(fields, ", ")
	}
	return text
}

// status returns the HTTP status that an error is about, or 0.
func status(err error) int {
	if r := response(err); r != nil {
		return r.StatusCode
	}
	return 0
}

func response(err error) *http.Response {
	var plain *github.ErrorResponse
	var primary *github.RateLimitError
	var secondary *github.AbuseRateLimitError
	switch {
	case errors.As(err, &plain):
		return plain.Response
	case errors.As(err, &primary):
		return primary.Response
	case errors.As(err, &secondary):
		return secondary.Response
	}
	return nil
}

// says tells whether GitHub's message, or that about one of the fields, has the
// words in it.
func says(err error, words string) bool {
	var e *github.ErrorResponse
	if !errors.As(err, &e) {
		return false
	}
	text := e.Message
	for _, field := range e.Errors {
		text += "\n" + field.Message
	}
	return strings.Contains(strings.ToLower(text), words)
}

// refuses tells whether GitHub refuses a field's value with the code.
func refuses(err error, code string) bool {
	var e *github.ErrorResponse
	if !errors.As(err, &e) || status(err) != http.StatusUnprocessableEntity {
		return false
	}
	for _, field := range e.Errors {
		if field.Code == code {
			return true
		}
	}
	return false
}
