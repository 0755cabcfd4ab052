// Package image publishes a package as an image that runs, without a container
// engine: the payload of a .deb and what its installation would have added, as one
// layer on a base that is pinned by its digest. The same package and base give the
// same image.
package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/oci"
	"github.com/pinpack/pinpack/internal/publish/target"
)

// Target is a repository of a registry for images.
type Target struct {
	address oci.Address
	base    name.Reference
	process string
	warn    bool // of missing dependencies, in place of an error
	setup   target.Setup
}

// Open reads image://REGISTRY/NAME?base=IMAGE@DIGEST&process=NAME&….
func Open(url string, s target.Setup) (*Target, error) {
	a, err := oci.ParseAddress(url, "base", "process", "missing", "unpinned")
	t := &Target{address: a, process: a.Query.Get("process"), setup: s}
	errs := []error{err}
	unpinned, err := oci.Bool(a.Query, "unpinned")
	errs = append(errs, err)
	if a.Query != nil {
		t.base, err = parseBase(a, unpinned)
		errs = append(errs, err)
		switch m := a.Query.Get("missing"); m {
		case "", "error":
		case "warn":
			t.warn = true
		default:
			errs = append(errs, fmt.Errorf("option missing=%q: want error or warn", m))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return t, nil
}

// parseBase reads the base, whose registry is Docker Hub if it names none, as in a
// Dockerfile.
func parseBase(a oci.Address, unpinned bool) (name.Reference, error) {
	text := a.Query.Get("base")
	if text == "" {
		return nil, errors.New("no base: want the option base=IMAGE@sha256:DIGEST, such as base=debian:12-slim@sha256:…, whose digest `docker buildx imagetools inspect debian:12-slim` prints")
	}
	var o []name.Option
	if a.PlainHTTP && strings.HasPrefix(text, a.Repository.RegistryStr()+"/") {
		o = append(o, name.Insecure)
	}
	ref, err := name.ParseReference(text, o...)
	if err != nil {
		return nil, fmt.Errorf("option base=%q: %w", text, err)
	}
	if _, ok := ref.(name.Digest); !ok && !unpinned {
		return nil, fmt.Errorf("option base=%q: is not pinned, and may be another image tomorrow: want IMAGE@sha256:DIGEST, or the option unpinned=true", text)
	}
	return ref, nil
}

// Takes tells whether an image is made of a file.
func (t *Target) Takes(a artifact.Artifact) bool { return a.Format == "deb" }

// Check logs in, asks for the right to push, and looks for the base.
func (t *Target) Check(ctx context.Context) error {
	if err := oci.CheckAddress(ctx, t.address, t.setup); err != nil {
		return err
	}
	_, _, err := t.findBase(ctx)
	return err
}

// findBase reads the base's manifest.
func (t *Target) findBase(ctx context.Context) (*oci.Repository, *remote.Descriptor, error) {
	own := t.base.Context().RegistryStr() == t.address.Repository.RegistryStr()
	r, err := oci.DialToRead(ctx, t.base.Context(), t.setup, t.address.PlainHTTP && own, own)
	if err != nil {
		return nil, nil, fmt.Errorf("base %s: %w", t.base.Name(), err)
	}
	var d *remote.Descriptor
	err = r.Retry(ctx, "read the base "+t.base.Name(), func() (err error) {
		d, err = remote.Get(t.base, r.Remote(ctx)...)
		return err
	})
	return r, d, err
}

// Publish makes an image of each .deb and brings it into the repository: each
// version under its tag, for each architecture together with those that other runs
// bring. A package that is there already, on the same base, is a success.
func (t *Target) Publish(ctx context.Context, list []artifact.Artifact) ([]artifact.Receipt, error) {
	list = slices.DeleteFunc(slices.Clone(list), func(a artifact.Artifact) bool { return !t.Takes(a) })
	versions, err := oci.Group(list)
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 {
		return nil, errors.New("no .deb among the packages: an image is made of one")
	}
	r, err := oci.Dial(ctx, t.address, t.setup, t.base.Context())
	if err != nil {
		return nil, err
	}
	from, d, err := t.findBase(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pinpack-image-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var receipts []artifact.Receipt
	for _, v := range versions {
		b := builder{t: t, to: r, from: from, base: d, dir: dir, version: v.Version}
		digest, err := b.publish(ctx, v)
		if err != nil {
			return receipts, err
		}
		for _, a := range v.All() {
			receipts = append(receipts, artifact.Receipt{
				Artifact: a.Name, Target: t.address.URL, URL: "docker://" + r.Name() + ":" + oci.TagOf(v.Version), Digest: digest.String(),
				Subject: oci.Subject(r, digest.String()),
			})
		}
	}
	return receipts, nil
}

// builder makes the images of one version.
type builder struct {
	t        *Target
	to, from *oci.Repository
	base     *remote.Descriptor
	dir      string // for layers
	version  string
}

func (b builder) publish(ctx context.Context, files oci.Files) (v1.Hash, error) {
	v := oci.Version{
		Package: files.Package, Version: files.Version, Overwrite: b.t.setup.Overwrite, Manifests: map[string]oci.Manifest{},
		Channels: b.t.address.ChannelsOf(files.Version), Tags: b.t.address.Tags, Merge: b.merge,
	}
	for arch, list := range files.Arches {
		if len(list) > 1 {
			return v1.Hash{}, fmt.Errorf("packages %q and %q: are both for %s: want one of them", list[0].Name, list[1].Name, arch)
		}
		arches := []string{arch}
		if arch == "all" {
			var err error
			if arches, err = b.everywhere(); err != nil {
				return v1.Hash{}, err
			}
		}
		for _, arch := range arches {
			m, err := b.image(ctx, arch, list[0])
			if err != nil {
				return v1.Hash{}, fmt.Errorf("image of %q for %s: %w", list[0].Name, arch, err)
			}
			v.Manifests[arch] = m
		}
	}
	return b.to.Settle(ctx, v)
}

// everywhere lists the architectures that the base is for, of those that a package
// can be for.
func (b builder) everywhere() ([]string, error) {
	list, err := platforms(b.base)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(arch string) bool { return arch == "all" || artifact.Formats[0].Arches[arch] == "" })
	slices.Sort(list)
	return slices.Compact(list), nil
}

// sourceKey says in a manifest what it was made of: a package, a base and a process,
// so that one that is there need not be made again to be known.
const sourceKey = "io.github.pinpack.source"

// merge keeps what is there, if it was made of the same.
func (b builder) merge(_ string, there, own []byte) ([]byte, error) {
	if source(there) == source(own) && source(own) != "" {
		return there, nil
	}
	if !b.t.setup.Overwrite {
		return nil, errors.New("is there, made of another package, base or process: want a new version or iteration, or the input overwrite")
	}
	return own, nil
}

func source(raw []byte) string {
	var m v1.Manifest
	_ = json.Unmarshal(raw, &m) // what is none has no source
	return m.Annotations[sourceKey]
}

// image makes the image for one architecture, unless it is there.
func (b builder) image(ctx context.Context, arch string, a artifact.Artifact) (oci.Manifest, error) {
	img, err := choosePlatform(b.base, arch)
	if err != nil {
		return oci.Manifest{}, fmt.Errorf("base %s: %w", b.t.base.Name(), err)
	}
	digest, err := img.Digest()
	if err != nil {
		return oci.Manifest{}, err
	}
	from := "sha256:" + a.SHA256 + " " + digest.String() + " " + b.t.process
	there, err := b.to.Get(ctx, oci.TagOf(b.version)+"-"+arch)
	if err != nil {
		return oci.Manifest{}, err
	}
	if there != nil && source(there.Raw) == from {
		return oci.Manifest{Raw: there.Raw}, nil
	}
	p, err := readPackage(a.Path)
	if err != nil {
		return oci.Manifest{}, err
	}
	q, err := p.choose(b.t.process)
	if err != nil {
		return oci.Manifest{}, err
	}
	system, err := readBase(ctx, b.from, img)
	if err != nil {
		return oci.Manifest{}, fmt.Errorf("base %s: %w", b.t.base.Name(), err)
	}
	if err := b.check(p, q, system); err != nil {
		return oci.Manifest{}, err
	}
	l := newLayer(system, p)
	blob, err := l.write(filepath.Join(b.dir, arch+"-"+a.SHA256))
	if err != nil {
		return oci.Manifest{}, err
	}
	facts := p.facts(b.version, b.t.base.Name(), digest.String())
	config, err := configure(system, l, blob, q, facts)
	if err != nil {
		return oci.Manifest{}, err
	}
	facts[sourceKey] = from
	return compose(system, blob, config, facts)
}

// check tells whether the base can run the package.
func (b builder) check(p pkg, q process, system base) error {
	installed, err := system.installed()
	if err != nil {
		return fmt.Errorf("base %s: %w", b.t.base.Name(), err)
	}
	missing := p.lacking(installed)
	if q.command[0] == "/bin/sh" && system.kind[system.real("/bin/sh")] == 0 {
		missing = append(missing, "dash")
	}
	switch {
	case missing == nil:
		return nil
	case !b.t.warn:
		return missingError(b.t.base.Name(), missing)
	}
	if b.t.setup.Say != nil {
		b.t.setup.Say("the base lacks what the package depends on, as you allow: " + strings.Join(missing, ", "))
	}
	return nil
}
