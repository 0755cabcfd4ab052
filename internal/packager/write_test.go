package packager

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/tree"
)

func TestWriteReturnsWhenCancelled(t *testing.T) {
	t.Parallel()
	for _, compression := range []string{"zstd:3", "gzip:6"} {
		cause := errors.New("the reason")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		_, err := Write(ctx, thePlan(compression, compression), theTree(t), t.TempDir(), t.TempDir())
		if !errors.Is(err, cause) {
			t.Errorf("%s, cancelled before: %v, want the cause", compression, err)
		}
		ctx, cancel = context.WithCancelCause(t.Context())
		out, begun := t.TempDir(), make(chan struct{})
		go func() {
			for ; ; time.Sleep(time.Millisecond) {
				if found, _ := filepath.Glob(filepath.Join(out, "*")); len(found) == 2 {
					break
				}
			}
			cancel(cause)
			close(begun)
		}()
		done := make(chan error, 1)
		go func() {
			_, err := Write(ctx, thePlan(compression, compression), large(t), out, t.TempDir())
			done <- err
		}()
		<-begun
		select {
		case err := <-done:
			if !errors.Is(err, cause) {
				t.Errorf("%s, cancelled at work: %v, want the cause", compression, err)
			}
		case <-time.After(time.Second):
			t.Fatalf("%s: at work a second after the cancellation", compression)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	gone := tree.Entry{Path: "/opt/shop/gone", Kind: tree.File, Mode: 0o644, Source: "/nowhere/gone"}
	tests := map[string]struct {
		change func(*plan.Plan, *tree.Tree)
		want   string
	}{
		"an unknown format": {
			func(pl *plan.Plan, _ *tree.Tree) { pl.Packages[0].Format = "apk" },
			`unknown format "apk": want deb or rpm`,
		},
		"an unknown compression": {
			func(pl *plan.Plan, _ *tree.Tree) { pl.Packages[0].Compression = "brotli" },
			`write "shop_2.0~rc1-3_all.deb": unknown compression algorithm: brotli`,
		},
		"a gzip level that is none": {
			func(pl *plan.Plan, _ *tree.Tree) { pl.Packages[0].Compression = "gzip" },
			`write "shop_2.0~rc1-3_all.deb": compression "gzip": strconv.Atoi: parsing "": invalid syntax`,
		},
		"a path that is there twice": {
			func(pl *plan.Plan, all *tree.Tree) {
				pl.Packages = pl.Packages[:1]
				pl.Packages[0].Compression = "gzip:6"
				*all = append(*all, (*all)[len(*all)-1])
			},
			`write "shop_2.0~rc1-3_all.deb": add globbed files from "SCRATCH/data-12": adding file at destination /usr/share/doc/shop/only: ` +
				`file with source SCRATCH/data-12 is already present at this destination: content collision`,
		},
		"a file that went away": {
			func(_ *plan.Plan, all *tree.Tree) { *all = append(*all, gone) },
			`read "/opt/shop/gone": open /nowhere/gone: no such file or directory`,
		},
	}
	for name, test := range tests {
		pl, all := thePlan("zstd:3", "zstd:3"), theTree(t)
		test.change(&pl, &all)
		scratch := t.TempDir()
		want := strings.ReplaceAll(test.want, "SCRATCH", scratch)
		if _, err := Write(t.Context(), pl, all, t.TempDir(), scratch); err == nil || err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", name, err, want)
		}
	}
	out := t.TempDir()
	_, err := write(t.Context(), thePlan("none", "none"), thePlan("none", "none").Packages[0], "mips", nil, nil, "", out, out)
	if want := `write deb: no name is known for the architecture "mips"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestWriteOverwritesNothing(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	pl := thePlan("zstd:3", "zstd:3")
	pl.Packages = pl.Packages[:1]
	for _, want := range []string{"", "write deb: open " + out + "/shop_2.0~rc1-3_all.deb: file exists"} {
		got := ""
		if _, err := Write(t.Context(), pl, theTree(t), out, t.TempDir()); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestEveryFormatHasAPackager holds the two tables together.
func TestEveryFormatHasAPackager(t *testing.T) {
	t.Parallel()
	for _, name := range artifact.FormatNames() {
		if packagers[name] == nil {
			t.Errorf("no packager for %s", name)
		}
	}
	if len(packagers) != len(artifact.Formats) {
		t.Errorf("%d packagers for %d formats", len(packagers), len(artifact.Formats))
	}
}
