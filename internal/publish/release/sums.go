package release

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
)

// sums brings SHA256SUMS to what it should be, and returns the release's assets
// as they were when it was found right.
//
// Jobs that fill one release at the same time all write this file. It is made
// from nothing but the list of assets, which only grows while they are at work,
// and each job reads it again after it wrote: so whoever writes last sees all
// assets, and everybody's lines are in it.
func (t *Target) sums(ctx context.Context, r *found, files []file) ([]asset, error) {
	for p := (tries{}); p.n < rounds; {
		list, right, err := t.writeSums(ctx, r, files)
		switch {
		case right:
			return list, nil
		case err == nil: // written: read again
			p.n++
		case !gone(err):
			return nil, err
		default:
			if err := t.pause(ctx, &p, err); err != nil {
				return nil, err
			}
		}
	}
	return nil, fmt.Errorf("write %q: it was changed %d times in the meantime: want fewer jobs at work on one tag", sumsName, rounds)
}

// writeSums writes SHA256SUMS, and what goes with it, unless it is right.
func (t *Target) writeSums(ctx context.Context, r *found, files []file) (list []asset, right bool, err error) {
	list, err = t.standing(ctx, r, files)
	if err != nil {
		return nil, false, err
	}
	if right, err := t.writeKey(ctx, r, list); !right {
		return nil, false, err
	}
	old, there := named(list, sumsName)
	text, err := t.checksums(ctx, list, files, old)
	if err != nil {
		return nil, false, err
	}
	f := textFile(sumsName, text)
	if !there {
		return nil, false, t.upload(ctx, r, f, sumsName)
	}
	same, err := t.same(ctx, old, f)
	if err != nil {
		return nil, false, err
	}
	if same {
		right, err := t.writeSignature(ctx, r, list, text)
		return list, right, err
	}
	if err := t.dropSignature(ctx, list, files); err != nil {
		return nil, false, err
	}
	return nil, false, t.replace(ctx, r, f, old)
}

// checksums renders SHA256SUMS for all assets that are whole. Where the server
// tells no digest, other jobs' lines are taken from the file that is there.
func (t *Target) checksums(ctx context.Context, list []asset, files []file, old asset) (string, error) {
	var lines []artifact.Artifact
	var earlier map[string]string
	for _, a := range list {
		if a.State != uploaded || strings.HasPrefix(a.Name, sumsName) || part.MatchString(a.Name) {
			continue
		}
		sum, _ := strings.CutPrefix(a.Digest, "sha256:")
		if i := slices.IndexFunc(files, func(f file) bool { return f.name == a.Name }); i >= 0 {
			sum = files[i].sha256
		}
		if sum == "" && earlier == nil && old.State == uploaded {
			text, err := t.text(ctx, old)
			if err != nil {
				return "", err
			}
			earlier = parse(text)
		}
		if sum == "" {
			sum = earlier[a.Name]
		}
		if sum != "" {
			lines = append(lines, artifact.Artifact{Name: a.Name, SHA256: sum})
		}
	}
	if len(lines) == 0 {
		return "", errors.New("no asset is there to write checksums of")
	}
	slices.SortFunc(lines, func(a, b artifact.Artifact) int { return strings.Compare(a.Name, b.Name) })
	return artifact.Checksums(lines), nil
}

// parse reads the lines of sha256sum, text and binary.
func parse(text string) map[string]string {
	sums := map[string]string{}
	for line := range strings.Lines(text) {
		sum, name, ok := strings.Cut(strings.TrimSpace(line), " ")
		if ok && len(sum) == 64 {
			sums[strings.TrimLeft(name, " *")] = sum
		}
	}
	return sums
}
