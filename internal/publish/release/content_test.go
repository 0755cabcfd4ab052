package release

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/testkit"
)

func TestStoredName(t *testing.T) {
	for name, want := range map[string]string{
		"demo_1.0_amd64.deb":         "demo_1.0_amd64.deb",
		"demo_1.0~rc1_amd64.deb":     "demo_1.0.rc1_amd64.deb",
		"demo-1.0~rc1^git1.rpm":      "demo-1.0.rc1.git1.rpm",
		"demo_1:1.0+dfsg@x-1.deb":    "demo_1.1.0+dfsg@x-1.deb",
		"foo bar":                    "foo.bar",
		"a~.~b":                      "a.b",
		".deb":                       "default.deb",
		".foo":                       "default.foo",
		"~foo":                       "default.foo",
		"foo~":                       "default.foo",
		"demo__1.deb":                "demo__1.deb",
		"demo..deb":                  "demo.deb",
		"SHA256SUMS":                 "SHA256SUMS",
		"a.deb.0123456789ab.part":    "a.deb.0123456789ab.part",
		"demo_1.0~~rc1~_amd64~.deb~": "demo_1.0.rc1._amd64.deb",
	} {
		if got := StoredName(name); got != want {
			t.Errorf("StoredName(%q) = %q, want %q", name, got, want)
		}
		if again := StoredName(want); again != want {
			t.Errorf("StoredName(%q) = %q: it should stay", want, again)
		}
	}
}

// TestRefusedBeforeAnything has what can be told from the files alone.
func TestRefusedBeforeAnything(t *testing.T) {
	for _, row := range []struct {
		name string
		list func(t *testing.T) []artifact.Artifact
		want []string
	}{
		{"nothing", func(t *testing.T) []artifact.Artifact { return nil }, []string{"nothing to publish"}},
		{"the same name twice", func(t *testing.T) []artifact.Artifact {
			return packages(t, "x", "a_1.0~rc1.deb", "a_1.0.rc1.deb")
		}, []string{`publish "a_1.0.rc1.deb"`, `the same as "a_1.0~rc1.deb"`}},
		{"the name of the checksums", func(t *testing.T) []artifact.Artifact { return packages(t, "x", "SHA256SUMS") }, []string{"the checksums"}},
		{"2 GiB, none, gone and changed", func(t *testing.T) []artifact.Artifact {
			list := packages(t, "x", "big.deb", "none.deb", "gone.deb", "changed.deb", "füll.deb")
			for i, size := range []int64{2 << 30, 0} {
				list[i].Size = size
				if err := os.Truncate(list[i].Path, size); err != nil { // sparse
					t.Fatal(err)
				}
			}
			list[2].Path += ".not"
			list[3].Size++
			return list
		}, []string{`"big.deb": it has 2147483648 bytes`, "below 2 GiB", `"none.deb": the file is empty`, `"gone.deb": stat `, `"changed.deb": the file has`, `"füll.deb": GitHub would rename`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			target := w.target()
			before := len(w.Requests())
			_, err := target.Publish(t.Context(), row.list(t))
			if err == nil {
				t.Fatal("no error")
			}
			for _, word := range row.want {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("error %q has not %q", err, word)
				}
			}
			if got := w.Requests()[before:]; len(got) > 0 {
				t.Errorf("calls were made: %q", got)
			}
		})
	}
}

// TestWrongDigest has GitHub store other bytes than it was sent.
func TestWrongDigest(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		w := newWorld(t)
		if hidden {
			w.HideDigests()
		}
		list := packages(t, "x", "a.deb", "b.deb", "c.deb")
		w.Fail(testkit.GitHubFault{Method: "POST", Path: uploadPath, Nth: 2, Corrupt: true})
		err := w.run(list)
		if err == nil || !strings.Contains(err.Error(), "GitHub stored other bytes") {
			t.Errorf("error %v", err)
		}
		w.unpublished()
		r := w.Releases(repo)[0]
		for _, a := range list {
			if got := r.Asset(a.Name); got != nil && string(got.Content) != content(t, a) {
				t.Errorf("the wrong %s is still there", a.Name)
			}
		}
		w.publish(list)
		w.holds(false, list, none...)
	}
}

// TestFileChanges has a package written to between packing and publishing.
func TestFileChanges(t *testing.T) {
	w := newWorld(t)
	list := packages(t, "x", "a.deb")
	w.Fail(testkit.GitHubFault{Method: "POST", Path: createPath, Nth: 1, Before: func() {
		if err := os.WriteFile(list[0].Path, []byte(strings.ToUpper(content(t, list[0]))), 0o644); err != nil {
			t.Error(err)
		}
	}})
	if err := w.run(list); err == nil || !strings.Contains(err.Error(), "want the file unchanged") {
		t.Errorf("error %v", err)
	}
	w.Heal()
	w.Fail(testkit.GitHubFault{Method: "GET", Path: uploadPath, Nth: 1, Before: func() { _ = os.Truncate(list[0].Path, 7) }})
	if err := w.run(list); err == nil || !strings.Contains(err.Error(), "its size has changed") {
		t.Errorf("error %v", err)
	}
	if len(w.Releases(repo)[0].Assets) > 0 {
		t.Errorf("assets are left: %v", w.Releases(repo)[0])
	}
	w.unpublished()
}

func TestConflict(t *testing.T) {
	old := func() []*testkit.GitHubAsset {
		return []*testkit.GitHubAsset{{Name: "a.deb", Content: []byte("old")}, {Name: "b.deb", Content: []byte("old")}, {Name: "other.deb", Content: []byte("other")}}
	}
	for _, draft := range []bool{true, false} {
		w := newWorld(t)
		w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0", Draft: draft, Assets: old()})
		list := packages(t, "x", "a.deb", "b.deb", "c.deb")
		err := w.run(list)
		if err == nil || !strings.Contains(err.Error(), `"a.deb"`) || !strings.Contains(err.Error(), `"b.deb"`) || !strings.Contains(err.Error(), "overwrite") {
			t.Errorf("error %v", err)
		}
		if got := w.Writes(); len(got) != 1 {
			t.Errorf("it was written before the conflict was told: %q", got)
		}

		overwrite := func(o *Options) { o.Overwrite = true }
		w.Fail(testkit.GitHubFault{Method: "POST", Path: uploadPath, Status: 500})
		if _, err := w.target(overwrite).Publish(t.Context(), list); err == nil {
			t.Error("no error")
		}
		if a := w.Releases(repo)[0].Asset("a.deb"); a == nil || string(a.Content) != "old" {
			t.Error("an upload that failed lost the old file")
		}
		w.Heal()
		w.publish(list, overwrite)
		w.holds(false, list, "other.deb")
	}
}

func TestImmutable(t *testing.T) {
	list := packages(t, "x", "a~1.deb", "b.deb")
	assets := func(second string) []*testkit.GitHubAsset {
		return []*testkit.GitHubAsset{{Name: "a.1.deb", Content: []byte(content(t, list[0]))}, {Name: "b.deb", Content: []byte(second)}}
	}
	for _, row := range []struct {
		name   string
		assets []*testkit.GitHubAsset
		want   string
	}{
		{"complete", assets(content(t, list[1])), ""},
		{"missing", assets("")[:1], `immutable, and "b.deb" is missing: want`},
		{"different", assets("other"), `immutable, and "b.deb" has another content: want`},
	} {
		for _, overwrite := range []bool{false, true} {
			w := newWorld(t)
			w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0", Immutable: true, Assets: row.assets})
			_, err := w.target(func(o *Options) { o.Overwrite = overwrite }).Publish(t.Context(), list)
			if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
				t.Errorf("%s: error %v, want %q", row.name, err, row.want)
			}
			if got := w.Writes(); len(got) != 1 {
				t.Errorf("%s: it was written to: %q", row.name, got)
			}
		}
	}

	w := newWorld(t)
	w.Freeze(repo)
	w.publish(list)
	w.publish(list)
	w.holds(false, list, none...)
	if !w.Releases(repo)[0].Immutable {
		t.Error("the release is not immutable")
	}

	w = newWorld(t)
	w.Freeze(repo)
	w.Fail(testkit.GitHubFault{Method: "POST", Path: uploadPath, Nth: 2, Before: func() { w.Publish(repo, w.Releases(repo)[0].ID) }})
	if err := w.run(list); err == nil || !strings.Contains(err.Error(), "published and immutable") || !strings.Contains(err.Error(), "leave it a draft") {
		t.Errorf("error %v", err)
	}
}

// TestNoDigests is about servers that tell no digest.
func TestNoDigests(t *testing.T) {
	w := newWorld(t)
	w.HideDigests()
	list := packages(t, "x", "a.deb", "b.deb")
	more := packages(t, "x", "c.rpm")
	w.publish(list, func(o *Options) { o.Draft = true })
	w.publish(more)
	w.holds(false, slices.Concat(list, more), none...)
	before := len(w.Writes())
	w.publish(list)
	if got := w.Writes()[before:]; len(got) != 1 {
		t.Errorf("a second run wrote: %q", got)
	}
	if err := w.run(packages(t, "y", "a.deb")); err == nil || !strings.Contains(err.Error(), "another content") {
		t.Errorf("error %v", err)
	}
}

func TestManyPages(t *testing.T) {
	w := newWorld(t)
	var others []string
	var assets []*testkit.GitHubAsset
	for i := range 230 {
		others = append(others, fmt.Sprintf("other-%d.deb", i))
		assets = append(assets, &testkit.GitHubAsset{Name: others[i], Content: []byte("other")})
	}
	w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0", Draft: true, Assets: assets})
	for i := range 210 {
		w.AddRelease(repo, testkit.GitHubRelease{Tag: fmt.Sprintf("v0.%d", i)})
	}
	list := packages(t, "x", "a.deb")
	w.publish(list)
	w.holds(false, list, others...)
}

func TestNotes(t *testing.T) {
	w := newWorld(t)
	w.publish(packages(t, "x", "a.deb"), func(o *Options) { o.Notes = strings.Repeat("ü", 125001) })
	body := w.Releases(repo)[0].Body
	if utf8.RuneCountInString(body) != 125000 || !strings.HasSuffix(body, "125,000 characters)") {
		t.Errorf("the notes have %d characters and end in %q", utf8.RuneCountInString(body), body[len(body)-40:])
	}
	if !strings.Contains(strings.Join(w.said, "\n"), "cut off") {
		t.Error("nobody was told")
	}
}

// TestPeoplesDraft keeps what somebody wrote by hand.
func TestPeoplesDraft(t *testing.T) {
	w := newWorld(t)
	w.AddRelease(repo, testkit.GitHubRelease{Tag: "v1.0", Name: "By hand", Body: "All of it.", Draft: true, Prerelease: true})
	list := packages(t, "x", "a.deb")
	w.publish(list, func(o *Options) { o.Name, o.Notes, o.MakeLatest = "x", "y", "true" })
	if r := w.Releases(repo)[0]; r.Name != "By hand" || r.Body != "All of it." || !r.Prerelease {
		t.Errorf("release %+v", r)
	}
	w.holds(false, list, none...)
}
