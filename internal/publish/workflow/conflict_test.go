package workflow

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// ours returns the zip that the bench would upload.
func (b *bench) ours() []byte {
	b.Helper()
	other := newBench(b.T)
	other.mustPublish()
	return other.visible("run-1")[other.opts.Name].Content
}

// TestTaken is what there may be behind a 409, and what comes of it.
func TestTaken(t *testing.T) {
	other := []byte("other content")
	finish := func(content []byte) func(*bench) {
		return func(b *bench) { // another job, between our first and second look
			content := content
			if content == nil {
				content = b.ours()
			}
			b.server.Around("ListArtifacts", func(next http.HandlerFunc) http.HandlerFunc {
				n := 0
				return func(w http.ResponseWriter, r *http.Request) {
					if n++; n == 2 {
						b.server.Remove("run-1", b.opts.Name)
						b.server.Put(testkit.WorkflowArtifact{Run: "run-1", Job: "job-2", Name: b.opts.Name, Content: content, Final: true})
					}
					next(w, r)
				}
			})
		}
	}
	for _, c := range []struct {
		name      string
		job       string
		content   []byte
		final     bool
		overwrite bool
		then      func(*bench)
		want      string // in the error; empty: ours is there
		blocks    int
		waits     int
	}{
		{name: "the same, of this job", job: "job-1", final: true},
		{name: "the same, of another job", job: "job-2", final: true},
		{name: "the same, and to be overwritten", job: "job-2", final: true, overwrite: true},
		{name: "other content", job: "job-2", content: other, final: true, want: `another "artifact-name", one for each job of a matrix`},
		{name: "other content of this job", job: "job-1", content: other, final: true, want: "with another content"},
		{name: "other content, to be overwritten", job: "job-2", content: other, final: true, overwrite: true, blocks: 5},
		{name: "left by this job", job: "job-1", blocks: 5, waits: 2},
		{name: "left by this job, to be overwritten", job: "job-1", overwrite: true, blocks: 5, waits: 2},
		{name: "left by another job", job: "job-2", want: "begun and not finished", waits: 2},
		{name: "finished as ours while we wait", job: "job-2", then: finish(nil), waits: 1},
		{name: "finished as another while we wait", job: "job-2", then: finish(other), want: "with another content", waits: 1},
		{name: "finished as another, to be overwritten", job: "job-2", overwrite: true, then: finish(other), blocks: 5, waits: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			if c.content == nil {
				c.content = b.ours()
			}
			b.opts.Overwrite = c.overwrite
			b.server.Put(testkit.WorkflowArtifact{Run: "run-1", Job: c.job, Name: b.opts.Name, Content: c.content, Final: c.final})
			if c.then != nil {
				c.then(b)
			}
			receipts, err := b.publish()
			switch {
			case c.want != "":
				if err == nil || !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
				if list := b.server.Artifacts("run-1"); len(list) != 1 || list[0].Job != c.job {
					t.Errorf("what was there is not: %d", len(list))
				}
			case err != nil:
				t.Error(err)
			default:
				b.whole("run-1")
				if id := b.visible("run-1")[b.opts.Name].ID; !strings.HasSuffix(receipts[0].URL, "/artifacts/"+id) {
					t.Errorf("URL %q, the artifact's id is %s", receipts[0].URL, id)
				}
			}
			if n := b.count("block"); n != c.blocks || len(b.slept) != c.waits {
				t.Errorf("%d blocks, %d waits, want %d and %d", n, len(b.slept), c.blocks, c.waits)
			}
		})
	}
}

// TestTakenForEver: jobs that overwrite each other come to an end.
func TestTakenForEver(t *testing.T) {
	b := forCall(t, "DeleteArtifact")
	b.server.Around("DeleteArtifact", func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			next(w, r)
			b.server.Put(testkit.WorkflowArtifact{Run: "run-1", Job: "job-2", Name: b.opts.Name, Content: []byte("old"), Final: true})
		}
	})
	b.fails("made anew each time")
	if n := b.count("CreateArtifact"); n != 5 {
		t.Errorf("%d calls, want 5", n)
	}
}

// TestGoneBeforeDelete: another job deleted it first.
func TestGoneBeforeDelete(t *testing.T) {
	b := forCall(t, "DeleteArtifact")
	b.server.Around("DeleteArtifact", func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			b.server.Remove("run-1", b.opts.Name)
			next(w, r)
		}
	})
	b.mustPublish()
	b.whole("run-1")
}

// TestNewest: where there are two of a name, the newest counts, as in the toolkit.
func TestNewest(t *testing.T) {
	b := newBench(t)
	for _, content := range [][]byte{[]byte("older"), b.ours()} {
		b.server.Put(testkit.WorkflowArtifact{Run: "run-1", Job: "job-2", Name: b.opts.Name, Content: content, Final: true})
	}
	if r := b.mustPublish(); !strings.HasSuffix(r[0].URL, "/2") {
		t.Errorf("URL %q", r[0].URL)
	}
}

// TestAgain: a second publication of the same packages uploads nothing; of others,
// under the same name, it is an error; in another attempt of the run it is new.
func TestAgain(t *testing.T) {
	b := newBench(t)
	one, two := b.mustPublish(), b.mustPublish()
	if one[0] != two[0] || b.count("block") != 5 {
		t.Errorf("%+v and %+v, %d blocks", one[0], two[0], b.count("block"))
	}
	b.list = b.list[:1]
	if _, err := b.publish(); !errors.Is(err, ErrExists) {
		t.Errorf("got %v", err)
	}
	b.opts.Token = b.server.Token("run-1-attempt-2", "job-9")
	b.mustPublish()
	b.whole("run-1-attempt-2")
}

// TestFilesTaken: one name that is taken does not keep the others back.
func TestFilesTaken(t *testing.T) {
	b := newBench(t)
	b.opts.Files = true
	b.server.Put(testkit.WorkflowArtifact{Run: "run-1", Job: "job-2", Name: b.list[0].Name, Content: []byte("other"), Final: true})
	receipts, err := b.publish()
	if !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), "files whose names differ") {
		t.Errorf("got %v", err)
	}
	if len(receipts) != 1 || receipts[0].Artifact != b.list[1].Name {
		t.Errorf("receipts %+v", receipts)
	}
	same, err := os.ReadFile(b.list[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	b.server.Remove("run-1", b.list[0].Name)
	b.server.Put(testkit.WorkflowArtifact{Run: "run-1", Job: "job-2", Name: b.list[0].Name, Content: same, Final: true})
	if receipts := b.mustPublish(); len(receipts) != 2 {
		t.Errorf("receipts %+v", receipts)
	}
}

// TestFilesEnd: what holds for one only lets the others pass.
func TestFilesEnd(t *testing.T) {
	b := newBench(t)
	b.opts.Files = true
	b.server.Around("FinalizeArtifact", first(100, says(401, `{"code":"unauthenticated"}`)))
	if _, err := b.publish(); err == nil || b.count("CreateArtifact") != 1 {
		t.Errorf("got %v after %d", err, b.count("CreateArtifact"))
	}
}
