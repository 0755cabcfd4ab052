package oci

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/signature"
)

const (
	sumsFile = "SHA256SUMS"
	sumsSign = "SHA256SUMS.asc"
)

func isSums(name string) bool { return name == sumsFile || name == sumsSign }

// mediaTypes are by the end of a file's name, longer ends first.
var mediaTypes = []struct {
	end string
	is  types.MediaType
}{
	{".cdx.json", "application/vnd.cyclonedx+json"},
	{".spdx.json", "application/spdx+json"},
	{".deb", "application/vnd.debian.binary-package"},
	{".rpm", "application/x-rpm"},
	{".json", "application/json"},
	{".asc", "application/pgp-signature"},
	{".sig", "application/pgp-signature"},
	{sumsFile, "text/plain"},
	{".txt", "text/plain"},
}

func mediaType(name string) types.MediaType {
	for _, m := range mediaTypes {
		if strings.HasSuffix(name, m.end) {
			return m.is
		}
	}
	return "application/octet-stream"
}

// empty is the content of a manifest that has none (image specification, "Guidance
// for an Empty Descriptor").
var empty = BytesBlob("the empty configuration", "application/vnd.oci.empty.v1+json", []byte("{}"))

// list is a manifest of files.
type fileManifest struct {
	SchemaVersion int64             `json:"schemaVersion"`
	MediaType     types.MediaType   `json:"mediaType"`
	ArtifactType  string            `json:"artifactType"`
	Config        v1.Descriptor     `json:"config"`
	Layers        []v1.Descriptor   `json:"layers"`
	Annotations   map[string]string `json:"annotations"`
}

// maker makes the manifests of one version.
type maker struct {
	files       Files
	annotations map[string]string
	overwrite   bool
	key         *signature.Key
}

// annotations are what people and registries are told of a version. Nothing of it
// depends on when or where it is published.
func (f Files) annotations(at time.Time) map[string]string {
	a := map[string]string{titleKey: f.Package, versionKey: f.Version}
	if !at.IsZero() {
		a[createdKey] = at.UTC().Format(time.RFC3339)
	}
	return a
}

// make makes the manifest of some files, sorted by name.
func (m maker) make(files []artifact.Artifact) (Manifest, error) {
	made := Manifest{Layers: []v1.Layer{empty}, Names: []string{empty.Name}}
	var layers []v1.Descriptor
	for _, a := range files {
		b := &Blob{Name: a.Name, Type: mediaType(a.Name), Hash: v1.Hash{Algorithm: "sha256", Hex: a.SHA256}, Len: a.Size, Path: a.Path}
		layers = append(layers, titled(b, a.Name))
		made.Layers, made.Names = append(made.Layers, b), append(made.Names, a.Name)
	}
	var err error
	made.Raw, err = m.render(layers)
	return made, err
}

func titled(b *Blob, name string) v1.Descriptor {
	d := b.Descriptor()
	d.Annotations = map[string]string{titleKey: name}
	return d
}

// render writes the manifest of some layers, of which none may be there twice.
func (m maker) render(layers []v1.Descriptor) ([]byte, error) {
	slices.SortFunc(layers, func(a, b v1.Descriptor) int { return strings.Compare(title(a), title(b)) })
	for i := 1; i < len(layers); i++ {
		if title(layers[i]) == title(layers[i-1]) {
			return nil, fmt.Errorf("file %q: is there twice", title(layers[i]))
		}
	}
	config := empty.Descriptor()
	config.Data = empty.Data
	return json.Marshal(fileManifest{2, types.OCIManifestSchema1, artifactType, config, layers, m.annotations})
}

func title(d v1.Descriptor) string { return d.Annotations[titleKey] }

// merge adds our files to those that are there. Annotations that are there stay.
func (m maker) merge(_ string, there, own []byte) ([]byte, error) {
	old, err := parse[fileManifest](there)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	new, err := parse[fileManifest](own)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	if old.ArtifactType != artifactType {
		return nil, fmt.Errorf("is no manifest of packages but %q: want a repository for them alone", old.ArtifactType)
	}
	layers := slices.Clone(old.Layers)
	changed := false
	var errs []error
	for _, l := range new.Layers {
		i := slices.IndexFunc(layers, func(o v1.Descriptor) bool { return title(o) == title(l) })
		switch {
		case i < 0:
			layers, changed = append(layers, l), true
		case layers[i].Digest == l.Digest:
		case !m.overwrite:
			errs = append(errs, fmt.Errorf("has another content as %q: want a new version or iteration, or the input overwrite", title(l)))
		default:
			layers[i], changed = l, true
		}
	}
	if err := errors.Join(errs...); err != nil || !changed {
		return there, err
	}
	if old.Annotations[versionKey] != "" {
		m.annotations = old.Annotations
	}
	return m.render(layers)
}

// beside makes the manifest of what belongs to no architecture: files of ours and
// of other runs, and the checksums of everything, signed if there is a key.
func (m maker) beside(list map[string][]byte, there []byte) (Manifest, error) {
	own, err := m.make(m.files.Beside)
	if err != nil {
		return own, err
	}
	raw := own.Raw
	var old fileManifest
	if there != nil {
		if old, err = parse[fileManifest](there); err != nil {
			return own, fmt.Errorf("read manifest: %w", err)
		}
		old.Layers = slices.DeleteFunc(old.Layers, func(d v1.Descriptor) bool { return isSums(title(d)) })
		rest, err := json.Marshal(old)
		if err != nil {
			return own, err
		}
		if raw, err = m.merge("", rest, own.Raw); err != nil {
			return own, err
		}
	}
	merged, err := parse[fileManifest](raw)
	if err != nil {
		return own, err
	}
	sums, err := m.sums(list, merged.Layers)
	if err != nil {
		return own, err
	}
	for _, b := range sums {
		merged.Layers = append(merged.Layers, titled(b, b.Name))
		own.Layers, own.Names = append(own.Layers, b), append(own.Names, b.Name)
	}
	m.annotations = merged.Annotations
	own.Raw, err = m.render(merged.Layers)
	return own, err
}

// sums are the checksums of all files, of which a registry's digests are the same.
func (m maker) sums(list map[string][]byte, beside []v1.Descriptor) ([]*Blob, error) {
	all := map[string]string{}
	add := func(layers []v1.Descriptor) {
		for _, l := range layers {
			if path.Base(title(l)) == title(l) && l.Digest.Algorithm == "sha256" {
				all[title(l)] = l.Digest.Hex
			}
		}
	}
	add(beside)
	for arch, raw := range list {
		f, err := parse[fileManifest](raw)
		if err != nil {
			return nil, fmt.Errorf("read manifest for %s: %w", arch, err)
		}
		add(f.Layers)
	}
	var files []artifact.Artifact
	for _, name := range slices.Sorted(maps.Keys(all)) {
		files = append(files, artifact.Artifact{Name: name, SHA256: all[name]})
	}
	text := []byte(artifact.Checksums(files))
	blobs := []*Blob{BytesBlob(sumsFile, mediaType(sumsFile), text)}
	if m.key != nil {
		signed, err := m.key.DetachArmored(bytes.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("sign %s: %w", sumsFile, err)
		}
		blobs = append(blobs, BytesBlob(sumsSign, mediaType(sumsSign), signed))
	}
	return blobs, nil
}
