package repository

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/store"
	"github.com/pinpack/pinpack/internal/rpmfile"
)

const (
	stateName = "repository.json"
	never     = "no-cache"
)

// state is repository.json: what the next update has to know, and what programs
// may want to.
type state struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"` // where it is served; "" if nobody said
	// RPMSigned tells whether all packages for rpm are signed themselves.
	RPMSigned bool      `json:"rpm_signed"`
	Key       string    `json:"key,omitempty"` // fingerprint of who signed it
	Packages  []Package `json:"packages"`
}

func (t *Target) readState(ctx context.Context) (state, error) {
	data, err := store.ReadAll(ctx, t.store, stateName, 256<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return state{RPMSigned: true}, nil
	} else if err != nil {
		return state{}, err
	}
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return state{RPMSigned: false}, nil // it is made anew, from the indexes
	}
	return s, nil
}

// rpmsSigned tells whether all of the list that are for rpm bear a signature;
// nil if there are none.
func rpmsSigned(list []artifact.Artifact) *bool {
	var signed *bool
	for _, a := range list {
		if a.Format != "rpm" {
			continue
		}
		ok := (signed == nil || *signed) && isSigned(a.Path)
		signed = &ok
	}
	return signed
}

func isSigned(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	p, err := rpmfile.Read(bufio.NewReader(f))
	return err == nil && slices.ContainsFunc(p.SignatureTags, func(tag string) bool {
		return slices.Contains([]string{"RSAHEADER", "DSAHEADER", "OPENPGP", "PGP", "GPG"}, tag)
	})
}

// writeKey puts the public key where clients fetch it. It does so first, as a
// new key is wanted by who sees what it signed.
func (t *Target) writeKey(ctx context.Context) error {
	if t.setup.Key == nil {
		return nil
	}
	armored, err := t.setup.Key.Public()
	if err != nil {
		return err
	}
	binary, err := t.setup.Key.Binary()
	if err != nil {
		return err
	}
	return errors.Join(store.Put(ctx, t.store, "key.asc", armored, "application/pgp-keys", never),
		store.Put(ctx, t.store, "key.gpg", binary, "application/pgp-keys", never))
}

// present writes all that is for people: the page, and files that tell clients
// of the repository. first is the name of what was published, and signed whether
// its packages for rpm are.
func (t *Target) present(ctx context.Context, first string, signed *bool) error {
	s, err := t.readState(ctx)
	if err != nil {
		return err
	}
	both := *t // the page is of all that is there, whatever this is for
	both.kind = Kind{"repo", true, true}
	s.Name = cmp.Or(t.o.name, s.Name, safeName(first), "packages")
	s.URL = cmp.Or(t.o.url, s.URL)
	both.o.url = s.URL
	if signed != nil {
		s.RPMSigned = s.RPMSigned && *signed
	}
	s.Key = ""
	if t.setup.Key != nil {
		s.Key = t.setup.Key.ID()
	}
	if s.Packages, err = both.packages(ctx); err != nil {
		return err
	}
	files, err := both.presentation(s)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := store.Put(ctx, t.store, f.name, f.data, f.mediaType, never); err != nil {
			return err
		}
	}
	return nil
}

func safeName(s string) string {
	if fileName.MatchString(s) {
		return s
	}
	return ""
}

type presented struct {
	name, mediaType string
	data            []byte
}

// presentation is what present writes.
func (t *Target) presentation(s state) ([]presented, error) {
	p := t.page(s)
	var html bytes.Buffer
	if err := pageTemplate.Execute(&html, p); err != nil {
		return nil, fmt.Errorf("write index page: %w", err)
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, err
	}
	list := []presented{{".nojekyll", "text/plain", nil}}
	for _, d := range p.Debian {
		list = append(list, presented{d.File, "text/plain", []byte(d.Sources)})
	}
	if p.RPM != nil {
		list = append(list, presented{p.RPM.File, "text/plain", []byte(p.RPM.Repo)})
	}
	return append(list, presented{"index.html", "text/html; charset=utf-8", html.Bytes()}, presented{stateName, "application/json", append(data, '\n')}), nil
}

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page is what the template shows.
type page struct {
	Name, URL, Key, Fingerprint string
	Signed                      bool
	Debian                      []debian
	RPM                         *rpm
	Packages                    []group
}

// debian says how to use a suite.
type debian struct{ Suite, File, Sources, Install string }

// rpm says how to use the repository with dnf.
type rpm struct {
	File, Repo, Install, Zypper string
}

// group is a package with its versions.
type group struct {
	Name, Summary string
	Versions      []Package
}

func (t *Target) page(s state) page {
	p := page{Name: s.Name, URL: strings.TrimSuffix(t.urlOf("x"), "/x"), Key: "key.asc", Signed: s.Key != ""}
	for i := 0; i+4 <= len(s.Key); i += 4 {
		p.Fingerprint += s.Key[i:i+4] + " "
	}
	suites, names := map[string][]Package{}, map[string]string{}
	var order, formats []string
	for _, k := range s.Packages {
		if k.Format == "deb" && !slices.Contains(order, k.Suite) {
			order = append(order, k.Suite)
		}
		if names[k.Format] == "" {
			names[k.Format] = k.Name
		}
		suites[k.Suite], formats = append(suites[k.Suite], k), append(formats, k.Format)
		i := slices.IndexFunc(p.Packages, func(g group) bool { return g.Name == k.Name })
		if i < 0 {
			p.Packages, i = append(p.Packages, group{Name: k.Name, Summary: k.Summary}), len(p.Packages)
		}
		p.Packages[i].Versions = append(p.Packages[i].Versions, k)
	}
	for _, suite := range order {
		file := s.Name + ".sources"
		if len(order) > 1 {
			file = s.Name + "-" + strings.ReplaceAll(suite, "/", "-") + ".sources"
		}
		p.Debian = append(p.Debian, t.debian(p, suite, file, suites[suite]))
	}
	if slices.Contains(formats, "rpm") {
		p.RPM = t.rpmLines(p, s, names["rpm"])
	}
	return p
}
