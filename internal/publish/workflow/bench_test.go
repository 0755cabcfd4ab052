package workflow

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/testkit"
)

// bench is a job of a run with two packages to upload.
type bench struct {
	*testing.T
	server *testkit.Results
	opts   Options
	list   []artifact.Artifact

	said, masked []string
	slept        []time.Duration
}

func newBench(t *testing.T) *bench {
	b := &bench{T: t, server: testkit.NewResults(t), list: packages(t, t.TempDir())}
	b.opts = Options{
		ResultsURL: b.server.URL(), Token: b.server.Token("run-1", "job-1"), Name: "demo_1.0_debian-12_amd64",
		RunURL: "https://github.com/o/r/actions/runs/7/",
		Now:    func() time.Time { return time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC) },
		Sleep: func(ctx context.Context, d time.Duration) error {
			b.slept = append(b.slept, d)
			return ctx.Err()
		},
		Mask: func(s string) { b.masked = append(b.masked, s) },
		Say:  func(line string) { b.said = append(b.said, line) },
	}
	return b
}

// packages writes a .deb and a .rpm of bytes that cannot be compressed.
func packages(t *testing.T, dir string) []artifact.Artifact {
	t.Helper()
	return []artifact.Artifact{
		pack(t, dir, "demo_1.0_amd64.deb", 2500),
		pack(t, dir, "demo-1.0-1.x86_64.rpm", 1800),
	}
}

func pack(t *testing.T, dir, name string, size int) artifact.Artifact {
	t.Helper()
	content := make([]byte, size)
	random := rand.NewChaCha8([32]byte([]byte(fmt.Sprintf("%-32s", name))[:32]))
	random.Read(content) //nolint:errcheck // it never fails
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	sum, n, err := artifact.Digest(path)
	if err != nil {
		t.Fatal(err)
	}
	return artifact.Artifact{Path: path, Name: name, Size: n, SHA256: sum}
}

// open opens the target with blocks of 1000 bytes: the zip has five of them.
func (b *bench) open() *Target {
	b.Helper()
	target, err := Open(b.opts)
	if err != nil {
		b.Fatal(err)
	}
	target.block = 1000
	target.stall = 10 * time.Second
	return target
}

// publish publishes, and sees that no secret is in what is said.
func (b *bench) publish() ([]artifact.Receipt, error) {
	b.Helper()
	receipts, err := b.open().Publish(b.Context(), b.list)
	for _, line := range append(slices.Clone(b.said), fmt.Sprint(err)) {
		for _, secret := range []string{b.opts.Token, "se+cret", "se%2Bcret", "sig=s", "/blob/"} {
			if strings.Contains(line, secret) {
				b.Errorf("secret %q is in %q", secret, line)
			}
		}
	}
	return receipts, err
}

func (b *bench) mustPublish() []artifact.Receipt {
	b.Helper()
	receipts, err := b.publish()
	if err != nil {
		b.Fatal(err)
	}
	return receipts
}

// visible returns what anybody sees of the run, by name.
func (b *bench) visible(run string) map[string]testkit.WorkflowArtifact {
	list := map[string]testkit.WorkflowArtifact{}
	for _, a := range b.server.Artifacts(run) {
		if a.Final {
			list[a.Name] = a
		}
	}
	return list
}

// whole sees that the run shows one artifact, with our packages in it.
func (b *bench) whole(run string) {
	b.Helper()
	visible := b.visible(run)
	got, ok := visible[b.opts.Name]
	if !ok || len(visible) != 1 {
		b.Fatalf("the run shows %d artifacts, ours: %t", len(visible), ok)
	}
	files := unzip(b.T, got.Content)
	if len(files) != len(b.list)+1 {
		b.Errorf("the zip has %d files", len(files))
	}
	for _, a := range b.list {
		want, err := os.ReadFile(a.Path)
		if err != nil {
			b.Fatal(err)
		}
		if !bytes.Equal(files[a.Name], want) {
			b.Errorf("%s: not the bytes that were built", a.Name)
		}
		if !bytes.Contains(files["SHA256SUMS"], []byte(a.SHA256+"  "+a.Name+"\n")) {
			b.Errorf("SHA256SUMS lacks %s: %s", a.Name, files["SHA256SUMS"])
		}
	}
}

func unzip(t *testing.T, content []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// count returns how many of these calls there were.
func (b *bench) count(call string) int {
	n := 0
	for _, c := range b.server.Requests() {
		if c == call {
			n++
		}
	}
	return n
}

// wrap is what goes around the server's handler of a call.
type wrap = func(next http.HandlerFunc) http.HandlerFunc

// first lets fault answer the first n requests.
func first(n int, fault http.HandlerFunc) wrap {
	return func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if n--; n >= 0 {
				fault(w, r)
				return
			}
			next(w, r)
		}
	}
}

// says answers with a status and a text, when the request has been read.
func says(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) //nolint:errcheck // whatever came
		w.WriteHeader(status)
		io.WriteString(w, text) //nolint:errcheck // the client may have gone
	}
}

// cut ends the connection after some bytes of the request, without an answer.
func cut(after int64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.CopyN(io.Discard, r.Body, after) //nolint:errcheck // a short one is fine
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			conn.Close()
		}
	}
}

// hang reads the request and never answers.
func hang(_ http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body) //nolint:errcheck // whatever came
	<-r.Context().Done()
}

// lost does the work of the first request and loses the answer.
func lost(next http.HandlerFunc) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		if n++; n > 1 {
			next(w, r)
			return
		}
		next(discard{http.Header{}}, r)
		cut(0)(w, r)
	}
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}
