package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
)

// cloudsmith takes a file first, then a word on what it is, and works on it
// afterwards.
//
// See https://docs.cloudsmith.com/developer-tools/api and https://api.cloudsmith.io/swagger/
type cloudsmith struct{ *Target }

// smithPackage is a package as Cloudsmith describes it.
type smithPackage struct {
	Slug      string                `json:"slug_perm"`
	Filename  string                `json:"filename"`
	SHA256    string                `json:"checksum_sha256"`
	URL       string                `json:"cdn_url"`
	Completed bool                  `json:"is_sync_completed"`
	Failed    bool                  `json:"is_sync_failed"`
	Reason    string                `json:"status_reason"`
	Distro    struct{ Slug string } `json:"distro"`
	Release   struct{ Slug string } `json:"distro_version"`
}

func (c cloudsmith) place() string {
	return escape(c.at.vars["org"]) + "/" + escape(c.at.vars["repo"]) + "/"
}

// hosts are where files and words go to.
func (c cloudsmith) hosts() (upload, api string) {
	if c.at.vars["host"] != "" {
		return c.at.base, c.at.base
	}
	return strings.Replace(c.at.base, "//api.", "//upload.", 1), c.at.base
}

func (c cloudsmith) packages() string {
	_, api := c.hosts()
	return api + "/v1/packages/" + c.place()
}

func (c cloudsmith) check(ctx context.Context) error {
	_, api := c.hosts()
	return c.client.get(ctx, api+"/v1/repos/"+c.place(), nil)
}

func (c cloudsmith) put(ctx context.Context, list []artifact.Artifact, done func(artifact.Artifact, string)) error {
	return c.each(ctx, list, func(ctx context.Context, a artifact.Artifact) error {
		link := ""
		for _, distribution := range c.at.lists[a.Format] {
			p, err := c.bring(ctx, a, distribution)
			if err != nil {
				return err
			}
			if link = p.URL; link == "" {
				link = "https://cloudsmith.io/~" + c.at.vars["org"] + "/repos/" + c.at.vars["repo"] + "/packages/"
			}
		}
		done(a, link)
		return nil
	})
}

// bring has one distribution hold the file.
func (c cloudsmith) bring(ctx context.Context, a artifact.Artifact, distribution string) (smithPackage, error) {
	there, err := c.find(ctx, a.Name, distribution)
	if err != nil {
		return there, err
	}
	if there.Failed { // a run before this one left it: nobody can install it
		if err := c.remove(ctx, there); err != nil {
			return there, err
		}
		there = smithPackage{}
	}
	switch {
	case there.Slug == "":
	case there.SHA256 == a.SHA256:
		return c.settled(ctx, there)
	case there.SHA256 == "" && !there.Completed: // it is being looked at
		if there, err = c.settled(ctx, there); err != nil || there.SHA256 == a.SHA256 {
			return there, err
		}
		fallthrough
	case !c.setup.Overwrite && c.at.vars["if-exists"] == "skip":
		return there, nil
	case !c.setup.Overwrite:
		return there, ErrOther
	}
	id, err := c.send(ctx, a)
	if err != nil {
		return there, err
	}
	return c.create(ctx, a, distribution, id)
}

// find looks for a file of the name.
func (c cloudsmith) find(ctx context.Context, name, distribution string) (smithPackage, error) {
	var list []smithPackage
	err := c.client.get(ctx, c.packages()+"?page_size=100&query="+escape("filename:"+name), &list)
	for _, p := range list {
		if p.Filename == name && (p.Distro.Slug == "" || p.Distro.Slug+"/"+p.Release.Slug == distribution) {
			return p, err
		}
	}
	return smithPackage{}, err
}

func (c cloudsmith) remove(ctx context.Context, p smithPackage) error {
	_, err := c.client.do(ctx, request{method: http.MethodDelete, url: c.packages() + escape(p.Slug) + "/", ok: []int{http.StatusOK, http.StatusNoContent, http.StatusNotFound}})
	return err
}

// send sends the bytes and returns what they are called there.
func (c cloudsmith) send(ctx context.Context, a artifact.Artifact) (string, error) {
	upload, _ := c.hosts()
	var sent struct{ Identifier string }
	_, err := c.client.do(ctx, request{
		method: http.MethodPut, url: upload + "/" + c.place() + escape(a.Name),
		header: http.Header{"Content-Sha256": {a.SHA256}}, body: raw(a, c.setup.Progress), into: &sent,
	})
	if err == nil && sent.Identifier == "" {
		err = errors.New("the service did not say what it calls the file: want this run again")
	}
	return sent.Identifier, err
}

// create makes a package of the bytes, and waits for it.
func (c cloudsmith) create(ctx context.Context, a artifact.Artifact, distribution, id string) (smithPackage, error) {
	word := map[string]any{"package_file": id, "distribution": distribution, "republish": c.setup.Overwrite}
	if component := c.at.vars["component"]; component != "" && a.Format == "deb" {
		word["component"] = component
	}
	data, err := json.Marshal(word)
	if err != nil {
		return smithPackage{}, err
	}
	var p smithPackage
	_, err = c.client.do(ctx, request{
		method: http.MethodPost, url: c.packages() + "upload/" + a.Format + "/", body: text("application/json", data), into: &p,
		again: func(ctx context.Context) (bool, error) {
			there, err := c.find(ctx, a.Name, distribution)
			if there.SHA256 != a.SHA256 {
				return false, err
			}
			p = there
			return true, err
		},
	})
	if err != nil {
		return p, err
	}
	return c.settled(ctx, p)
}

// settled waits until the service has looked at a package.
func (c cloudsmith) settled(ctx context.Context, p smithPackage) (smithPackage, error) {
	err := c.client.await(ctx, "synchronise "+p.Slug, func(ctx context.Context) (bool, error) {
		if p.Completed {
			return true, nil
		}
		err := c.client.get(ctx, c.packages()+escape(p.Slug)+"/status/", &p)
		if err == nil && p.Failed {
			err = fmt.Errorf("the service refuses the package: %s", message(answer{body: []byte(p.Reason)}))
		}
		return p.Completed, err
	})
	return p, err
}
