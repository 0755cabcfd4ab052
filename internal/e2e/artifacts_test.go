// Package e2e runs pinpack against programs that other people wrote. It is a
// module of its own, so that what they need is no part of pinpack.
package e2e

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nektos/act/pkg/artifacts"
	"github.com/nektos/act/pkg/common"
	"github.com/sirupsen/logrus"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/workflow"
)

const runID, jobID = 21, 49

// act is act's server for artifacts, in this process.
type act struct {
	*testing.T
	url, token string
	said       []string
}

func serve(t *testing.T) *act {
	t.Helper()
	logrus.SetOutput(io.Discard)
	listener, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().(*net.TCPAddr)
	listener.Close()
	stop := artifacts.Serve(context.WithoutCancel(t.Context()), t.TempDir(), addr.IP.String(), fmt.Sprint(addr.Port))
	t.Cleanup(stop)
	token, err := common.CreateAuthorizationToken(1, runID, jobID)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		conn, err := net.Dial("tcp", addr.String())
		if err == nil {
			conn.Close()
			return &act{T: t, url: "http://" + addr.String() + "/", token: token}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("act does not serve on %s", addr)
	return nil
}

func (a *act) options() workflow.Options {
	return workflow.Options{
		ResultsURL: a.url, Token: a.token, Name: workflow.SafeName("demo", "1:2.0", "debian:12", "amd64"),
		Retention: 5, Now: time.Now,
		RunURL: "https://github.com/o/r/actions/runs/21",
		Say:    func(line string) { a.said = append(a.said, line) },
		Sleep:  func(context.Context, time.Duration) error { return nil },
	}
}

func (a *act) publish(o workflow.Options, list []artifact.Artifact) ([]artifact.Receipt, error) {
	a.Helper()
	target, err := workflow.Open(o)
	if err != nil {
		a.Fatal(err)
	}
	return target.Publish(a.Context(), list)
}

// call asks act's API, as actions/download-artifact does.
func (a *act) call(method string, in map[string]any) map[string]any {
	a.Helper()
	in["workflow_run_backend_id"], in["workflow_job_run_backend_id"] = fmt.Sprint(runID), fmt.Sprint(jobID)
	body, err := json.Marshal(in)
	if err != nil {
		a.Fatal(err)
	}
	resp, err := http.Post(a.url+"twirp/github.actions.results.api.v1.ArtifactService/"+method, "application/json", bytes.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	defer resp.Body.Close()
	out := map[string]any{}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || resp.StatusCode != http.StatusOK {
		a.Fatalf("%s: %s: %v", method, resp.Status, err)
	}
	return out
}

// download lists the artifact and returns its files.
func (a *act) download(name string) map[string][]byte {
	a.Helper()
	list := a.call("ListArtifacts", map[string]any{"name_filter": name})["artifacts"]
	if found, ok := list.([]any); !ok || len(found) != 1 || found[0].(map[string]any)["name"] != name {
		a.Fatalf("act lists %v, want %q", list, name)
	}
	signed := a.call("GetSignedArtifactURL", map[string]any{"name": name})["signedUrl"].(string)
	resp, err := http.Get(signed)
	if err != nil {
		a.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		a.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		a.Fatalf("%d bytes: %v", len(content), err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			a.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			a.Fatal(err)
		}
	}
	return files
}

// same sees that the files are the packages, and their checksums.
func (a *act) same(files map[string][]byte, list []artifact.Artifact) {
	a.Helper()
	if len(files) != len(list)+1 || string(files["SHA256SUMS"]) != artifact.Checksums(list) {
		a.Errorf("%d files, SHA256SUMS:\n%s", len(files), files["SHA256SUMS"])
	}
	for _, p := range list {
		want, err := os.ReadFile(p.Path)
		if err != nil {
			a.Fatal(err)
		}
		if !bytes.Equal(files[p.Name], want) {
			a.Errorf("%s: %d bytes, not the %d that were built", p.Name, len(files[p.Name]), len(want))
		}
	}
}

// packages writes a .deb of several blocks, and a .rpm.
func packages(t *testing.T) []artifact.Artifact {
	t.Helper()
	var list []artifact.Artifact
	for name, size := range map[string]int{"demo-2.0-1.x86_64.rpm": 100_000, "demo_2.0_amd64.deb": 20 << 20} {
		content := make([]byte, size)
		if _, err := rand.NewChaCha8([32]byte{byte(size)}).Read(content); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		sum, n, err := artifact.Digest(path)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, artifact.Artifact{Path: path, Name: name, Size: n, SHA256: sum})
	}
	slices.SortFunc(list, func(a, b artifact.Artifact) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func TestArtifacts(t *testing.T) {
	for _, level := range []int{0, 1} {
		t.Run(fmt.Sprint("compression ", level), func(t *testing.T) {
			a, list := serve(t), packages(t)
			o := a.options()
			o.Compression = level
			receipts, err := a.publish(o, list)
			if err != nil {
				t.Fatal(err)
			}
			a.same(a.download("demo_1-2.0_debian-12_amd64"), list)
			for _, r := range receipts {
				if !strings.HasPrefix(r.URL, o.RunURL+"/artifacts/") || !strings.HasPrefix(r.Digest, "sha256:") {
					t.Errorf("receipt %+v", r)
				}
			}
			if len(receipts) != 2 || len(a.said) > 0 {
				t.Errorf("%d receipts, said %q", len(receipts), a.said)
			}
		})
	}
}

// TestArtifactAgain: act knows no conflict; the last one counts, as a whole.
func TestArtifactAgain(t *testing.T) {
	a, list := serve(t), packages(t)
	for _, l := range [][]artifact.Artifact{list, list[:1], list} {
		if _, err := a.publish(a.options(), l); err != nil {
			t.Fatal(err)
		}
		a.same(a.download(a.options().Name), l)
	}
}

// flaky loses each request once before it is sent.
type flaky struct{ seen map[string]bool }

func (f flaky) RoundTrip(r *http.Request) (*http.Response, error) {
	key := r.Method + r.URL.Path + r.URL.Query().Get("comp") + r.URL.Query().Get("blockid")
	if !f.seen[key] {
		f.seen[key] = true
		return nil, errors.New("connection reset by peer")
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestArtifactRetries(t *testing.T) {
	a, list := serve(t), packages(t)
	o := a.options()
	o.Client = &http.Client{Transport: flaky{map[string]bool{}}}
	if _, err := a.publish(o, list); err != nil {
		t.Fatal(err)
	}
	a.same(a.download(o.Name), list)
	if len(a.said) != 6 { // create, three blocks, their list, finalize
		t.Errorf("said %q", a.said)
	}
}

// TestArtifactFiles: act knows no artifacts that are not a zip, and the error says
// what to do.
func TestArtifactFiles(t *testing.T) {
	a := serve(t)
	o := a.options()
	o.Files = true
	if _, err := a.publish(o, packages(t)); err == nil || !strings.Contains(err.Error(), "want them in one zip there") {
		t.Errorf("got %v", err)
	}
}
