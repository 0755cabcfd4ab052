package packager

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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
	}
}

// TestWriteStopsWhenCancelledAtWork has the packager wait in the middle of its
// work, for a file that is a named pipe. (It is too small to be looked at as ELF.)
func TestWriteStopsWhenCancelledAtWork(t *testing.T) {
	t.Parallel()
	out, source := t.TempDir(), filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(source, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(source, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	pl := thePlan("zstd:3", "")
	pl.Packages = pl.Packages[:1]
	cause := errors.New("the reason")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := Write(ctx, pl, tree.Tree{{Path: "/opt/pipe", Kind: tree.File, Mode: 0o644, Source: source, Size: 8}}, out, t.TempDir())
		done <- err
	}()
	file := filepath.Join(out, "shop_2.0~rc1-3_all.deb")
	for range 500 {
		if _, err := os.Stat(file); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	cancel(cause)
	select {
	case err := <-done:
		if !errors.Is(err, cause) {
			t.Errorf("Write = %v, want the cause", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Write waits for the packager")
	}
	pipe.Close() // the packager goes on, and must not write
}

func TestStoppableWritesUntilCancelled(t *testing.T) {
	t.Parallel()
	cause := errors.New("the reason")
	ctx, cancel := context.WithCancelCause(t.Context())
	var file bytes.Buffer
	w := &stoppable{ctx, &file}
	if n, err := w.Write([]byte("before")); n != 6 || err != nil {
		t.Errorf("Write = %d, %v", n, err)
	}
	cancel(cause)
	if n, err := w.Write([]byte("after")); n != 0 || !errors.Is(err, cause) {
		t.Errorf("Write = %d, %v; want the cause", n, err)
	}
	if file.String() != "before" {
		t.Errorf("%q is written", file.String())
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
	_, err := write(t.Context(), thePlan("none", "none"), thePlan("none", "none").Packages[0], "mips", nil, nil, nil, "", out, out)
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
