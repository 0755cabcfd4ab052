// Package oci publishes packages as an OCI artifact (the OCI image specification,
// version 1.1), and knows registries: their addresses, credentials, tags that move
// forward, and indexes that several runs add to.
//
// Each version is an index under its tag, VERSION-RELEASE, with a manifest for each
// architecture that lists the packages as layers, named so that `oras pull` writes
// them as files, and one manifest beside them for SHA256SUMS and all that belongs
// to no architecture.
//
// Only this package and publish/image may import go-containerregistry.
package oci

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/target"
)

// artifactType says what our index and manifests are.
const artifactType = "application/vnd.pinpack.linux-packages.v1"

// Target is a repository of a registry.
type Target struct {
	address Address
	setup   target.Setup
}

// Open reads oci://REGISTRY/NAME?channels=…&tags=…&plain-http=….
func Open(url string, s target.Setup) (*Target, error) {
	a, err := ParseAddress(url)
	if err != nil {
		return nil, err
	}
	return &Target{a, s}, nil
}

// Check logs in and asks for the right to push.
func (t *Target) Check(ctx context.Context) error {
	return CheckAddress(ctx, t.address, t.setup)
}

// CheckAddress logs in to a registry and asks for the right to push.
func CheckAddress(ctx context.Context, a Address, s target.Setup) error {
	r, err := Dial(ctx, a, s)
	if err != nil {
		return err
	}
	return r.Check(ctx)
}

// Publish brings packages, and files beside them, into the repository: each
// version under its tag, together with what other runs bring of the same version.
// The same file again is a success; another content under the same name is an
// error before anything is sent, unless Setup says to overwrite.
func (t *Target) Publish(ctx context.Context, list []artifact.Artifact) ([]artifact.Receipt, error) {
	versions, err := Group(list)
	if err != nil || len(versions) == 0 {
		return nil, err
	}
	r, err := Dial(ctx, t.address, t.setup)
	if err != nil {
		return nil, err
	}
	var receipts []artifact.Receipt
	for _, g := range versions {
		done, err := t.publish(ctx, r, g)
		receipts = append(receipts, done...)
		if err != nil {
			return receipts, err
		}
	}
	return receipts, nil
}

// Takes tells whether a file is published: checksums are made anew, of all that
// there is of a version.
func (t *Target) Takes(a artifact.Artifact) bool { return !isSums(a.Name) }

func (t *Target) publish(ctx context.Context, r *Repository, g Files) ([]artifact.Receipt, error) {
	v := Version{
		Package: g.Package, Version: g.Version, ArtifactType: artifactType, Overwrite: t.setup.Overwrite,
		Annotations: g.annotations(t.setup.Time), Manifests: map[string]Manifest{},
		Channels: t.address.ChannelsOf(g.Version), Tags: t.address.Tags,
	}
	m := maker{files: g, annotations: v.Annotations, overwrite: t.setup.Overwrite, key: t.setup.Key}
	for arch, files := range g.Arches {
		made, err := m.make(files)
		if err != nil {
			return nil, err
		}
		v.Manifests[arch] = made
	}
	v.Merge, v.Beside = m.merge, m.beside
	digest, err := r.Settle(ctx, v)
	if err != nil {
		return nil, err
	}
	var receipts []artifact.Receipt
	for _, a := range g.All() {
		receipts = append(receipts, artifact.Receipt{
			Artifact: a.Name, Target: t.address.URL, URL: t.address.URL + ":" + TagOf(g.Version), Digest: "sha256:" + a.SHA256,
			Subject: Subject(r, digest.String()),
		})
	}
	return receipts, nil
}

// Subject names what attestations are about, without a scheme.
func Subject(r *Repository, digest string) string { return r.Name() + "@" + digest }

// ChannelsOf lists the tags that a version moves forward.
func (a Address) ChannelsOf(version string) []string {
	known := channelsOf(version)
	if a.Channels == nil {
		return known
	}
	// A channel of one's own, such as "stable", takes what latest would.
	var list []string
	for _, c := range a.Channels {
		series := c != "latest" && c != "edge" && strings.Trim(c, "0123456789.") == ""
		if slices.Contains(known, c) || !series && c != "latest" && slices.Contains(known, "latest") {
			list = append(list, c)
		}
	}
	return list
}

// Files are the files of one version of one package.
type Files struct {
	Package, Version string
	Arches           map[string][]artifact.Artifact // by GOARCH or "all"
	Beside           []artifact.Artifact            // of no architecture
}

// All are the files, sorted by architecture.
func (f Files) All() []artifact.Artifact {
	var list []artifact.Artifact
	for _, arch := range arches() {
		list = append(list, f.Arches[arch]...)
	}
	return append(list, f.Beside...)
}

// Group sorts a list by versions. Packages of two names are an error: a repository
// has one package's versions.
func Group(list []artifact.Artifact) ([]Files, error) {
	var found []Files
	at := func(version string) *Files {
		i := slices.IndexFunc(found, func(f Files) bool { return f.Version == version })
		if i < 0 {
			found = append(found, Files{Version: version, Arches: map[string][]artifact.Artifact{}})
			i = len(found) - 1
		}
		return &found[i]
	}
	name := ""
	var errs []error
	for _, a := range artifact.Packages(list) {
		arch, ok := goArch(a)
		if !ok {
			errs = append(errs, fmt.Errorf("package %q: unknown architecture %q", a.Name, a.Arch))
		}
		if name != "" && a.Package != name {
			errs = append(errs, fmt.Errorf("package %q: is of %q, others are of %q: want a repository for each", a.Name, a.Package, name))
		}
		f := at(a.Version)
		name, f.Package = a.Package, a.Package
		f.Arches[arch] = append(f.Arches[arch], a)
	}
	for _, a := range list {
		if a.IsPackage() || isSums(a.Name) { // checksums of all files of a version are made anew
			continue
		}
		for i := range found {
			if a.Version != "" && a.Version != found[i].Version {
				continue
			}
			if arch, ok := goArch(a); ok {
				found[i].Arches[arch] = append(found[i].Arches[arch], a)
			} else {
				found[i].Beside = append(found[i].Beside, a)
			}
		}
	}
	return found, errors.Join(errs...)
}

// goArch finds GOARCH, or "all", for an architecture in any format's words.
func goArch(a artifact.Artifact) (string, bool) {
	for _, f := range artifact.Formats {
		if a.IsPackage() && f.Name != a.Format {
			continue
		}
		for arch, word := range f.Arches {
			if word == a.Arch {
				return arch, true
			}
		}
	}
	return "", false
}
