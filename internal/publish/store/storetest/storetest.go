// Package storetest holds every kind of store to what store.Store says.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/publish/store"
)

// Run tests a kind of store. Each call of fresh makes an empty place, and each
// call of what that returns another store, as another process has it, of the
// place.
func Run(t *testing.T, fresh func(t *testing.T) (open func() store.Store)) {
	for name, test := range map[string]func(*testing.T, func() store.Store){
		"ReadsWhatWasWritten": readsWhatWasWritten, "Replaces": replaces, "Lists": lists, "Removes": removes,
		"RefusesNames": refusesNames, "KeepsTheOldOnFailure": keepsTheOldOnFailure,
		"ReadersSeeWholeFiles": readersSeeWholeFiles, "LockKeepsOthersOut": lockKeepsOthersOut, "LockWaits": lockWaits,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, fresh(t))
		})
	}
}

func write(t *testing.T, s store.Store, name, text string) {
	t.Helper()
	if err := s.Write(t.Context(), name, store.Bytes([]byte(text)).As("text/plain", "no-cache")); err != nil {
		t.Fatal(err)
	}
}

func wantText(t *testing.T, s store.Store, name, want string) {
	t.Helper()
	got, err := store.ReadAll(t.Context(), s, name, 1<<30)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %.60q, %v; want %.60q", name, got, err, want)
	}
}

func wantNames(t *testing.T, s store.Store, prefix string, want ...string) {
	t.Helper()
	list, err := s.List(t.Context(), prefix)
	var got []string
	for _, i := range list {
		got = append(got, fmt.Sprintf("%s %d", i.Name, i.Size))
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("List(%q) = %q, %v; want %q", prefix, got, err, want)
	}
}

func readsWhatWasWritten(t *testing.T, open func() store.Store) {
	s := open()
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantNames(t, s, "")
	big := strings.Repeat("0123456789abcdef", 1<<16)
	names := map[string]string{
		"a": "one", "d/e/f.txt": "", "pool/main/x/x_1.0~rc1+b-1_all.deb": big,
		"d/with blank & %41 ?#.txt": "odd", "d/é:2": "not ASCII",
	}
	for name, text := range names {
		write(t, s, name, text)
	}
	for name, text := range names {
		wantText(t, open(), name, text)
		if !strings.Contains(s.URL(name), ":") {
			t.Errorf("URL(%q) = %q: want a URL", name, s.URL(name))
		}
		sum, size, err := store.Digest(t.Context(), s, name)
		if want := store.Bytes([]byte(text)); err != nil || sum != want.SHA256 || size != want.Size {
			t.Errorf("Digest(%q) = %s, %d, %v; want %s, %d", name, sum, size, err, want.SHA256, want.Size)
		}
	}
	for _, name := range []string{"b", "d", "d/e", "d/e/f", "d/e/f.txt.gz"} {
		if _, _, err := s.Read(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Read(%q): %v: want fs.ErrNotExist", name, err)
		}
		if ok, err := store.Exists(t.Context(), s, name); ok || err != nil {
			t.Errorf("Exists(%q) = %v, %v", name, ok, err)
		}
	}
	if _, err := store.ReadAll(t.Context(), s, "a", 2); err == nil {
		t.Error("ReadAll of 3 bytes with a limit of 2: want an error")
	}
}

func replaces(t *testing.T, open func() store.Store) {
	s := open()
	for i, text := range []string{"a long text to begin with", "short", "", "a long text to begin with"} {
		write(t, s, "x/y", text)
		wantText(t, open(), "x/y", text)
		wantNames(t, s, "", fmt.Sprintf("x/y %d", len(text)))
		if i == 1 { // what was opened before stays what it was
			r, _, err := s.Read(t.Context(), "x/y")
			if err != nil {
				t.Fatal(err)
			}
			write(t, s, "x/y", "another")
			if got, err := io.ReadAll(r); err == nil && string(got) != "short" {
				t.Errorf("a reader that was there before sees %q: want what it opened, or an error", got)
			}
			r.Close()
		}
	}
}

func lists(t *testing.T, open func() store.Store) {
	s := open()
	for _, name := range []string{"d/b", "d/a/x", "da", "e", "d/a.x", "d/s/t/u"} {
		write(t, s, name, name)
	}
	wantNames(t, s, "", "d/a.x 5", "d/a/x 5", "d/b 3", "d/s/t/u 7", "da 2", "e 1")
	wantNames(t, s, "d", "d/a.x 5", "d/a/x 5", "d/b 3", "d/s/t/u 7", "da 2")
	wantNames(t, s, "d/", "d/a.x 5", "d/a/x 5", "d/b 3", "d/s/t/u 7")
	wantNames(t, s, "d/a", "d/a.x 5", "d/a/x 5")
	wantNames(t, s, "d/s/t/", "d/s/t/u 7")
	wantNames(t, s, "none/at/all")
}

func removes(t *testing.T, open func() store.Store) {
	s := open()
	write(t, s, "d/e/f", "x")
	write(t, s, "d/g", "x")
	for range 2 {
		if err := s.Remove(t.Context(), "d/e/f"); err != nil {
			t.Fatal(err)
		}
		wantNames(t, s, "", "d/g 1")
	}
	if _, _, err := open().Read(t.Context(), "d/e/f"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read of a removed file: %v: want fs.ErrNotExist", err)
	}
	if err := s.Remove(t.Context(), "no/such/file"); err != nil {
		t.Errorf("Remove of nothing: %v", err)
	}
	write(t, s, "d/e", "a file where a directory was")
	wantText(t, s, "d/e", "a file where a directory was")
}

func refusesNames(t *testing.T, open func() store.Store) {
	s := open()
	for _, name := range []string{"", ".", "/a", "../a", "a/../b", "a//b", "a/", "a/./b", ".pinpack-tmp/x", "d/.pinpack-lock"} {
		if err := s.Write(t.Context(), name, store.Bytes(nil)); err == nil {
			t.Errorf("Write(%q): want an error", name)
		}
		if _, _, err := s.Read(t.Context(), name); err == nil {
			t.Errorf("Read(%q): want an error", name)
		}
		if err := s.Remove(t.Context(), name); err == nil {
			t.Errorf("Remove(%q): want an error", name)
		}
	}
	wantNames(t, s, "")
}

func keepsTheOldOnFailure(t *testing.T, open func() store.Store) {
	s := open()
	write(t, s, "x", "old")
	good := store.Bytes([]byte("new"))
	broken := errors.New("the disk is broken")
	wrong, short, long, unopened, unread := good, good, good, good, good
	wrong.SHA256 = store.Bytes([]byte("something else")).SHA256
	short.Size, long.Size = 4, 2
	unopened.Open = func() (io.ReadCloser, error) { return nil, broken }
	unread.Open = func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("n"), failing{broken})), nil
	}
	for name, c := range map[string]store.Content{"other content": wrong, "too short": short, "too long": long, "cannot be opened": unopened, "cannot be read": unread} {
		for _, file := range []string{"x", "y"} {
			if err := s.Write(t.Context(), file, c); err == nil {
				t.Errorf("Write of content that is %s: want an error", name)
			}
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Write(cancelled, "x", good); !errors.Is(err, context.Canceled) {
		t.Errorf("Write when cancelled: %v: want context.Canceled", err)
	}
	wantText(t, s, "x", "old")
	wantNames(t, s, "", "x 3")
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// readersSeeWholeFiles reads while a file is replaced again and again.
func readersSeeWholeFiles(t *testing.T, open func() store.Store) {
	text := func(n int) string { return strings.Repeat(string(rune('a'+n%26)), 40_000+n*1000) }
	s := open()
	write(t, s, "d/x", text(0))
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			r := open()
			for {
				select {
				case <-stop:
					return
				default:
				}
				got, err := store.ReadAll(t.Context(), r, "d/x", 1<<20)
				if err != nil || len(got) < 40_000 || string(got) != text((len(got)-40_000)/1000) {
					t.Errorf("a reader sees %d bytes, %.20q…, %v: want a whole file", len(got), got, err)
					return
				}
			}
		})
	}
	for n := range 26 {
		write(t, s, "d/x", text(n))
	}
	close(stop)
	readers.Wait()
}

// lockKeepsOthersOut has several writers count in a file.
func lockKeepsOthersOut(t *testing.T, open func() store.Store) {
	const writers, rounds = 4, 5
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			s := open()
			for range rounds {
				if err := count(t.Context(), s); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	wantText(t, open(), "count", strings.Repeat("x", writers*rounds))
}

func count(ctx context.Context, s store.Store) (err error) {
	held, unlock, err := s.Lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	old, err := store.ReadAll(held, s, "count", 1000)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return s.Write(held, "count", store.Bytes(append(old, 'x')))
}

func lockWaits(t *testing.T, open func() store.Store) {
	one, two := open(), open()
	held, unlock, err := one.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := held.Err(); err != nil {
		t.Errorf("under a fresh lock: %v", err)
	}
	wantNames(t, two, "") // a lock is no file of the repository
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, _, err := two.Lock(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Lock of what is locked: %v: want context.DeadlineExceeded", err)
	}
	done := make(chan error, 1)
	go func() {
		_, unlock, err := two.Lock(t.Context())
		if err == nil {
			err = unlock()
		}
		done <- err
	}()
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Error("nobody gets the lock 30 s after it was given back")
	}
	wantNames(t, one, "")
}
