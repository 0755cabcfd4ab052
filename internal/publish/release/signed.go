package release

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// beside are the files of our own making: what a run may replace.
var beside = []string{sumsName, sigName, keyName}

// writeKey brings the public key to what it should be; right says that it was.
func (t *Target) writeKey(ctx context.Context, r *found, list []asset) (right bool, err error) {
	if t.o.Key == nil {
		return true, nil
	}
	text, err := t.o.Key.Public()
	if err != nil {
		return false, err
	}
	f := textFile(keyName, string(text))
	old, there := named(list, keyName)
	if !there {
		return false, t.upload(ctx, r, f, keyName)
	}
	same, err := t.same(ctx, old, f)
	if err != nil || same {
		return same, err
	}
	return false, t.replace(ctx, r, f, old)
}

// writeSignature does the same with the signature of SHA256SUMS. It is read, not
// compared: two good signatures of the same text may differ.
func (t *Target) writeSignature(ctx context.Context, r *found, list []asset, sums string) (right bool, err error) {
	if t.o.Key == nil {
		return true, nil
	}
	old, there := named(list, sigName)
	if there && old.State == uploaded {
		text, err := t.text(ctx, old)
		if err != nil {
			return false, err
		}
		if t.o.Key.Verify(strings.NewReader(sums), []byte(text)) == nil {
			return true, nil
		}
	}
	text, err := t.o.Key.DetachArmored(strings.NewReader(sums))
	if err != nil {
		return false, fmt.Errorf("sign %q: %w", sumsName, err)
	}
	f := textFile(sigName, string(text))
	if !there {
		return false, t.upload(ctx, r, f, sigName)
	}
	return false, t.replace(ctx, r, f, old)
}

// dropSignature deletes a signature of what SHA256SUMS was before, where there is
// no key to make another: none is better than a wrong one.
func (t *Target) dropSignature(ctx context.Context, list []asset, files []file) error {
	old, there := named(list, sigName)
	given := slices.ContainsFunc(files, func(f file) bool { return f.name == sigName })
	if !there || given || t.o.Key != nil {
		return nil
	}
	t.say("warning: %q is not for these checksums, and there is no signing key here: deleted it", sigName)
	if err := t.removeAsset(ctx, old.ID); err != nil && !gone(err) {
		return fmt.Errorf("delete %q: %w", sigName, err)
	}
	return nil
}
