package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/pinpack/pinpack/internal/artifact"
)

// packagecloud knows distributions by numbers.
//
// See https://packagecloud.io/docs/api
type packagecloud struct {
	*Target
	mu  sync.Mutex
	ids map[string]int // of distributions, "deb debian/bookworm"
}

func (p *packagecloud) api() string { return p.at.base + "/api/v1/" }

func (p *packagecloud) repo() string {
	return p.api() + "repos/" + escape(p.at.vars["user"]) + "/" + escape(p.at.vars["repo"])
}

func (p *packagecloud) check(ctx context.Context) error {
	err := p.client.get(ctx, p.repo()+".json", nil)
	for _, format := range artifact.FormatNames() {
		for _, d := range p.at.lists[format] {
			if err == nil {
				_, err = p.id(ctx, format, d)
			}
		}
	}
	return err
}

// id is the number of a distribution.
func (p *packagecloud) id(ctx context.Context, format, distribution string) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ids == nil {
		type named struct {
			Name     string `json:"index_name"`
			Versions []struct {
				ID   int    `json:"id"`
				Name string `json:"index_name"`
			} `json:"versions"`
		}
		all := map[string][]named{}
		if err := p.client.get(ctx, p.api()+"distributions.json", &all); err != nil {
			return 0, err
		}
		p.ids = map[string]int{}
		for format, list := range all {
			for _, d := range list {
				for _, v := range d.Versions {
					p.ids[format+" "+d.Name+"/"+v.Name] = v.ID
				}
			}
		}
	}
	id, ok := p.ids[format+" "+distribution]
	if !ok {
		return 0, fmt.Errorf("%s=%s in the target's URL: the service knows no such distribution: want one such as debian/bookworm or el/9", format, distribution)
	}
	return id, nil
}

func (p *packagecloud) put(ctx context.Context, list []artifact.Artifact, done func(artifact.Artifact, string)) error {
	return p.each(ctx, list, func(ctx context.Context, a artifact.Artifact) error {
		for _, distribution := range p.at.lists[a.Format] {
			if err := p.bring(ctx, a, distribution); err != nil {
				return fmt.Errorf("%s: %w", distribution, err)
			}
		}
		// Served below the distribution that was named first.
		done(a, p.at.base+"/"+p.at.vars["user"]+"/"+p.at.vars["repo"]+"/packages/"+p.at.lists[a.Format][0]+"/"+escape(a.Name))
		return nil
	})
}

// clouded is a package as packagecloud describes it.
type clouded struct {
	Filename string `json:"filename"`
	Distro   string `json:"distro_version"`
	URL      string `json:"package_url"`
	Destroy  string `json:"destroy_url"`
	SHA256   string `json:"sha256sum"`
}

func (p *packagecloud) bring(ctx context.Context, a artifact.Artifact, distribution string) error {
	id, err := p.id(ctx, a.Format, distribution)
	if err != nil {
		return err
	}
	for range 2 {
		there, found, err := p.find(ctx, a.Name, distribution)
		switch {
		case err != nil || found && there.SHA256 == a.SHA256:
			return err
		case !found:
		case p.setup.Overwrite:
			if err := p.remove(ctx, there); err != nil {
				return err
			}
		case p.at.vars["if-exists"] == "skip":
			return nil
		case there.SHA256 == "":
			return ErrUnknown
		default:
			return ErrOther
		}
		taken, err := p.send(ctx, a, id)
		if err != nil || !taken {
			return err
		}
	}
	if p.at.vars["if-exists"] == "skip" {
		return nil
	}
	return ErrUnknown
}

// find looks for a file of the name in a distribution.
func (p *packagecloud) find(ctx context.Context, name, distribution string) (clouded, bool, error) {
	var list []clouded
	err := p.client.get(ctx, p.repo()+"/search.json?q="+escape(name)+"&dist="+escape(distribution), &list)
	for _, c := range list {
		if err == nil && c.Filename == name && (c.Distro == "" || c.Distro == distribution) {
			if c.SHA256 == "" && strings.HasPrefix(c.URL, "/") {
				err = p.client.get(ctx, p.at.base+c.URL, &c)
			}
			return c, true, err
		}
	}
	return clouded{}, false, err
}

func (p *packagecloud) remove(ctx context.Context, c clouded) error {
	if !strings.HasPrefix(c.Destroy, "/") {
		return errors.New("the service does not say how the package is removed: want it removed there, or a new version")
	}
	_, err := p.client.do(ctx, request{method: http.MethodDelete, url: p.at.base + c.Destroy, ok: []int{http.StatusOK, http.StatusNoContent, http.StatusNotFound}})
	return err
}

func (p *packagecloud) send(ctx context.Context, a artifact.Artifact, id int) (taken bool, err error) {
	r := request{
		method: http.MethodPost, url: p.repo() + "/packages.json", ok: []int{http.StatusCreated, http.StatusUnprocessableEntity},
		body: form([][2]string{{"package[distro_version_id]", fmt.Sprint(id)}}, "package[package_file]", a, p.setup.Progress),
	}
	answer, err := p.client.do(ctx, r)
	switch {
	case err != nil || answer.status == http.StatusCreated:
		return false, err
	case answer.says("already been taken"):
		return true, nil
	}
	return false, p.client.refusal(r, answer)
}
