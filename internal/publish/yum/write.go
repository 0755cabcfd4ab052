package yum

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/pinpack/pinpack/internal/publish/store"
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

// publish puts repomd.xml and its signature in place of those that are there,
// right after each other. No client can take both at once, and none looks at more
// than the first of several signatures: one that comes in between takes the two
// for altered, and has to come again.
func (r *Repo) publish(ctx context.Context, old, next string) error {
	repomd := store.Named{Name: repomdName, Content: store.Bytes([]byte(next)).As("application/xml", never)}
	if r.o.Key == nil {
		if err := r.o.Store.Remove(ctx, ascName); err != nil || old == next {
			return err
		}
		return r.o.Store.Write(ctx, repomd.Name, repomd.Content)
	}
	signature, err := r.o.Key.DetachArmored(strings.NewReader(next))
	if err != nil {
		return err
	}
	if old == next {
		return store.Put(ctx, r.o.Store, ascName, signature, signatureType, never)
	}
	return store.Together(ctx, r.o.Store, []store.Named{repomd, {Name: ascName, Content: store.Bytes(signature).As(signatureType, never)}})
}

// Resign signs the metadata that another key has signed, or none: clients are
// given the one key that is beside the repository.
func (r *Repo) Resign(ctx context.Context) error {
	if r.o.Key == nil {
		return nil
	}
	text, err := store.ReadAll(ctx, r.o.Store, repomdName, 16<<20)
	if noFile(err) {
		return nil
	} else if err != nil {
		return err
	}
	old, err := store.ReadAll(ctx, r.o.Store, ascName, 16<<20)
	if err == nil && r.o.Key.Signed(old) || err != nil && !noFile(err) {
		return err
	}
	return r.publish(ctx, string(text), string(text))
}

const signatureType = "application/pgp-signature"
