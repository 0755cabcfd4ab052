package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"
)

// Grace is how long a file stays that nothing names any more: for readers that
// saw what named it, and for caches that still serve that.
const Grace = 24 * time.Hour

// Retired are files of a repository that nothing names any more. They are noted
// before what named them goes, and removed at the first update after Grace. The
// record is a file of the repository.
type Retired struct {
	store Store
	name  string
	files map[string]time.Time
}

// ReadRetired reads the record of the name. One that is not there is empty.
func ReadRetired(ctx context.Context, s Store, name string) (*Retired, error) {
	r := &Retired{s, name, map[string]time.Time{}}
	data, err := ReadAll(ctx, s, name, 16<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	} else if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &r.files); err != nil {
		return nil, fmt.Errorf("read %q: %w", name, err)
	}
	return r, nil
}

// Note says that files are about to be named by nothing, and that the live ones
// are named again. The record is written before it returns.
func (r *Retired) Note(ctx context.Context, names []string, live map[string]bool, now time.Time) error {
	before := maps.Clone(r.files)
	for _, name := range names {
		if _, ok := r.files[name]; !ok {
			r.files[name] = now.UTC().Truncate(time.Second)
		}
	}
	maps.DeleteFunc(r.files, func(name string, _ time.Time) bool { return live[name] })
	if maps.Equal(before, r.files) {
		return nil
	}
	return r.write(ctx)
}

// Sweep removes what was noted Grace ago, and, whenever it was noted, what is in
// the list at.
func (r *Retired) Sweep(ctx context.Context, now time.Time, at []string) error {
	var due []string
	for name, since := range r.files {
		if now.Sub(since) >= Grace || slices.Contains(at, name) {
			due = append(due, name)
		}
	}
	if len(due) == 0 {
		return nil
	}
	for _, name := range slices.Sorted(slices.Values(due)) {
		if err := r.store.Remove(ctx, name); err != nil {
			return err
		}
		delete(r.files, name)
	}
	return r.write(ctx)
}

func (r *Retired) write(ctx context.Context) error {
	if len(r.files) == 0 {
		return r.store.Remove(ctx, r.name)
	}
	data, err := json.MarshalIndent(r.files, "", "  ")
	if err != nil {
		return err
	}
	return r.store.Write(ctx, r.name, Bytes(append(data, '\n')).As("application/json", "no-cache"))
}

// Put writes a small file, unless it is there with the same content.
func Put(ctx context.Context, s Store, name string, data []byte, mediaType, cache string) error {
	old, err := ReadAll(ctx, s, name, int64(len(data)))
	if err == nil && string(old) == string(data) {
		return nil
	}
	return s.Write(ctx, name, Bytes(data).As(mediaType, cache))
}
