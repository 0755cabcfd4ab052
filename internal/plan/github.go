package plan

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pinpack/pinpack/internal/ci"
	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/pep440"
)

// Release is a GitHub Release to be made, or to be added to.
type Release struct {
	Repository string `json:"repository"` // owner/name
	Tag        string `json:"tag"`
	Name       string `json:"name"`
	Notes      string `json:"notes,omitempty"`
	Generate   bool   `json:"generate_notes,omitempty"` // GitHub writes the notes
	Draft      bool   `json:"draft,omitempty"`          // it stays one
	Prerelease bool   `json:"prerelease,omitempty"`
	MakeLatest string `json:"make_latest"` // GitHub's word: "true", "false" or "legacy"
	Overwrite  bool   `json:"overwrite,omitempty"`
}

// Upload is a workflow artifact to be made.
type Upload struct {
	Name        string `json:"name,omitempty"`  // "": made of what is in it
	Files       bool   `json:"files,omitempty"` // each package by itself, not one zip
	Retention   int    `json:"retention_days,omitempty"`
	Compression int    `json:"compression"`
	Overwrite   bool   `json:"overwrite,omitempty"`
	Must        bool   `json:"must,omitempty"` // it was asked for: not to be able to is an error
}

// decideGitHub says what is published on GitHub besides. Outside of a workflow
// that is nothing.
func (pl *Plan) decideGitHub(g config.GitHub, e ci.Event, source fs.FS) error {
	if e.Name == "" {
		return nil
	}
	if g.Artifact != "never" {
		pl.Upload = &Upload{
			Name: g.ArtifactName, Files: g.Artifact == "files", Retention: g.ArtifactRetention, Compression: g.ArtifactCompression,
			Overwrite: g.Overwrite, Must: g.Artifact != "auto",
		}
	}
	var err error
	pl.Release, err = DecideRelease(g, e, source)
	return err
}

// DecideRelease says what release is made, if any: nil is none.
func DecideRelease(g config.GitHub, e ci.Event, source fs.FS) (*Release, error) {
	tag := first(g.Tag, e.Tag)
	switch {
	case g.Release == "never" || g.Release == "auto" && tag == "":
		return nil, nil
	case e.IsPull() && g.Release == "auto":
		return nil, nil
	case e.IsPull():
		return nil, fmt.Errorf("release %q: this run is for a pull request, which makes no release: want auto, or this step for tags only", g.Release)
	case tag == "":
		return nil, fmt.Errorf("release %q: no tag is built: want the input tag, or this step for tags only", g.Release)
	}
	r := &Release{
		Repository: e.Repository, Tag: tag, Name: first(g.ReleaseName, tag), Draft: g.Release == "draft",
		Prerelease: g.Prerelease == "true", MakeLatest: g.MakeLatest, Overwrite: g.Overwrite,
	}
	if g.MakeLatest == "auto" {
		r.MakeLatest = "legacy"
	}
	version, versionErr := pep440.Parse(versionOf(tag))
	if g.Prerelease == "auto" {
		r.Prerelease = versionErr == nil && version.IsPrerelease()
	}
	if r.Prerelease && r.MakeLatest == "true" {
		return nil, fmt.Errorf("make-latest: %q is a pre-release, which GitHub does not make the latest: want make-latest auto, or prerelease false", tag)
	}
	var err error
	r.Notes, r.Generate, err = notes(g.ReleaseNotes, source)
	return r, err
}

// versionOf is a tag without what stands before its version: "v1.2", and
// "app/v1.2" or "app-1.2" in a repository with several.
func versionOf(tag string) string {
	tag = tag[strings.LastIndexByte(tag, '/')+1:]
	if i := strings.LastIndexByte(tag, '-'); i > 0 && i+1 < len(tag) && strings.ContainsAny(tag[:i], "abcdefghijklmnopqrstuvwxyz") && strings.ContainsAny(tag[i+1:i+2], "0123456789v") {
		if _, err := pep440.Parse(tag); err != nil {
			return tag[i+1:]
		}
	}
	return tag
}

// notes resolves the release's text: generated, a file of the project, or the
// text itself. What looks like a file's name must be one.
func notes(said string, source fs.FS) (text string, generate bool, err error) {
	if said == "generated" {
		return "", true, nil
	}
	if strings.ContainsAny(said, "\n ") || !fs.ValidPath(said) {
		return said, false, nil
	}
	data, err := fs.ReadFile(source, said)
	if errors.Is(err, fs.ErrNotExist) && !strings.Contains(said, ".") {
		return said, false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("release-notes %q: %w: want generated, a file of the project, or the text", said, cause(err))
	}
	return string(data), false, nil
}
