package testkit

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// openAPI is GitHub's description of its API, see testdata/github-openapi.sh.
type openAPI struct{ doc *openapi3.T }

var loadRules = sync.OnceValues(func() (*openAPI, error) {
	name := filepath.Join("testdata", "github-openapi.json")
	for range 6 {
		doc, err := openapi3.NewLoader().LoadFromFile(name)
		if err == nil {
			return &openAPI{doc}, doc.Validate(context.Background(), openapi3.DisableExamplesValidation())
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		name = filepath.Join("..", name)
	}
	return nil, errors.New("testdata/github-openapi.json is in no directory above this one")
})

func githubRules(t testing.TB) *openAPI {
	t.Helper()
	rules, err := loadRules()
	if err != nil {
		t.Fatalf("read GitHub's description: %v", err)
	}
	return rules
}

// template compiles a path such as /repos/{owner}/{repo}/git/ref/{ref}, of which
// the last parameter takes slashes too.
func template(path string) *regexp.Regexp {
	path = strings.ReplaceAll(path, "{ref}", "(?P<ref>.+)")
	return regexp.MustCompile("^" + regexp.MustCompile(`\{(\w+)\}`).ReplaceAllString(path, `(?P<$1>[^/]+)`) + "$")
}

// exchange is one call, for the description to judge.
type exchange struct {
	input *openapi3filter.RequestValidationInput
}

// request holds a request against the description. The content of an upload is
// whatever it is.
func (o *openAPI) request(r *http.Request, path string, params map[string]string, body []byte, upload bool) (*exchange, error) {
	item := o.doc.Paths.Value(path)
	if item == nil || item.GetOperation(r.Method) == nil {
		return nil, errors.New("there is no such call")
	}
	op := item.GetOperation(r.Method)
	copied := r.Clone(r.Context())
	copied.Body = io.NopCloser(bytes.NewReader(body))
	x := &exchange{&openapi3filter.RequestValidationInput{
		Request: copied, PathParams: params,
		Route:   &routers.Route{Spec: o.doc, Path: path, PathItem: item, Method: r.Method, Operation: op},
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, ExcludeRequestBody: upload, MultiError: true},
	}}
	for name := range r.URL.Query() {
		if op.Parameters.GetByInAndName("query", name) == nil && item.Parameters.GetByInAndName("query", name) == nil {
			return x, errors.New("it has no query parameter " + name)
		}
	}
	return x, openapi3filter.ValidateRequest(r.Context(), x.input)
}

// response holds an answer against the description, which knows nothing of the
// statuses that every call may have.
func (x *exchange) response(status int, header http.Header, body []byte) error {
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: x.input, Status: status, Header: header,
		Body: io.NopCloser(bytes.NewReader(body)), Options: x.input.Options,
	})
}

// object makes an object of the schema: all that it must have, and the fields.
func (o *openAPI) object(schema string, fields map[string]any) map[string]any {
	object, _ := blank(o.doc.Components.Schemas[schema].Value).(map[string]any)
	for name, value := range fields {
		object[name] = value
	}
	return object
}

// blank is the least that a schema takes.
func blank(s *openapi3.Schema) any {
	switch {
	case s.Nullable:
		return nil
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type.Is("integer"), s.Type.Is("number"):
		return 0
	case s.Type.Is("boolean"):
		return false
	case s.Type.Is("array"):
		return []any{}
	case s.Type.Is("object"):
		object := map[string]any{}
		for name, property := range s.Properties {
			if slices.Contains(s.Required, name) {
				object[name] = blank(property.Value)
			}
		}
		return object
	case s.Format == "date-time":
		return githubTime
	case s.Format == "uri":
		return "https://github.test/"
	}
	return strings.Repeat("0", int(s.MinLength))
}
