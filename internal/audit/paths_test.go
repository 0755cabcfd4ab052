package audit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/pinpack/pinpack/internal/tree"
)

// named tells whether a file with this content is found to name a path, when it
// is in memory, on disk, and read byte by byte.
func named(t *testing.T, content string, paths ...string) bool {
	t.Helper()
	r := Rules{Paths: paths}
	source := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(source, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	memory := findings(t, tree.Tree{tree.Text("/opt/x/file", content)}, r) != nil
	disk := findings(t, tree.Tree{{Path: "/opt/x/file", Kind: tree.File, Mode: 0o644, Source: source}}, r) != nil
	slow := memory
	if len(content) < 1<<12 {
		problem, err := r.scan(iotest.OneByteReader(strings.NewReader(content)), "x")
		if err != nil {
			t.Fatal(err)
		}
		slow = problem != ""
	}
	if memory != disk || memory != slow {
		t.Errorf("%.80q names a path: %t in memory, %t on disk, %t byte by byte", content, memory, disk, slow)
	}
	return memory
}

func TestPathIsMatchedByItselfOnly(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		path    string
		content string
		want    bool
	}{
		"in text":                        {"/work/whois", "x = '/work/whois/src'\n", true},
		"itself":                         {"/work/whois", "in /work/whois now", true},
		"the whole file":                 {"/work/whois", "/work/whois", true},
		"at the start":                   {"/work/whois", "/work/whois\nx", true},
		"something in it at the start":   {"/work/whois", "/work/whois/x", true},
		"at the end":                     {"/work/whois", "x\n/work/whois", true},
		"in a binary":                    {"/work/whois", "\x7fELF\x00\x01/work/whois\x00\xff", true},
		"in a URL":                       {"/work/whois", "file:///work/whois", true},
		"below another directory":        {"/work/whois", "/srv/work/whois", false},
		"a longer name":                  {"/work/whois", "/work/whois2 /work/whois-x /work/whois.old /work/whois_x /work/whois~", false},
		"a longer name, then itself":     {"/work/whois", "/work/whois2:/work/whois", true},
		"below another, then itself":     {"/work/whois", "/srv/work/whois:/work/whois", true},
		"another directory":              {"/work/whois", "/work/whoi /work /work/shop", false},
		"an empty file":                  {"/work/whois", "", false},
		"a part of it":                   {"/work/whois", "/work/whoi", false},
		"the home":                       {"/root/", "cache in /root/.cache", true},
		"the home as the whole file":     {"/root/", "/root/", true},
		"the home's name alone":          {"/root/", "chroot to /root or /root", false},
		"like the home":                  {"/root/", "/rooted/x", false},
		"a chroot":                       {"/root/", "chroot/root/x", false},
		"a root in a software directory": {"/root/", "/opt/rh/x/root/usr", false},
		"the home after another slash":   {"/root/", "file:///root/x", true},
		"the home in a path list":        {"/root/", "PATH=/opt/rh/x/root/bin:/root/bin", true},
	}
	for name, test := range tests {
		if got := named(t, test.content, test.path); got != test.want {
			t.Errorf("%s: %q names %q: %t, want %t", name, test.content, test.path, got, test.want)
		}
	}
}

// TestPathIsFoundAcrossPieces moves a path, and what only looks like one, over
// the border between two of the pieces in which a file is read.
func TestPathIsFoundAcrossPieces(t *testing.T) {
	t.Parallel()
	const piece = 256 << 10
	const path = "/work/whois"
	pad := strings.Repeat(" ", 8<<10)
	r := Rules{Paths: []string{path}}
	for _, border := range []int{4 << 10, piece - 4<<10, piece, piece + 4<<10, 2 * piece, 2*piece + 4<<10} {
		for shift := -len(path) - 2; shift <= 2; shift++ {
			before := strings.Repeat(" ", border+shift-1)
			for content, want := range map[string]bool{
				before + " " + path:        true,
				before + " " + path + "/x": true,
				before + " " + path + "x":  false,
				before + "x" + path + " ":  false,
				before + "x" + path + pad:  false,
				before + " " + path + pad:  true,
			} {
				problem, err := r.scan(strings.NewReader(content), "x")
				if got := problem != ""; got != want || err != nil {
					t.Errorf("%q after %d bytes: %t, %v; want %t", strings.TrimSpace(content), border+shift-1, got, err, want)
				}
			}
		}
	}
}

func TestEveryPathIsLookedFor(t *testing.T) {
	t.Parallel()
	r := Rules{Paths: []string{"/tmp/pinpack-1", "/work/whois"}}
	for _, path := range r.Paths {
		got := findings(t, tree.Tree{tree.Text("/opt/x/f", "x "+path+" y")}, r)
		want := Finding{"/opt/x/f", `names "` + path + `", a path of the machine that built it`}
		if len(got) != 1 || got[0] != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
