package workflow

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/testkit"
)

func TestZip(t *testing.T) {
	for _, camel := range []bool{false, true} {
		for _, level := range []int{0, 1, 9} {
			t.Run(fmt.Sprintf("camel=%t,level=%d", camel, level), func(t *testing.T) {
				b := newBench(t)
				if camel {
					b.server.SpeakCamel()
					b.opts.Token = b.server.Token("run-1", "job-1")
				}
				b.opts.Compression = level
				var moved []string
				b.opts.Progress = func(name string, done, total int64) {
					moved = append(moved, fmt.Sprintf("%s %d/%d", name, done, total))
				}
				receipts := b.mustPublish()
				b.whole("run-1")
				stored := b.visible("run-1")[b.opts.Name]
				sum := testkit.SHA256(t, write(t, stored.Content))
				for i, r := range receipts {
					want := artifact.Receipt{
						Artifact: b.list[i].Name, Target: "workflow:" + b.opts.Name,
						URL: "https://github.com/o/r/actions/runs/7/artifacts/" + stored.ID, Digest: "sha256:" + sum,
					}
					if r != want {
						t.Errorf("receipt\n %+v, want\n %+v", r, want)
					}
				}
				if len(receipts) != 2 || stored.Version != 4 || !stored.ExpiresAt.IsZero() {
					t.Errorf("%d receipts, version %d, expires %s", len(receipts), stored.Version, stored.ExpiresAt)
				}
				calls := strings.Join(b.server.Requests(), " ")
				if calls != "CreateArtifact block block block block block blocklist FinalizeArtifact" {
					t.Errorf("calls: %s", calls)
				}
				last := fmt.Sprintf("%s %d/%d", b.opts.Name, len(stored.Content), len(stored.Content))
				if len(moved) != 5 || level == 0 && (moved[4] != last || !strings.HasSuffix(moved[0], fmt.Sprintf(" 1000/%d", len(stored.Content)))) {
					t.Errorf("progress %q, want the last to be %q", moved, last)
				}
				if len(b.slept)+len(b.said) > 0 {
					t.Errorf("slept %v, said %q", b.slept, b.said)
				}
			})
		}
	}
}

func write(t *testing.T, content []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "content")
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestZipIsSame holds that the order of the packages and the times of their files
// leave no trace, and that stored sizes can be read without looking ahead.
func TestZipIsSame(t *testing.T) {
	b := newBench(t)
	b.mustPublish()
	slices.Reverse(b.list)
	if err := os.Chtimes(b.list[0].Path, time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	b.opts.Token = b.server.Token("run-2", "job-1")
	b.mustPublish()
	one, two := b.visible("run-1")[b.opts.Name].Content, b.visible("run-2")[b.opts.Name].Content
	if !bytes.Equal(one, two) {
		t.Error("the zips differ")
	}
	z, err := zip.NewReader(bytes.NewReader(one), int64(len(one)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		if f.Method != zip.Store || f.Flags&8 != 0 || f.Mode() != 0o644 || f.Modified.Year() != 1980 && f.Modified.Year() != 1979 {
			t.Errorf("%s: method %d, flags %x, mode %s, time %s", f.Name, f.Method, f.Flags, f.Mode(), f.Modified)
		}
	}
	if want := []string{"SHA256SUMS", "demo-1.0-1.x86_64.rpm", "demo_1.0_amd64.deb"}; !slices.Equal(names, want) {
		t.Errorf("entries %q, want %q", names, want)
	}
}

// TestBlocks holds that blocks are 8 MiB, and what is left.
func TestBlocks(t *testing.T) {
	b := newBench(t)
	b.list = []artifact.Artifact{pack(t, t.TempDir(), "big.deb", 8<<20)}
	target, err := Open(b.opts)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.Publish(t.Context(), b.list); err != nil {
		t.Fatal(err)
	}
	b.whole("run-1")
	if n := b.count("block"); n != 2 {
		t.Errorf("%d blocks, want 2", n)
	}
}

func TestFiles(t *testing.T) {
	b := newBench(t)
	b.opts.Files, b.opts.Name = true, ""
	receipts := b.mustPublish()
	visible := b.visible("run-1")
	if len(receipts) != 2 || len(visible) != 2 {
		t.Fatalf("%d receipts, %d artifacts", len(receipts), len(visible))
	}
	for i, a := range b.list {
		want, err := os.ReadFile(a.Path)
		if err != nil {
			t.Fatal(err)
		}
		got := visible[a.Name]
		if !bytes.Equal(got.Content, want) || got.Version != 7 || got.MimeType != "application/octet-stream" {
			t.Errorf("%s: %d bytes, version %d, type %s", a.Name, len(got.Content), got.Version, got.MimeType)
		}
		if r := receipts[i]; r.Digest != "sha256:"+a.SHA256 || !strings.HasSuffix(r.URL, "/artifacts/"+got.ID) {
			t.Errorf("receipt %+v", r)
		}
	}
}

// TestFilesRefused: servers that are not github.com know no un-zipped artifacts.
func TestFilesRefused(t *testing.T) {
	b := newBench(t)
	b.server.SpeakCamel()
	b.opts.Files = true
	if _, err := b.publish(); err == nil || !strings.Contains(err.Error(), "want them in one zip there") {
		t.Errorf("got %v", err)
	}
}

func TestRetention(t *testing.T) {
	for _, c := range []struct {
		days, most int
		want       string
		said       int
	}{{0, 90, "", 0}, {5, 90, "2026-05-06", 0}, {5, 0, "2026-05-06", 0}, {100, 30, "2026-05-31", 1}} {
		b := newBench(t)
		b.opts.Retention, b.opts.MaxRetention = c.days, c.most
		b.mustPublish()
		got := ""
		if at := b.visible("run-1")[b.opts.Name].ExpiresAt; !at.IsZero() {
			got = at.Format(time.DateOnly)
		}
		if got != c.want || len(b.said) != c.said {
			t.Errorf("%d days of %d: expires %q, want %q; said %q", c.days, c.most, got, c.want, b.said)
		}
	}
}

func TestNothingToPublish(t *testing.T) {
	b := newBench(t)
	b.list = nil
	if b.mustPublish(); len(b.server.Requests()) > 0 {
		t.Errorf("calls: %q", b.server.Requests())
	}
}

// TestChangedFile holds that nothing but what was built is uploaded.
func TestChangedFile(t *testing.T) {
	t.Run("before", func(t *testing.T) {
		b := newBench(t)
		if err := os.WriteFile(b.list[1].Path, []byte("other"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := b.publish(); err == nil || !strings.Contains(err.Error(), "as they were built") || len(b.server.Requests()) > 0 {
			t.Errorf("got %v after %q", err, b.server.Requests())
		}
	})
	t.Run("while", func(t *testing.T) {
		b := newBench(t)
		b.list[0] = pack(t, t.TempDir(), "demo.deb", 200_000)
		b.opts.Progress = func(string, int64, int64) {
			if err := os.WriteFile(b.list[0].Path, make([]byte, b.list[0].Size), 0o644); err != nil {
				t.Error(err)
			}
		}
		if _, err := b.publish(); err == nil || !strings.Contains(err.Error(), "it has changed") || b.count("FinalizeArtifact") > 0 {
			t.Errorf("got %v after %q", err, b.server.Requests())
		}
	})
	for name, list := range map[string][]artifact.Artifact{
		"is there twice": {{Name: "a.deb"}, {Name: "A.deb"}}, "has ':' in it": {{Name: "a_1:2.deb"}}, "no such file": {{Name: "a.deb", Path: "missing"}},
	} {
		b := newBench(t)
		for i, a := range list {
			if a.Path == "" {
				list[i] = pack(t, t.TempDir(), "x", 1)
				list[i].Name = a.Name
			}
		}
		b.list = list
		if _, err := b.publish(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %q", err, name)
		}
	}
}
