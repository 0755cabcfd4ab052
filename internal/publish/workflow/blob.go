package workflow

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"net/url"
	"strings"

	"github.com/pinpack/pinpack/internal/publish/retry"
)

// blob writes an Azure block blob through its signed URL (Put Block and Put Block
// List of the Blob service's REST API): one block after the other, because act
// joins them as they come, and never in one piece, because act drops that.
type blob struct {
	t      *Target
	ctx    context.Context // an io.Writer is given none
	signed string
	mime   string
	moved  func(done int64)

	buf  []byte
	ids  []string
	hash hash.Hash // of all bytes
	size int64     // of the blocks put
}

func (t *Target) newBlob(ctx context.Context, signed, mime string, moved func(done int64)) *blob {
	return &blob{t: t, ctx: ctx, signed: signed, mime: mime, moved: moved, hash: sha256.New()}
}

func (b *blob) sha256() string { return hex.EncodeToString(b.hash.Sum(nil)) }

// Write puts a block each time there are bytes for one.
func (b *blob) Write(p []byte) (int, error) {
	n := len(p)
	b.hash.Write(p)
	for len(p) > 0 {
		if b.buf == nil {
			b.buf = make([]byte, 0, b.t.block)
		}
		k := min(len(p), cap(b.buf)-len(b.buf))
		b.buf = append(b.buf, p[:k]...)
		p = p[k:]
		if len(b.buf) == cap(b.buf) {
			if err := b.flush(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

func (b *blob) flush() error {
	if len(b.buf) == 0 {
		return nil
	}
	// All ids of a blob have to be of one length.
	id := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "pinpack-%07d", len(b.ids)))
	query := "comp=block&blockid=" + url.QueryEscape(id)
	if err := b.put(fmt.Sprintf("put block %d", len(b.ids)+1), query, b.buf, http.Header{"Content-Type": {"application/octet-stream"}}); err != nil {
		return err
	}
	b.ids = append(b.ids, id)
	b.size += int64(len(b.buf))
	b.buf = nil // a new one: the connection may still read from this
	b.moved(b.size)
	return nil
}

// commit puts what is left, and the list that makes the blocks a blob.
func (b *blob) commit() error {
	if err := b.flush(); err != nil {
		return err
	}
	var list strings.Builder
	list.WriteString(`<?xml version="1.0" encoding="utf-8"?>` + "\n<BlockList>")
	for _, id := range b.ids {
		list.WriteString("<Latest>" + id + "</Latest>")
	}
	list.WriteString("</BlockList>")
	return b.put("put block list", "comp=blocklist", []byte(list.String()), http.Header{
		"Content-Type":           {"application/xml"},
		"X-Ms-Blob-Content-Type": {b.mime},
	})
}

// put makes attempts until one succeeds. There is no token in them: the URL is
// enough, and another company's.
func (b *blob) put(what, query string, body []byte, header http.Header) error {
	return b.t.retry(b.ctx, what, func(ctx context.Context, _ int) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPut, join(b.signed, query), bytes.NewReader(body))
		if err != nil {
			return errors.New("the upload URL cannot be read: want one that can")
		}
		req.Header = header.Clone()
		req.Header.Set("X-Ms-Version", "2020-10-02")
		resp, _, err := b.t.send(req)
		if err != nil {
			return err
		}
		if resp.StatusCode/100 == 2 {
			return nil
		}
		return &failure{status: resp.StatusCode, code: b.t.scrub(resp.Header.Get("X-Ms-Error-Code")), again: retry.Transient(resp.StatusCode), after: b.t.after(resp)}
	})
}

// join adds to a URL's query as it stands: written anew, it might not be what
// was signed.
func join(signed, query string) string {
	if strings.Contains(signed, "?") {
		return signed + "&" + query
	}
	return signed + "?" + query
}

// keepSignature makes a signed URL's secret known, as it is in the URL and as it
// reads.
func (t *Target) keepSignature(signed string) {
	u, err := url.Parse(signed)
	if err != nil {
		t.keep(signed)
		return
	}
	for field := range strings.SplitSeq(u.RawQuery, "&") {
		if raw, ok := strings.CutPrefix(field, "sig="); ok {
			t.keep(raw)
			if sig, err := url.QueryUnescape(raw); err == nil && sig != raw {
				t.keep(sig)
				t.keep(url.QueryEscape(sig))
			}
		}
	}
}
