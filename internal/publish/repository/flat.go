package repository

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/apt"
)

// Inner is a target that keeps all files in one directory, as a release does.
type Inner interface {
	Publish(ctx context.Context, list []artifact.Artifact) ([]artifact.Receipt, error)
}

// Flat makes a flat repository for apt of what another target keeps: it brings
// indexes and signatures together with the packages.
type Flat struct {
	Inner Inner
	Index apt.Flat
	Temp  string            // where the files are made meanwhile; "": the system's
	Say   func(line string) // required
}

// Publish hands the packages on, and the indexes with them.
func (f Flat) Publish(ctx context.Context, list []artifact.Artifact) (receipts []artifact.Receipt, err error) {
	files, err := f.Index.Index(list)
	if err != nil {
		return nil, fmt.Errorf("make repository of the release: %w", err)
	}
	if len(files) > 0 && f.Index.Key == nil {
		f.Say("warning: the repository of the release is NOT SIGNED: the input signing-key signs it")
	}
	dir, err := os.MkdirTemp(f.Temp, "pinpack-flat-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, file := range files {
		path := filepath.Join(dir, file.Name)
		if err := os.WriteFile(path, file.Data, 0o644); err != nil {
			return nil, err
		}
		sum, size, err := artifact.Digest(path)
		if err != nil {
			return nil, err
		}
		list = append(list[:len(list):len(list)], artifact.Artifact{Path: path, Name: file.Name, Format: "index", Size: size, SHA256: sum})
	}
	return f.Inner.Publish(ctx, list)
}
