package oci

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// makeIndex lists the manifests, sorted, with the annotations that are there: only
// what it lists changes it. What is beside them is uploaded.
func (r *Repository) makeIndex(ctx context.Context, v Version, list map[string][]byte, old *found) ([]byte, error) {
	index := struct {
		SchemaVersion int64             `json:"schemaVersion"`
		MediaType     types.MediaType   `json:"mediaType"`
		ArtifactType  string            `json:"artifactType,omitempty"`
		Manifests     []v1.Descriptor   `json:"manifests"`
		Annotations   map[string]string `json:"annotations"`
	}{2, types.OCIImageIndex, v.ArtifactType, nil, map[string]string{}}
	maps.Copy(index.Annotations, v.Annotations)
	if old != nil && old.Annotations[versionKey] != "" {
		index.Annotations = old.Annotations
	}
	index.Annotations[titleKey], index.Annotations[versionKey] = v.Package, v.Version
	for _, arch := range arches() {
		key := arch
		if list[key] == nil {
			key = "all"
		}
		if raw := list[key]; raw != nil && arch != "all" {
			index.Manifests = append(index.Manifests, describe(raw, key, platform(arch)))
		}
	}
	if v.Beside != nil {
		var there []byte
		if digest, ok := old.entry("beside"); ok {
			found, err := r.Get(ctx, digest)
			if err != nil {
				return nil, err
			}
			if found != nil {
				there = found.Raw
			}
		}
		m, err := v.Beside(list, there)
		if err != nil {
			return nil, fmt.Errorf("%s:%s: %w", r.Name(), TagOf(v.Version), err)
		}
		if hash := hashOf(m.Raw); string(there) != string(m.Raw) {
			if err := r.putManifest(ctx, hash.String(), m); err != nil {
				return nil, err
			}
		}
		// As the builders of images mark what is no image, so that nobody runs it.
		index.Manifests = append(index.Manifests, describe(m.Raw, "beside", &v1.Platform{OS: "unknown", Architecture: "unknown"}))
	}
	return json.Marshal(index)
}

func describe(raw []byte, arch string, p *v1.Platform) v1.Descriptor {
	d := v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: hashOf(raw), Size: int64(len(raw)), Platform: p, Annotations: map[string]string{archKey: arch}}
	var more struct{ ArtifactType string }
	if json.Unmarshal(raw, &more) == nil {
		d.ArtifactType = more.ArtifactType
	}
	return d
}

// platform is an architecture in the words of the OCI specification, which are
// Go's.
func platform(arch string) *v1.Platform {
	p := &v1.Platform{OS: "linux", Architecture: arch}
	if arch == "arm" {
		p.Variant = "v7"
	}
	return p
}
