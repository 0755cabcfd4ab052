//go:build acceptance

package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/store"
	"github.com/pinpack/pinpack/internal/publish/store/storetest"
	"github.com/pinpack/pinpack/internal/publish/target"
	"github.com/pinpack/pinpack/internal/testkit"
)

func openStore(t *testing.T, b *testkit.Bucket, prefix string, client *http.Client) *Store {
	t.Helper()
	s, err := OpenStore("s3://packages/"+prefix, target.Setup{Getenv: b.Env, Now: time.Now, Client: client, Say: func(string) {}})
	if err != nil {
		t.Fatal(err)
	}
	s.poll = 20 * time.Millisecond
	s.retry.Sleep = func(ctx context.Context, _ time.Duration) error { return retrySleep(ctx) }
	return s
}

func retrySleep(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(time.Millisecond):
		return nil
	}
}

// TestIsAStore holds a bucket of a real server to what stores are.
func TestIsAStore(t *testing.T) {
	b := testkit.StartBucket(t)
	var n atomic.Int32
	storetest.Run(t, func(t *testing.T) func() store.Store {
		prefix := fmt.Sprintf("test/%d", n.Add(1))
		return func() store.Store { return openStore(t, b, prefix, nil) }
	})
}

// between is what is between us and the service.
type between func(*http.Request) (*http.Response, error)

func (b between) RoundTrip(r *http.Request) (*http.Response, error) { return b(r) }

// flaky fails two requests of seven, one of them after it was carried out.
func flaky() *http.Client {
	var n atomic.Int32
	return &http.Client{Transport: between(func(r *http.Request) (*http.Response, error) {
		switch n.Add(1) % 7 {
		case 1:
			if r.Body != nil {
				r.Body.Close()
			}
			return &http.Response{StatusCode: 503, Header: http.Header{"Content-Type": {"application/xml"}}, Request: r, ProtoMajor: 1, ProtoMinor: 1,
				Body: io.NopCloser(strings.NewReader("<Error><Code>SlowDown</Code><Message>Please reduce your request rate</Message></Error>"))}, nil
		case 4:
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err == nil {
				resp.Body.Close()
			}
			return nil, io.ErrUnexpectedEOF
		}
		return http.DefaultTransport.RoundTrip(r)
	})}
}

// without has a service that ignores the condition that nothing is there: what is
// there is taken away first.
func without(t *testing.T, b *testkit.Bucket) *http.Client {
	other := openStore(t, b, "", nil)
	return &http.Client{Transport: between(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPut && r.Header.Get("If-None-Match") != "" {
			if err := other.core.RemoveObject(r.Context(), "packages", strings.TrimPrefix(r.URL.Path, "/packages/"), minio.RemoveObjectOptions{}); err != nil {
				t.Error(err)
			}
		}
		return http.DefaultTransport.RoundTrip(r)
	})}
}

// TestWithoutConditions has a service that ignores them.
func TestWithoutConditions(t *testing.T) {
	b := testkit.StartBucket(t)
	s := openStore(t, b, "old", without(t, b))
	held, unlock, err := s.Lock(t.Context())
	if err != nil || held.Err() != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if list := files(t, b); len(list) != 0 {
		t.Errorf("left: %v", list)
	}
}

// TestLockOfTheDead takes a lock that nobody renews, not one that is renewed.
func TestLockOfTheDead(t *testing.T) {
	b := testkit.StartBucket(t)
	dead := &lock{Store: openStore(t, b, "x", nil), owner: "dead"}
	if ok, err := dead.take(t.Context()); !ok || err != nil {
		t.Fatal(ok, err)
	}
	core := dead.core
	if _, err := core.NewMultipartUpload(t.Context(), "packages", "x/half", minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, b, "x", nil)
	s.lease = 3 * time.Second // the service tells seconds
	started := time.Now()
	held, unlock, err := s.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(started); took < time.Second {
		t.Errorf("taken after %v: the lease was 3 s", took)
	}
	for u := range core.Client.ListIncompleteUploads(t.Context(), "packages", "x/", true) {
		t.Errorf("left: %+v", u)
	}
	other := openStore(t, b, "x", nil)
	other.lease = 3 * time.Second
	short, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, _, err := other.Lock(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a lock that is renewed was taken: %v", err)
	}
	if held.Err() != nil {
		t.Errorf("lost: %v", context.Cause(held))
	}
	// Somebody else's lock in place of ours: the work is cancelled.
	thief := &lock{Store: openStore(t, b, "x", nil), owner: "thief"}
	if err := thief.write(t.Context(), func(*minio.PutObjectOptions) {}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-held.Done():
		if !errors.Is(context.Cause(held), ErrLost) {
			t.Errorf("cause %v", context.Cause(held))
		}
	case <-time.After(10 * time.Second):
		t.Error("the loss was not noticed")
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
	if owner, _, _, err := thief.look(t.Context()); owner != "thief" || err != nil {
		t.Errorf("the other's lock is %q, %v", owner, err)
	}
}

func files(t *testing.T, b *testkit.Bucket) map[string]string {
	t.Helper()
	list := map[string]string{}
	for name, what := range testkit.TreeDump(t, b.Dir) {
		if strings.HasPrefix(what, "file") && !strings.Contains(name, "/.sgwtmp/") {
			list[name] = what
		}
	}
	return list
}

func artifacts(t *testing.T, size int, contents ...string) []artifact.Artifact {
	t.Helper()
	dir := t.TempDir()
	var list []artifact.Artifact
	for i, content := range contents {
		name := []string{"demo_1.0~rc1+b-1_all.deb", "demo-1.0~rc1+b-1.noarch.rpm", "demo_1.0~rc1+b-1_all.deb.cdx.json"}[i]
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(strings.Repeat(content, size)), 0o600); err != nil {
			t.Fatal(err)
		}
		sum, n, err := artifact.Digest(path)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, artifact.Artifact{Path: path, Name: name, Format: strings.TrimPrefix(filepath.Ext(name), "."), Size: n, SHA256: sum})
	}
	return list
}

func openTarget(t *testing.T, b *testkit.Bucket, client *http.Client, overwrite bool) *Target {
	t.Helper()
	return &Target{openStore(t, b, "pool/", client), "s3://packages/pool/", overwrite, nil}
}

func TestPublish(t *testing.T) {
	b := testkit.StartBucket(t)
	one, two := artifacts(t, 1000, "one", "uno", "1"), artifacts(t, 1000, "two", "uno", "2")
	if err := openTarget(t, b, nil, false).Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	sums := artifact.Artifact{Path: one[0].Path, Name: "SHA256SUMS"} // each build has one
	for range 2 {
		receipts, err := openTarget(t, b, nil, false).Publish(t.Context(), append(slices.Clone(one), sums))
		if err != nil || len(receipts) != 3 || receipts[0].URL != "http://"+b.Host+"/packages/pool/demo_1.0~rc1+b-1_all.deb" {
			t.Fatalf("%v, %v", receipts, err)
		}
	}
	s := openTarget(t, b, nil, false)
	info, err := s.core.StatObject(t.Context(), "packages", "pool/"+one[0].Name, minio.StatObjectOptions{})
	if err != nil || info.ContentType != "application/vnd.debian.binary-package" || !strings.Contains(info.Metadata.Get("Cache-Control"), "immutable") {
		t.Errorf("%v, %+v", err, info)
	}
	before := files(t, b)
	receipts, err := openTarget(t, b, nil, false).Publish(t.Context(), two)
	if !errors.Is(err, ErrOther) || len(receipts) != 1 || receipts[0].Artifact != one[1].Name || strings.Count(err.Error(), "there is another content") != 2 {
		t.Errorf("another content: %v, %v", receipts, err)
	}
	if got := files(t, b); fmt.Sprint(got) != fmt.Sprint(before) {
		t.Errorf("it holds %v, want %v", got, before)
	}
	if _, err := openTarget(t, b, nil, true).Publish(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	for _, a := range two {
		if sum, err := openTarget(t, b, nil, true).sum(t.Context(), a.Name); sum != a.SHA256 || err != nil {
			t.Errorf("%s: %s, %v", a.Name, sum, err)
		}
	}
}

func TestPublishThroughFaults(t *testing.T) {
	b := testkit.StartBucket(t)
	list := artifacts(t, 12<<20/3, "one", "uno", "1")
	at := openTarget(t, b, flaky(), false)
	at.part = 5 << 20 // several parts
	at.retry.Attempts = 12
	for range 2 {
		if _, err := at.Publish(t.Context(), list); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range list {
		if sum, _, err := store.Digest(t.Context(), openStore(t, b, "pool/", nil), a.Name); sum != a.SHA256 || err != nil {
			t.Errorf("%s: %s, %v", a.Name, sum, err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	b := testkit.StartBucket(t)
	for link, want := range map[string]string{
		"s3://tester:wrong-secret@packages/x":            "SignatureDoesNotMatch: ",
		"s3://nobody:wrong-secret@packages/x":            "XAdminUserNotFound: No user exists with the provided access key",
		"s3://tester:secret-of-the-test@nothing-there/x": "NoSuchBucket: ",
	} {
		s, err := OpenStore(link, target.Setup{Getenv: b.Env, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Check(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(link, "tester") && !strings.Contains(err.Error(), ": want ") || strings.Contains(err.Error(), "wrong-secret") {
			t.Errorf("%s: %v, want %s", link, err, want)
		}
	}
}
