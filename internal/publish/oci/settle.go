package oci

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/pinpack/pinpack/internal/artifact"
)

// Annotations of the OCI image specification, as far as they are used here.
const (
	titleKey   = "org.opencontainers.image.title"
	versionKey = "org.opencontainers.image.version"
	createdKey = "org.opencontainers.image.created"
)

// rounds is how often a version is looked at again while others change it.
const rounds = 12

// Version is what one run brings of one version: a manifest for each architecture,
// to be listed in one index with those that other runs bring.
//
// A registry has no compare-and-swap, so an index that two runs write at the same
// time can lose what one of them added. That is why each manifest gets a tag of its
// own before the index is touched, VERSION-ARCHITECTURE, to which no run of another
// architecture writes: whoever writes the index last looks afterwards, finds what
// is missing by these tags, and adds it. It takes a registry that reads what was
// written, and that the last run to write is not killed before it has looked; then
// the next run, of whichever architecture, adds what is missing.
type Version struct {
	Package      string
	Version      string // with epoch and release
	ArtifactType string // of the index; "" is an image's
	Annotations  map[string]string
	Manifests    map[string]Manifest // by GOARCH, or "all"
	// Merge makes of the manifest that is there and the new one what is to be there.
	// An error says that both cannot be.
	Merge func(arch string, there, own []byte) ([]byte, error)
	// Beside makes a manifest for no architecture of those that are there for one, and
	// of the old one for none; nil: there is none.
	Beside   func(list map[string][]byte, there []byte) (Manifest, error)
	Channels []string
	Tags     []string
	// Overwrite also takes tags away from what has nothing to do with the package.
	Overwrite bool
}

// Manifest is one with the content that it names, as far as that may have to be
// uploaded.
type Manifest struct {
	Raw    []byte
	Layers []v1.Layer
	Names  []string // of the layers, for people
}

// arches are the architectures that a version may have manifests for.
func arches() []string { return slices.Sorted(maps.Keys(artifact.Formats[0].Arches)) }

// tag is that of the manifest for an architecture.
func (v Version) tag(arch string) string { return TagOf(v.Version) + "-" + arch }

// Settle brings the version into the repository and returns the digest of its
// index. What is there already is not sent again. It looks, writes what differs
// from what should be, and looks again until nothing does.
func (r *Repository) Settle(ctx context.Context, v Version) (v1.Hash, error) {
	for round := range rounds {
		if round > 0 { // runs that began together do not go on together
			if err := sleep(ctx, time.Duration(round)*(50*time.Millisecond+rand.N(150*time.Millisecond))); err != nil {
				return v1.Hash{}, err
			}
		}
		digest, changed, err := r.round(ctx, v)
		if err != nil || !changed {
			return digest, err
		}
	}
	return v1.Hash{}, fmt.Errorf("write %s:%s: other runs kept changing it: want this run again", r.Name(), TagOf(v.Version))
}

// round looks once, and writes. Everything is read, and refused, before anything
// is written; who reads meanwhile finds a whole version or none.
func (r *Repository) round(ctx context.Context, v Version) (digest v1.Hash, changed bool, err error) {
	old, err := r.index(ctx, v, TagOf(v.Version))
	if err != nil {
		return digest, false, err
	}
	list, upload, err := r.manifests(ctx, v, old)
	if err != nil {
		return digest, false, err
	}
	stale, err := r.channels(ctx, v)
	if err != nil {
		return digest, false, err
	}
	for _, arch := range upload {
		changed = true
		if err := r.putManifest(ctx, v.tag(arch), Manifest{list[arch], v.Manifests[arch].Layers, v.Manifests[arch].Names}); err != nil {
			return digest, changed, err
		}
	}
	index, err := r.makeIndex(ctx, v, list, old)
	if err != nil {
		return digest, changed, err
	}
	digest = hashOf(index)
	if old == nil || old.digest != digest {
		changed = true
		if err := r.Put(ctx, TagOf(v.Version), index, types.OCIImageIndex); err != nil {
			return digest, changed, err
		}
	}
	for tag, at := range stale {
		if at != digest {
			changed = true
			if err := r.Put(ctx, tag, index, types.OCIImageIndex); err != nil {
				return digest, changed, err
			}
		}
	}
	return digest, changed, nil
}

// found is an index that is there.
type found struct {
	v1.IndexManifest
	artifactType string
	digest       v1.Hash
}

// index reads an index of ours under a tag; nil where there is nothing. What is
// not ours is an error.
func (r *Repository) index(ctx context.Context, v Version, tag string) (*found, error) {
	there, err := r.Get(ctx, tag)
	if err != nil || there == nil {
		return nil, err
	}
	f := &found{digest: there.Digest}
	foreign := func(what string) (*found, error) {
		if v.Overwrite {
			return nil, nil
		}
		return nil, fmt.Errorf("%s:%s: is %s: want a repository for this package and kind of target alone", r.Name(), tag, what)
	}
	var more struct{ ArtifactType string }
	if err := json.Unmarshal(there.Raw, &f.IndexManifest); err != nil || !there.MediaType.IsIndex() {
		return foreign(fmt.Sprintf("no index of ours but %q", there.MediaType))
	}
	_ = json.Unmarshal(there.Raw, &more) // it has just been read
	f.artifactType = more.ArtifactType
	title, version := f.Annotations[titleKey], f.Annotations[versionKey]
	switch {
	case f.artifactType != v.ArtifactType || title == "" || version == "":
		return foreign("an index that another tool or kind of target made")
	case title != v.Package:
		return foreign(fmt.Sprintf("of the package %q, not %q", title, v.Package))
	case tag == TagOf(v.Version) && version != v.Version:
		return foreign(fmt.Sprintf("version %q, whose tag is the same as that of %q", version, v.Version))
	}
	return f, nil
}

// manifests reads what is there for each architecture, by the tags and by the
// index, and merges ours into it. Upload are the architectures of ours that differ.
func (r *Repository) manifests(ctx context.Context, v Version, old *found) (list map[string][]byte, upload []string, err error) {
	list = map[string][]byte{}
	for _, arch := range arches() {
		there, err := r.Get(ctx, v.tag(arch))
		if err != nil {
			return nil, nil, err
		}
		if digest, ok := old.entry(arch); there == nil && ok {
			if there, err = r.Get(ctx, digest); err != nil {
				return nil, nil, err
			}
		}
		own, ours := v.Manifests[arch]
		switch {
		case there == nil && ours:
			list[arch], upload = own.Raw, append(upload, arch)
			continue
		case there == nil:
			continue
		}
		list[arch] = there.Raw
		if !ours || hashOf(own.Raw) == there.Digest {
			continue
		}
		merged, err := v.Merge(arch, there.Raw, own.Raw)
		if err != nil {
			return nil, nil, fmt.Errorf("%s:%s: %w", r.Name(), v.tag(arch), err)
		}
		if list[arch] = merged; hashOf(merged) != there.Digest {
			upload = append(upload, arch)
		}
	}
	return list, upload, nil
}

// entry is the digest that an index has for an architecture. What is for all is
// there under each that has none of its own.
func (f *found) entry(arch string) (string, bool) {
	if f == nil {
		return "", false
	}
	for _, d := range f.Manifests {
		if d.Annotations[archKey] == arch {
			return d.Digest.String(), true
		}
	}
	return "", false
}

// archKey says in an index whose manifest it is: GOARCH, "all" for one that is
// listed for every platform, or "" for what is beside the packages.
const archKey = "io.github.pinpack.architecture"

func (r *Repository) putManifest(ctx context.Context, reference string, m Manifest) error {
	for i, l := range m.Layers {
		if err := r.Upload(ctx, m.Names[i], l); err != nil {
			return err
		}
	}
	return r.Put(ctx, reference, m.Raw, types.OCIManifestSchema1)
}

// channels reads the tags that move with versions, and returns those that are to
// be at this one or at a newer index of it, with where they are.
func (r *Repository) channels(ctx context.Context, v Version) (map[string]v1.Hash, error) {
	move := map[string]v1.Hash{}
	for _, tag := range append(slices.Clone(v.Channels), v.Tags...) {
		if tag == TagOf(v.Version) {
			continue
		}
		there, err := r.index(ctx, v, tag)
		if err != nil {
			return nil, err
		}
		switch {
		case there == nil:
			move[tag] = v1.Hash{}
		case CompareVersions(there.Annotations[versionKey], v.Version) <= 0 || slices.Contains(v.Tags, tag):
			move[tag] = there.digest
		}
	}
	return move, nil
}
