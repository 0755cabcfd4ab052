package packager

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/blakesmith/ar"
	"github.com/google/go-cmp/cmp"
	"github.com/goreleaser/nfpm/v2/deb"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/testkit"
	"github.com/pinpack/pinpack/internal/tree"
)

// member is one of a .deb.
type member struct {
	Name string
	Time int64
	Mode int64
	Body string
}

func members(t *testing.T, in io.Reader) []member {
	t.Helper()
	var list []member
	for r := ar.NewReader(in); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, member{h.Name, h.ModTime.Unix(), h.Mode, string(body)})
	}
}

// odd is a tree whose size differs from another's in small steps, so that
// members of even and of odd length come out.
func odd(n int) tree.Tree {
	return tree.Tree{tree.Text("/opt/shop/"+strings.Repeat("x", n), fmt.Sprint(rand.New(rand.NewPCG(uint64(n), 0)).Perm(50*n)))}
}

func TestGzippedDebIsNFPMsOwn(t *testing.T) {
	t.Parallel()
	parities := map[string]bool{}
	for n := range 12 {
		pl, scratch, out := thePlan("gzip:6", "none"), t.TempDir(), t.TempDir()
		pl.Packages = pl.Packages[:1]
		all := odd(n + 1)
		list, err := Write(t.Context(), pl, all, out, scratch)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := testkit.ReadDeb(list[0].Path); err != nil {
			t.Error(err)
		}
		ours, err := os.Open(list[0].Path)
		if err != nil {
			t.Fatal(err)
		}
		defer ours.Close()
		sources, err := materialise(all, scratch)
		if err != nil {
			t.Fatal(err)
		}
		info := describe(pl, pl.Packages[0], "all", "")
		info.Contents = contents(pl, pl.Packages[0], all, sources)
		var theirs bytes.Buffer
		if err := deb.Default.Package(info, &theirs); err != nil {
			t.Fatal(err)
		}
		got, want := members(t, ours), members(t, &theirs)
		for i := range got {
			parities[fmt.Sprint(i, len(got[i].Body)%2)] = true
		}
		for _, list := range [][]member{got, want} { // what is compressed differs, what it holds does not
			z, err := gzip.NewReader(strings.NewReader(list[2].Body))
			if err != nil {
				t.Fatal(err)
			}
			plain, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			list[2].Body = string(plain)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d: members (-nFPM +ours):\n%s", n, diff)
		}
	}
	if len(parities) != 5 { // debian-binary is always even
		t.Errorf("members of even and of odd length: %v: this test needs both", parities)
	}
}

// large is a file of this size, which compresses a little.
func large(t *testing.T, size int) tree.Tree {
	t.Helper()
	numbers := rand.New(rand.NewPCG(1, 2))
	words := make([]byte, size)
	for i := range words {
		words[i] = "etaoin shrdlu\n()=_"[numbers.IntN(18)]
	}
	return append(theTree(t), tree.Text("/usr/share/zzz/large", string(words)))
}

func digests(list []artifact.Artifact) map[string]string {
	sums := map[string]string{}
	for _, a := range list {
		sums[a.Name] = a.SHA256
	}
	return sums
}

// TestPackagesAreTheSameEveryTime is not parallel: it changes on how many cores
// the compressors think that they run.
func TestPackagesAreTheSameEveryTime(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	all := large(t, 5<<20)
	for _, compression := range []string{"zstd:3", "gzip:6"} {
		pl := thePlan(compression, compression)
		var first map[string]string
		for _, cores := range []int{1, 2, 5} {
			runtime.GOMAXPROCS(cores)
			list, err := Write(t.Context(), pl, all, t.TempDir(), t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = digests(list)
			}
			if diff := cmp.Diff(first, digests(list)); diff != "" {
				t.Errorf("%s: on %d cores (-one +others):\n%s", compression, cores, diff)
			}
		}
	}
}

func TestPackagesDoNotDependOnFileTimes(t *testing.T) {
	t.Parallel()
	all := theTree(t)
	var first map[string]string
	for _, mtime := range []time.Time{time.Unix(1, 0), time.Unix(2e9, 0)} {
		for _, e := range all {
			if e.Source != "" {
				if err := errors.Join(os.Chtimes(e.Source, mtime, mtime), os.Chmod(e.Source, 0o600|os.FileMode(mtime.Unix()&0o044))); err != nil {
					t.Fatal(err)
				}
			}
		}
		list, err := Write(t.Context(), thePlan("gzip:6", "zstd:3"), all, t.TempDir(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = digests(list)
		}
		if diff := cmp.Diff(first, digests(list)); diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
	}
}

func TestLevelsCount(t *testing.T) {
	t.Parallel()
	all := large(t, 200<<10)
	for _, levels := range [][2]string{{"zstd:1", "zstd:11"}, {"gzip:1", "gzip:9"}, {"none", "gzip:1"}} {
		var sizes [2][]int64
		for i, level := range levels {
			list, err := Write(t.Context(), thePlan(level, level), all, t.TempDir(), t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			sizes[i] = []int64{list[0].Size, list[1].Size}
		}
		for i, format := range []string{"deb", "rpm"} {
			if sizes[0][i] <= sizes[1][i] {
				t.Errorf("%s: %d bytes with %s, %d with %s: want fewer", format, sizes[0][i], levels[0], sizes[1][i], levels[1])
			}
		}
	}
}
