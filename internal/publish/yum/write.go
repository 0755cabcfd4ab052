package yum

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/pinpack/pinpack/internal/publish/store"
	"github.com/pinpack/pinpack/internal/signature"
)

const (
	declaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	forever     = "public, max-age=31536000, immutable"
	never       = "no-cache"
)

// kinds are the files that repomd.xml names, in order.
var kinds = []struct {
	name, open, close string // the root element, with a place for the number of packages
	element           func(Entry) string
}{
	{
		"primary", `<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="%d">`, "</metadata>",
		func(e Entry) string { return e.primary },
	},
	{
		"filelists", `<filelists xmlns="http://linux.duke.edu/metadata/filelists" packages="%d">`, "</filelists>",
		func(e Entry) string { return e.filelists },
	},
	{
		"other", `<otherdata xmlns="http://linux.duke.edu/metadata/other" packages="%d">`, "</otherdata>",
		func(e Entry) string { return e.other },
	},
}

// commit writes the metadata, and then removes what is due: what was named
// before, in time, and what is in purge at once.
func (r *Repo) commit(ctx context.Context, m metadata, before []string, purge []string) error {
	order(m.entries)
	next := repomd{}
	files := map[string][]byte{}
	live := map[string]bool{}
	for _, e := range m.entries {
		if e.Base == "" {
			live[e.Href] = true
		}
	}
	for _, k := range kinds {
		d, packed, err := r.render(k.name, k.open, k.close, k.element, m.entries)
		if err != nil {
			return err
		}
		next.Data, files[d.Location.Href], live[d.Location.Href] = append(next.Data, d), packed, true
	}
	for _, d := range m.repomd.Data {
		if ours(d.Type) {
			before = append(before, d.Location.Href)
		} else {
			next.Data, live[d.Location.Href] = append(next.Data, d), true
		}
	}
	dropped := slices.DeleteFunc(slices.Clone(before), func(name string) bool { return live[name] })
	retired, err := store.ReadRetired(ctx, r.o.Store, retiredName)
	if err != nil {
		return err
	}
	if err := retired.Note(ctx, dropped, live, r.o.Now()); err != nil {
		return err
	}
	for _, d := range next.Data {
		packed, ok := files[d.Location.Href]
		if !ok {
			continue
		}
		mediaType := "application/gzip"
		if strings.HasSuffix(d.Location.Href, ".zst") {
			mediaType = "application/zstd"
		}
		if err := store.Put(ctx, r.o.Store, d.Location.Href, packed, mediaType, forever); err != nil {
			return err
		}
	}
	if err := r.publish(ctx, m.text, next.render(next.revision(m.text, r.o.Time, r.o.Now()))); err != nil {
		return err
	}
	return retired.Sweep(ctx, r.o.Now(), slices.DeleteFunc(purge, func(name string) bool { return live[name] }))
}

// render writes one of the metadata files.
func (r *Repo) render(kind, open, end string, element func(Entry) string, list []Entry) (d data, packed []byte, err error) {
	var text bytes.Buffer
	text.WriteString(declaration)
	fmt.Fprintf(&text, open+"\n", len(list))
	for _, e := range list {
		text.WriteString(element(e))
	}
	text.WriteString(end + "\n")
	suffix := ".gz"
	var b bytes.Buffer
	if r.o.Zstd {
		suffix = ".zst"
		z, err := zstd.NewWriter(&b, zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderConcurrency(1))
		if err != nil {
			return d, nil, err
		}
		_, err = z.Write(text.Bytes())
		if err = errors.Join(err, z.Close()); err != nil {
			return d, nil, err
		}
	} else {
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return d, nil, err
		}
		_, err = z.Write(text.Bytes())
		if err = errors.Join(err, z.Close()); err != nil {
			return d, nil, err
		}
	}
	packed = b.Bytes()
	d = data{Type: kind, Checksum: sum{"sha256", digest(packed)}, Open: sum{"sha256", digest(text.Bytes())}, Size: int64(len(packed)), OpenSize: int64(text.Len())}
	d.Location.Href = dir + d.Checksum.Value + "-" + kind + ".xml" + suffix
	return d, packed, nil
}

// publish puts repomd.xml and its signature in place of those that are there.
// No client can take both at once. So the signature file holds those of both,
// the old repomd.xml and the new, while one takes the place of the other, and
// for Settle after it: clients look for one that is good. Then it holds only the
// new one, for those that look for one that is bad.
func (r *Repo) publish(ctx context.Context, old, next string) error {
	put := func(name string, data []byte, mediaType string) error {
		return store.Put(ctx, r.o.Store, name, data, mediaType, never)
	}
	if r.o.Key == nil {
		if err := r.o.Store.Remove(ctx, ascName); err != nil {
			return err
		}
		return put(repomdName, []byte(next), "application/xml")
	}
	fresh, err := r.o.Key.DetachArmored(strings.NewReader(next))
	if err != nil {
		return err
	}
	if stale, err := store.ReadAll(ctx, r.o.Store, ascName, 1<<20); err == nil && old != next {
		if err := r.change(ctx, stale, fresh, next); err != nil {
			return err
		}
	} else if err := put(repomdName, []byte(next), "application/xml"); err != nil {
		return err
	}
	return put(ascName, fresh, signatureType)
}

const signatureType = "application/pgp-signature"

func (r *Repo) change(ctx context.Context, stale, fresh []byte, next string) error {
	both, err := signature.Join(stale, fresh)
	if err != nil { // what is there is no signature: nobody takes it anyway
		both = fresh
	}
	if err := store.Put(ctx, r.o.Store, ascName, both, signatureType, never); err != nil {
		return err
	}
	if err := store.Put(ctx, r.o.Store, repomdName, []byte(next), "application/xml", never); err != nil {
		return err
	}
	if both, err = signature.Join(fresh, stale); err == nil {
		err = store.Put(ctx, r.o.Store, ascName, both, signatureType, never)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(r.o.Settle):
		return err
	}
}
