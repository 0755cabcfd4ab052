// Package publish opens targets from their URLs, and hands them the finished
// files.
package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/dir"
	"github.com/pinpack/pinpack/internal/publish/image"
	"github.com/pinpack/pinpack/internal/publish/oci"
	"github.com/pinpack/pinpack/internal/publish/registry"
	"github.com/pinpack/pinpack/internal/publish/repository"
	"github.com/pinpack/pinpack/internal/publish/s3"
	"github.com/pinpack/pinpack/internal/publish/store"
	"github.com/pinpack/pinpack/internal/publish/target"
	"github.com/pinpack/pinpack/internal/secret"
)

// Target takes finished packages.
type Target interface {
	// Publish is idempotent: a package that is there already is a success. It
	// returns a receipt for each file that is there, also when it fails.
	Publish(ctx context.Context, list []artifact.Artifact) ([]artifact.Receipt, error)
}

// Checker is a target that can tell, before there is anything to publish, whether
// its server takes what it will be sent: that it is there, and that the
// credentials are good.
type Checker interface {
	Check(ctx context.Context) error
}

// kind is one of targets. All but the last field are for people.
type kind struct {
	scheme    string
	form      string // of the URL
	variables string // that hold the credentials
	notes     string
	// open reads the whole URL. It speaks to no server: that is for Check.
	open func(url string, s target.Setup) (Target, error)
}

// kinds is the table of targets, by the scheme of their URL.
var kinds = []kind{
	{"dir", "dir:PATH", "", "A directory; relative paths are relative to the working directory.", func(url string, s target.Setup) (Target, error) {
		path, err := dirPath(url)
		if err != nil {
			return nil, err
		}
		t, err := dir.Open(path, s.WorkDir, s.Key)
		if err != nil {
			return nil, err
		}
		t.Overwrite = s.Overwrite
		return t, nil
	}},
	{
		"s3", s3.Form, s3.Variables,
		"Files as they are in a bucket of Amazon S3, or of any service with an `endpoint` (MinIO, R2, Ceph, Garage; also AWS_ENDPOINT_URL). `public` is where the prefix is served.",
		func(url string, s target.Setup) (Target, error) { return s3.Open(url, s) },
	},
	{
		"oci", "oci://REGISTRY/NAME?channels=LIST&tags=LIST&plain-http=true", "REGISTRY_USERNAME REGISTRY_PASSWORD DOCKER_AUTH_CONFIG GITHUB_TOKEN",
		"An OCI artifact in a registry, which `oras pull` writes as files; credentials of `docker login` and `podman login` serve, too.",
		func(url string, s target.Setup) (Target, error) { return oci.Open(url, s) },
	},
	{
		"image", "image://REGISTRY/NAME?base=IMAGE@DIGEST&process=NAME&channels=LIST&tags=LIST&missing=warn&unpinned=true&plain-http=true", "REGISTRY_USERNAME REGISTRY_PASSWORD DOCKER_AUTH_CONFIG GITHUB_TOKEN",
		"An image that runs, made of the .deb on a base, without a container engine.",
		func(url string, s target.Setup) (Target, error) { return image.Open(url, s) },
	},
}

// dirPath is the path of dir:PATH. What is written as other URLs have a host could
// mean a path below the working directory, or below the root.
func dirPath(url string) (string, error) {
	path := strings.TrimPrefix(url, "dir:")
	if word, ok := strings.CutPrefix(path, "//"); ok && word != "" && word[0] != '/' {
		return "", fmt.Errorf("path %q: want dir:%s, or dir:/%s", path, word, word)
	}
	return path, nil
}

// stores is the table of where a repository's files may be, by the scheme of
// their URL. The URL given is without the repository's own parameters.
var stores = []struct {
	scheme, form, variables string
	open                    repository.OpenStore
}{
	{"dir", "dir:PATH", "", func(url string, s target.Setup) (store.Store, error) {
		url, query, _ := strings.Cut(url, "?")
		path, err := dirPath(url)
		if query != "" {
			return nil, errors.Join(err, fmt.Errorf("unknown parameters %q: want some of %s", query, strings.Join(repository.Parameters(), ", ")))
		} else if err != nil {
			return nil, err
		}
		return store.OpenDir(path, s.WorkDir)
	}},
	{"s3", s3.Form, s3.Variables, func(url string, s target.Setup) (store.Store, error) { return s3.OpenStore(url, s) }},
}

// notes say what a kind of repository is.
var notes = map[string]string{
	"apt":  "A static repository for apt; more under Repositories.",
	"yum":  "A static repository for dnf, yum and zypper.",
	"repo": "Both in one.",
}

// repositories are the kinds of repositories in each store.
func repositories() []kind {
	var list []kind
	for _, st := range stores {
		for _, k := range repository.Kinds {
			list = append(list, kind{
				k.Scheme + "+" + st.scheme, k.Scheme + "+" + st.form, st.variables, notes[k.Scheme],
				func(url string, s target.Setup) (Target, error) { return OpenRepository(url, s) },
			})
		}
	}
	return list
}

// OpenRepository opens a repository, also for other work than publishing.
func OpenRepository(url string, s target.Setup) (*repository.Target, error) {
	scheme, location, _ := strings.Cut(url, "+")
	i := slices.IndexFunc(repository.Kinds, func(k repository.Kind) bool { return k.Scheme == scheme })
	for _, st := range stores {
		if i >= 0 && strings.HasPrefix(location, st.scheme+":") {
			return repository.Open(repository.Kinds[i], location, st.open, s)
		}
	}
	var known []string
	for _, k := range repositories() {
		known = append(known, k.form)
	}
	return nil, fmt.Errorf("no repository: want %s", strings.Join(known, ", "))
}

func init() {
	kinds = append(kinds, repositories()...)
	for i := range registry.Kinds {
		k := &registry.Kinds[i]
		kinds = append(kinds, kind{k.Scheme, k.Form, strings.Join(k.Variables(), " "), k.Notes, func(url string, s target.Setup) (Target, error) {
			return registry.Open(k, url, s)
		}})
	}
}

// Open opens every target, in order. What is wrong with any of them is joined
// in the error. A target's lines of progress begin with its name.
func Open(urls []string, s target.Setup) ([]Named, error) {
	var list []Named
	var errs []error
	for _, u := range urls {
		name := target.Name(u)
		t, err := open(u, named(name, s))
		if err != nil {
			errs = append(errs, fmt.Errorf("publish to %q: %w", name, err))
		}
		list = append(list, Named{name, t})
	}
	return list, errors.Join(errs...)
}

// named is a setup whose lines say which target they are of.
func named(name string, s target.Setup) target.Setup {
	if say := s.Say; say != nil {
		s.Say = func(line string) { say(name + ": " + line) }
	}
	if progress := s.Progress; progress != nil {
		s.Progress = func(file string, done, total int64) { progress(name+": "+file, done, total) }
	}
	return s
}

func open(u string, s target.Setup) (Target, error) {
	if s.Mask != nil {
		for _, password := range secret.FromURL("a target", u) {
			s.Mask(password.Value)
		}
	}
	scheme, _, ok := strings.Cut(u, ":")
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.scheme == scheme })
	if !ok || i < 0 {
		var known []string
		for _, k := range kinds {
			known = append(known, k.scheme+":…")
		}
		return nil, fmt.Errorf("unknown kind of target: want %s", strings.Join(known, ", "))
	}
	return kinds[i].open(u, s)
}

// Markdown renders README's table of the kinds of targets.
func Markdown() string {
	var b strings.Builder
	b.WriteString("\n| URL | credentials | what it is |\n| --- | --- | --- |\n")
	for _, k := range kinds {
		var forms, variables []string
		for f := range strings.FieldsSeq(k.form) {
			forms = append(forms, "`"+f+"`")
		}
		for v := range strings.FieldsSeq(k.variables) {
			variables = append(variables, "`"+v+"`")
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", strings.Join(forms, "<br>"), strings.Join(variables, ", "), k.notes)
	}
	b.WriteString("\n")
	return b.String()
}
