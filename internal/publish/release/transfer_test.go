package release

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// between is what is between us and GitHub.
type between func(*http.Request) (*http.Response, error)

func (b between) RoundTrip(r *http.Request) (*http.Response, error) { return b(r) }

// TestUploadAgain has the transport send the first upload once more by itself,
// and has an answer come before the file was read to its end.
func TestUploadAgain(t *testing.T) {
	answer := func(r *http.Request, status int, header http.Header) *http.Response {
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader("{}")), Request: r, ProtoMajor: 1, ProtoMinor: 1}
	}
	abandon := func(r *http.Request) {
		_, _ = io.CopyN(io.Discard, r.Body, 100)
		r.Body.Close()
		if _, err := r.Body.Read(make([]byte, 1)); err == nil {
			t.Error("a closed file can be read")
		}
	}
	for name, first := range map[string]func(r *http.Request) (*http.Response, error){
		"redirected": func(r *http.Request) (*http.Response, error) {
			r.Body.Close()
			return answer(r, http.StatusTemporaryRedirect, http.Header{"Location": {r.URL.String()}}), nil
		},
		"answered early": func(r *http.Request) (*http.Response, error) {
			abandon(r)
			return answer(r, http.StatusServiceUnavailable, nil), nil
		},
		"cut early": func(r *http.Request) (*http.Response, error) {
			abandon(r)
			return nil, io.ErrUnexpectedEOF
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			seen := false
			list := packages(t, "x", "a.deb")
			w.publish(list, func(o *Options) {
				o.Client = &http.Client{Transport: between(func(r *http.Request) (*http.Response, error) {
					if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/assets") && !seen {
						seen = true
						return first(r)
					}
					return http.DefaultTransport.RoundTrip(r)
				})}
			})
			if !seen {
				t.Error("no upload was seen")
			}
			w.holds(false, list, none...)
		})
	}
}

// TestAnotherUploadsIt has another run upload the very file that this one is
// about to: it is given the time to end.
func TestAnotherUploadsIt(t *testing.T) {
	w := newWorld(t)
	list := packages(t, "x", "a.deb")
	id := w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0", Draft: true})
	w.Fail(testkit.GitHubFault{Method: "POST", Path: uploadPath, Nth: 1, Before: func() {
		w.AddAsset(repo, id, testkit.GitHubAsset{Name: "a.deb", Starter: true})
	}})
	w.Fail(testkit.GitHubFault{Method: "GET", Path: uploadPath, Nth: 3, Before: func() {
		w.RemoveAsset(repo, id, "a.deb")
		w.AddAsset(repo, id, testkit.GitHubAsset{Name: "a.deb", Content: []byte(content(t, list[0]))})
	}})
	w.publish(list)
	w.holds(false, list, none...)
	for _, call := range w.Writes() {
		if strings.HasPrefix(call, "DELETE ") {
			t.Errorf("it was deleted under way: %s", call)
		}
	}
}

// TestLimits has what GitHub says no to for good.
func TestLimits(t *testing.T) {
	w := newWorld(t)
	list := packages(t, "x", "a.deb", "b.deb")
	w.Fail(testkit.GitHubFault{Method: "POST", Path: uploadPath, Status: 422, Message: "Validation Failed",
		Errors: []testkit.GitHubFieldError{{Resource: "ReleaseAsset", Code: "custom", Field: "file_count", Message: "file_count limited to 1000 assets per release"}}})
	if err := w.run(list); err == nil || !strings.Contains(err.Error(), "422 Validation Failed: file_count limited to 1000") {
		t.Errorf("error %v", err)
	}
	w.Heal()
	w.Fail(testkit.GitHubFault{Method: "PATCH", Path: releasePath, Status: 422, Message: "Validation Failed",
		Errors: []testkit.GitHubFieldError{{Resource: "Release", Code: "custom", Field: "pre_receive", Message: "pre_receive Repository rule violations found"}}})
	if err := w.run(list); err == nil || !strings.Contains(err.Error(), "a rule of the repository forbids it") {
		t.Errorf("error %v", err)
	}
	w.unpublished()
	if len(w.slept) > 0 {
		t.Errorf("waited %v for what will not change", w.slept)
	}
	w.Heal()
	w.publish(list)
	w.holds(false, list, none...)
}

func TestJoined(t *testing.T) {
	again, stop, token := againError{"again"}, errors.New("stop"), fmt.Errorf("b: %w", ErrPermission)
	for _, row := range []struct {
		errs []error
		want string
	}{
		{nil, "<nil>"},
		{[]error{again, again}, "again"},
		{[]error{again, stop, stop}, "stop"},
		{[]error{stop, again, token, token}, "b: the token may not write releases"},
	} {
		if got := fmt.Sprint(joined(row.errs)); got != row.want {
			t.Errorf("joined(%v) = %q, want %q", row.errs, got, row.want)
		}
	}
	if !gone(joined([]error{again, again})) || gone(joined([]error{again, stop})) {
		t.Error("a reason for another round is lost, or made up")
	}
}
