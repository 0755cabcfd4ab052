package compress

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/pinpack/pinpack/internal/asset"
)

// alike finds files of the same content: for each of them, the first one. They
// are common where fingerprinted files lie beside their originals.
func alike(d *asset.Dir) (map[string]string, error) {
	bySize := map[int64][]asset.File{}
	for _, f := range d.Files {
		if k := kinds[extension(f.Name)]; k != packed && !d.IsVariant(f.Name) {
			bySize[f.Size] = append(bySize[f.Size], f)
		}
	}
	first := map[string]string{}
	for _, list := range bySize {
		if len(list) < 2 {
			continue
		}
		seen := map[[32]byte]string{}
		for _, f := range list {
			sum, err := digest(d, f)
			if err != nil {
				return nil, err
			}
			if _, ok := seen[sum]; !ok {
				seen[sum] = f.Name
			}
			first[f.Name] = seen[sum]
		}
	}
	return first, nil
}

func digest(d *asset.Dir, f asset.File) (sum [32]byte, err error) {
	in, err := d.Open(f.Name)
	if err != nil {
		return sum, err
	}
	defer in.Close()
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return sum, fmt.Errorf("read %q: %w", f.Name, err)
	}
	return [32]byte(h.Sum(nil)), nil
}

// all brings a variant about, and those of the files that are the same: a
// compressed file is compressed once.
func (j job) all(ctx context.Context, d *asset.Dir, o Options) ([]outcome, error) {
	done, err := j.do(ctx, d, o)
	list := []outcome{done}
	for _, f := range j.same {
		if err != nil {
			break
		}
		var one outcome
		one, err = j.copy(d, f, done)
		list = append(list, one)
	}
	return list, err
}

// copy gives a file the variant that another one of its content has.
func (j job) copy(d *asset.Dir, f asset.File, first outcome) (outcome, error) {
	name := f.Name + j.enc.ext
	info, err := d.Stat(name)
	there := err == nil
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return outcome{}, err
	case there && info.IsDir():
		return outcome{}, fmt.Errorf("write %q: a directory has this name", name)
	case !first.there && there:
		return outcome{removed: true}, d.Remove(name)
	case !first.there:
		return outcome{}, nil
	}
	written, err := d.Copy(j.file.Name+j.enc.ext, name, f)
	if err == nil && !written && !info.ModTime().Equal(f.ModTime) {
		err = d.Touch(name, f)
	}
	return outcome{there: true, written: written, original: f.Size, size: first.size}, err
}
