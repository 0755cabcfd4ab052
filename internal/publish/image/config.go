package image

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/pinpack/pinpack/internal/publish/oci"
)

const prefix = "org.opencontainers.image."

// facts are the labels and annotations (image specification, "Annotations").
func (p pkg) facts(version, baseName, baseDigest string) map[string]string {
	all := map[string]string{
		prefix + "title":       p.info.Name,
		prefix + "version":     version,
		prefix + "created":     p.info.Built.UTC().Format(time.RFC3339),
		prefix + "revision":    p.info.Commit,
		prefix + "url":         get(p.fields, "Homepage"),
		prefix + "description": firstLine(get(p.fields, "Description")),
		prefix + "vendor":      get(p.fields, "Vendor"),
		prefix + "base.name":   baseName,
		prefix + "base.digest": baseDigest,
	}
	if home := all[prefix+"url"]; strings.HasPrefix(home, "https://github.com/") {
		parts := strings.Split(strings.TrimSuffix(home, "/"), "/")
		if len(parts) >= 5 { // by which ghcr.io links the image to the repository
			all[prefix+"source"] = strings.Join(parts[:5], "/")
		}
	}
	maps.DeleteFunc(all, func(_, v string) bool { return v == "" })
	return all
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line)
}

// configure is the base's configuration with what the image adds.
func configure(b base, l *layer, blob *oci.Blob, q process, facts map[string]string) (*v1.ConfigFile, error) {
	old, err := b.image.ConfigFile()
	if err != nil {
		return nil, err
	}
	c := old.DeepCopy()
	built := v1.Time{Time: l.pkg.info.Built.UTC()}
	c.Created, c.Author, c.Container, c.DockerVersion = built, "", "", ""
	c.RootFS.DiffIDs = append(c.RootFS.DiffIDs, blob.Diff)
	c.History = append(c.History, v1.History{Created: built, CreatedBy: "pinpack", Comment: l.pkg.info.Name + " " + get(l.pkg.fields, "Version")})
	c.Config.Entrypoint, c.Config.Cmd = q.command, nil
	c.Config.WorkingDir, c.Config.StopSignal = q.directory, "SIGTERM"
	if user := l.user(); user != "" {
		c.Config.User = user
	}
	c.Config.Env = mergeEnv(c.Config.Env, q.environment, l.pkg.info.Prefix)
	c.Config.Healthcheck, c.Config.ExposedPorts = nil, nil
	if q.port != "" {
		c.Config.ExposedPorts = map[string]struct{}{q.port + "/tcp": {}}
	}
	labels := map[string]string{}
	for k, v := range c.Config.Labels {
		if !strings.HasPrefix(k, prefix) { // those are of the base, and say so of themselves
			labels[k] = v
		}
	}
	maps.Copy(labels, facts)
	c.Config.Labels = labels
	return c, nil
}

// mergeEnv sets variables over those of the base. Programs of the virtualenv are
// found first, also without services.
func mergeEnv(base, own []string, virtualenv string) []string {
	search := "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	var list []string
	taken := map[string]bool{}
	for _, e := range own {
		name, _, _ := strings.Cut(e, "=")
		taken[name] = true
	}
	for _, e := range base {
		name, value, _ := strings.Cut(e, "=")
		switch {
		case name == "PATH":
			search = value
		case !taken[name]:
			list = append(list, e)
		}
	}
	if !taken["PATH"] {
		list = append(list, "PATH="+virtualenv+"/bin:"+search)
	}
	return append(list, own...)
}

// compose writes the image's manifest, and lists what it names.
func compose(b base, blob *oci.Blob, c *v1.ConfigFile, annotations map[string]string) (oci.Manifest, error) {
	var made oci.Manifest
	text, err := json.Marshal(c)
	if err != nil {
		return made, err
	}
	config := oci.BytesBlob("the image's configuration", types.OCIConfigJSON, text)
	old, err := b.image.Manifest()
	if err != nil {
		return made, err
	}
	m := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: config.Descriptor(), Annotations: annotations}
	layers, err := b.image.Layers()
	if err != nil {
		return made, err
	}
	for i, d := range old.Layers {
		m.Layers = append(m.Layers, v1.Descriptor{MediaType: asOCI(d.MediaType), Digest: d.Digest, Size: d.Size, URLs: d.URLs})
		made.Layers = append(made.Layers, layers[i])
		made.Names = append(made.Names, fmt.Sprintf("layer %d of the base", i+1))
	}
	m.Layers = append(m.Layers, blob.Descriptor())
	made.Layers = append(made.Layers, blob, config)
	made.Names = append(made.Names, blob.Name, config.Name)
	made.Raw, err = json.Marshal(m)
	return made, err
}

// asOCI is the OCI's word for docker's: the content is the same.
func asOCI(t types.MediaType) types.MediaType {
	switch t {
	case types.DockerLayer:
		return types.OCILayer
	case types.DockerUncompressedLayer:
		return types.OCIUncompressedLayer
	}
	return t
}
