package repository_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/publish/repository"
	"github.com/pinpack/pinpack/internal/testkit"
)

func TestRemoveAndIndex(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	key := newKey(t, packet.PubKeyAlgoEdDSA)
	r := open(t, "repo+dir:out", setup(t, work, key))
	for _, v := range []string{"1.0", "2.0", "3.0"} {
		publishTo(t, r, both(t, v)...)
	}
	gone, err := r.Remove(t.Context(), "app", "2.0-1")
	if err != nil || len(gone) != 2 {
		t.Fatalf("removed %+v, %v", gone, err)
	}
	out := filepath.Join(work, "out")
	if strings.Contains(names(t, out)+listed(t, r), "2.0") {
		t.Errorf("removed, but there is\n%s\n%s", names(t, out), listed(t, r))
	}
	for _, c := range [][2]string{{"app", "2.0-1"}, {"nobody", ""}} {
		if _, err := r.Remove(t.Context(), c[0], c[1]); !errors.Is(err, repository.ErrNotFound) {
			t.Errorf("remove %q: %v", c, err)
		}
	}
	want := listed(t, r)
	before := testkit.TreeDump(t, out)
	// What is damaged is made anew, byte for byte.
	for _, damage := range []func() error{
		func() error { return nil },
		func() error { return os.RemoveAll(filepath.Join(out, "dists/stable/main")) },
		func() error { return os.WriteFile(filepath.Join(out, "repodata/repomd.xml"), []byte("<repomd"), 0o644) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		if n, err := r.Index(t.Context()); err != nil || n != 4 {
			t.Fatalf("Index = %d, %v", n, err)
		}
		if diff := cmp.Diff(want, listed(t, r)); diff != "" {
			t.Errorf("packages (-before +after):\n%s", diff)
		}
	}
	after := testkit.TreeDump(t, out)
	for name, old := range before {
		if after[name] != old && !strings.Contains(name, "retired.json") && !strings.Contains(name, "by-hash") {
			t.Errorf("%s: %s, was %s", name, after[name], old)
		}
	}
	// Files put there by hand are taken in.
	deb := pack(t, "deb", "other", "1", "amd64", "x")
	if err := os.WriteFile(filepath.Join(out, "by-hand.deb"), []byte(read(t, deb.Path)), 0o644); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Index(t.Context()); err != nil || n != 5 {
		t.Fatalf("Index = %d, %v", n, err)
	}
	if got := listed(t, r); !strings.Contains(got, "deb stable other 1-1 amd64 by-hand.deb\n") {
		t.Errorf("packages:\n%s", got)
	}
	if gone, err := r.Remove(t.Context(), "app", ""); err != nil || len(gone) != 4 {
		t.Errorf("removed %d, %v: want all 4 that are left", len(gone), err)
	}
}

// TestDateNeverGoesBack holds that a fix for an old version, whose commit is
// older, does not make the repository look older than what clients have.
func TestDateNeverGoesBack(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	for _, c := range []struct {
		version, date, revision string
		at                      time.Time
	}{
		{"2.0", "Sun, 01 Mar 2026 12:00:00 UTC", "1772366400", built},
		{"1.1", "Sun, 01 Mar 2026 12:00:00 UTC", "1772366400", built.AddDate(-1, 0, 0)},
		{"3.0", "Mon, 02 Mar 2026 12:00:00 UTC", "1772452800", now.AddDate(1, 0, 0)}, // never in the future
	} {
		s := setup(t, work, nil)
		s.Time = c.at
		publishTo(t, open(t, "repo+dir:out", s), both(t, c.version)...)
		if text := read(t, work, "out/dists/stable/Release"); !strings.Contains(text, "\nDate: "+c.date+"\n") {
			t.Errorf("%s: Release:\n%s\nwant date %s", c.version, text, c.date)
		}
		if text := read(t, work, "out/repodata/repomd.xml"); !strings.Contains(text, "<revision>"+c.revision+"</revision>") {
			t.Errorf("%s: repomd.xml:\n%s\nwant revision %s", c.version, text, c.revision)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"apt+dir:":                     "no path: want dir:PATH",
		"apt+dir:x?keep=0":             "parameter keep=0: want a number of versions, 1 or more",
		"apt+dir:x?keep=1&keep=2":      "parameter keep: 2 of it: want one",
		"apt+dir:x?colour=red":         `unknown parameters "colour=red": want some of suite, component, arch`,
		"apt+dir:x?suite=a/b":          `suite, component or architecture "a/b"`,
		"apt+dir:x?component=../..":    `suite, component or architecture "../.."`,
		"apt+dir:x?suite=":             "parameter suite=: want a word",
		"apt+dir:x?url=ftp://x":        "want an https URL",
		"apt+dir:x?url=https://u:p@x/": "want an https URL without user",
		"apt+dir:x?name=a%20b":         "want letters, digits and ._-",
		"apt+dir:x?origin=a%0ab":       "want one line",
		"apt+dir:x?base=https://x/y":   "parameter base: apt looks for packages below the repository only",
		"yum+dir:x?base=file:///x":     "want an https URL",
		"yum+dir:x?compress=bzip2":     "want gzip or zstd",
		"apt+dir:x?unsigned=perhaps":   "want no or yes",
		"apt+ftp://x":                  "no repository: want apt+dir:PATH, yum+dir:PATH, repo+dir:PATH",
		"dir:x":                        "no repository: want apt+dir:PATH",
		"apt+dir:x?keep=x&name=/":      "parameter name=/: want letters",
	} {
		if _, err := openURL(t, url); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\nwant %s", url, err, want)
		}
	}
}
