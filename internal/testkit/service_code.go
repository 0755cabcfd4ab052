package testkit

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// cloudsmith: https://api.cloudsmith.io/swagger/ (files, packages_upload_deb,
// packages_status, packages_list).
func (g *Service) cloudsmith(c *serviceCall) {
	var p []string
	const packages = "/v1/packages/acme/apps/"
	switch {
	case c.is("GET", "/v1/repos/acme/apps/", &p):
		c.json(200, map[string]string{"slug": "apps"})
	case c.is("GET", packages, &p):
		q, _ := url.ParseQuery(c.query)
		name, ok := strings.CutPrefix(q.Get("query"), "filename:")
		if !ok || q.Get("page_size") != "100" {
			g.refuse(c, "no such query")
			return
		}
		list := []any{}
		for key := range g.files {
			if format, distro, file := smithKey(key); file == name {
				list = append(list, g.smith(key, format, distro, file))
			}
		}
		c.json(200, list)
	case c.is("PUT", "/acme/apps/*", &p):
		if c.r.Header.Get("Content-Sha256") != sum(string(c.body)) {
			g.refuse(c, "Content-Sha256 %q", c.r.Header.Get("Content-Sha256"))
			return
		}
		id := "id-" + sum(p[0] + string(c.body))[:12]
		g.pending[id], g.pending["name of "+id] = string(c.body), p[0]
		c.json(200, map[string]string{"identifier": id})
	case c.is("POST", packages+"upload/*/", &p):
		g.smithCreate(c, p[0])
	case c.is("GET", packages+"*/status/", &p):
		g.smithStatus(c, p[0])
	case c.is("DELETE", packages+"*/", &p):
		g.delete(c, g.pending["slug "+p[0]])
	default:
		g.refuse(c, "no such call")
	}
}

func smithKey(key string) (format, distro, file string) {
	parts := strings.Split(key, "|")
	return parts[0], parts[1], parts[2]
}

func (g *Service) smith(key, _, distro, file string) map[string]any {
	name, version, _ := strings.Cut(distro, "/")
	content, _ := g.newest(key)
	slug := "p" + sum(key)[:8]
	g.pending["slug "+slug] = key
	return map[string]any{
		"slug_perm": slug, "filename": file, "checksum_sha256": sum(content), "cdn_url": "https://dl.cloudsmith.io/public/acme/apps/" + file,
		"distro": map[string]string{"slug": name}, "distro_version": map[string]string{"slug": version},
		"is_sync_completed": g.pending["looks "+slug] == "", "is_sync_failed": false,
	}
}

func (g *Service) smithCreate(c *serviceCall, format string) {
	var word struct {
		File         string `json:"package_file"`
		Distribution string
		Republish    *bool
		Component    string
	}
	d := json.NewDecoder(strings.NewReader(string(c.body)))
	d.DisallowUnknownFields()
	content, known := "", false
	if err := d.Decode(&word); err == nil {
		content, known = g.pending[word.File]
	}
	if !known || word.Republish == nil || c.r.Header.Get("Content-Type") != "application/json" {
		g.refuse(c, "body %s", c.body)
		return
	}
	key := format + "|" + word.Distribution + "|" + g.pending["name of "+word.File]
	if _, taken := g.newest(key); taken && !*word.Republish {
		g.refuse(c, "a duplicate, which fails when it is looked at")
		return
	}
	g.files[key] = []string{content}
	p := g.smith(key, format, word.Distribution, g.pending["name of "+word.File])
	slug, _ := p["slug_perm"].(string)
	g.pending["looks "+slug] = "xx" // it takes two looks
	p["is_sync_completed"], p["checksum_sha256"] = false, ""
	c.json(201, p)
}

func (g *Service) smithStatus(c *serviceCall, slug string) {
	if g.pending["slug "+slug] == "" {
		c.json(404, map[string]string{"detail": "Not found."})
		return
	}
	g.pending["looks "+slug] = strings.TrimPrefix(g.pending["looks "+slug], "x")
	c.json(200, map[string]any{"slug_perm": slug, "is_sync_completed": g.pending["looks "+slug] == "", "is_sync_failed": false})
}

// packagecloud: https://packagecloud.io/docs/api
func (g *Service) packagecloud(c *serviceCall) {
	var p []string
	const repo = "/api/v1/repos/me/apps"
	ids := map[string]string{"215": "debian/bookworm", "240": "el/9"}
	switch {
	case c.is("GET", repo+".json", &p):
		c.json(200, map[string]string{"name": "apps"})
	case c.is("GET", "/api/v1/distributions.json", &p):
		c.status, c.answer = 200, []byte(`{"deb":[{"display_name":"Debian","index_name":"debian","versions":[{"id":200,"index_name":"bullseye"},{"id":215,"index_name":"bookworm"}]}],`+
			`"rpm":[{"index_name":"el","versions":[{"id":240,"index_name":"9"}]}],"dsc":[]}`)
	case c.is("GET", repo+"/search.json", &p):
		q, _ := url.ParseQuery(c.query)
		list := []any{}
		if key := q.Get("dist") + "/" + q.Get("q"); len(g.files[key]) > 0 {
			link := repo + "/package/" + url.PathEscape(key) + ".json"
			list = append(list, map[string]string{"filename": q.Get("q"), "distro_version": q.Get("dist"), "package_url": link, "destroy_url": repo + "/" + key})
		}
		c.json(200, list)
	case c.is("GET", repo+"/package/*.json", &p):
		content, _ := g.newest(strings.TrimSuffix(p[0], ".json"))
		key := strings.TrimSuffix(p[0], ".json")
		c.json(200, map[string]string{"filename": key[strings.LastIndex(key, "/")+1:], "sha256sum": sum(content), "destroy_url": repo + "/" + key})
	case c.is("DELETE", repo+"/*/*/*", &p):
		g.delete(c, strings.Join(p, "/"))
	case c.is("POST", repo+"/packages.json", &p):
		fields, name, content, err := c.form()
		if err != nil || len(fields) != 2 || fields[1] != "package[package_file]=@" {
			g.refuse(c, "form %q, %v", fields, err)
			return
		}
		key := ids[strings.TrimPrefix(fields[0], "package[distro_version_id]=")] + "/" + name
		if _, taken := g.newest(key); taken {
			c.json(422, map[string]any{"filename": []string{"has already been taken"}})
			return
		}
		g.put(key, content)
		c.json(201, map[string]string{"filename": name})
	default:
		g.refuse(c, "no such call")
	}
}

// pulp: https://pulpproject.org/pulp_deb/restapi/ and …/pulp_rpm/restapi/
func (g *Service) pulp(c *serviceCall) {
	var p []string
	const api = "/pulp/api/v3/"
	results := func(list ...any) {
		c.json(200, map[string]any{"count": len(list), "results": append([]any{}, list...)})
	}
	task := func() {
		g.tasks++
		c.json(202, map[string]string{"task": fmt.Sprintf("%stasks/%d/", api, g.tasks)})
	}
	switch {
	case c.is("GET", api+"repositories/*/*/", &p) && slices.Contains([]string{"name=debs", "name=rpms"}, c.query):
		href := api + "repositories/" + p[0] + "/" + p[1] + "/1/"
		results(map[string]any{"pulp_href": href, "latest_version_href": href + "versions/" + g.version(p[0]) + "/", "autopublish": false})
	case c.is("GET", api+"content/*/packages/", &p):
		q, _ := url.ParseQuery(c.query)
		name, version := q.Get("package"), q.Get("version")
		if p[0] == "rpm" {
			name, version = q.Get("name"), q.Get("version")+"-"+q.Get("release")
			if q.Get("epoch") != "0" {
				version = q.Get("epoch") + ":" + version
			}
		}
		key := p[0] + "|" + name + "|" + version
		if content, ok := g.newest(key); ok && strings.HasSuffix(q.Get("repository_version"), "/versions/"+g.version(p[0])+"/") {
			results(map[string]string{"pulp_href": "/unit/" + key, "sha256": sum(content)})
			return
		}
		results()
	case c.is("POST", api+"content/*/packages/", &p):
		fields, _, content, err := c.form()
		want := map[string]string{
			"deb": "repository=" + api + "repositories/deb/apt/1/ distribution=bookworm component=main file=@",
			"rpm": "repository=" + api + "repositories/rpm/rpm/1/ file=@",
		}
		if err != nil || strings.Join(fields, " ") != want[p[0]] {
			g.refuse(c, "form %q, %v", fields, err)
			return
		}
		name, version, _ := described(content)
		g.files[p[0]+"|"+name+"|"+version] = []string{content}
		task()
	case c.is("POST", api+"repositories/*/*/1/modify/", &p):
		var word struct {
			Remove []string `json:"remove_content_units"`
		}
		if json.Unmarshal(c.body, &word) != nil || len(word.Remove) != 1 {
			g.refuse(c, "body %s", c.body)
			return
		}
		delete(g.files, strings.TrimPrefix(word.Remove[0], "/unit/"))
		task()
	case c.is("GET", api+"publications/*/*/", &p):
		if g.pending["published "+p[0]] == g.version(p[0]) && strings.HasSuffix(c.query, escapedVersion(g.version(p[0]))) {
			results(map[string]string{"pulp_href": "x"})
			return
		}
		results()
	case c.is("POST", api+"publications/*/*/", &p) && string(c.body) == fmt.Sprintf(`{"repository":"%srepositories/%s/%s/1/"}`, api, p[0], p[1]):
		g.pending["published "+p[0]] = g.version(p[0])
		task()
	case c.is("GET", api+"tasks/*/", &p):
		state := "running"
		if g.pending["task "+p[0]] != "" {
			state = "completed"
		}
		g.pending["task "+p[0]] = "seen"
		c.json(200, map[string]any{"state": state, "error": nil})
	default:
		g.refuse(c, "no such call")
	}
}

func escapedVersion(v string) string { return url.QueryEscape("/versions/" + v + "/") }

// version is another one for each state of a repository of Pulp's.
func (g *Service) version(format string) string {
	var all []string
	for name, contents := range g.files {
		if strings.HasPrefix(name, format+"|") {
			all = append(all, name+sum(contents[0]))
		}
	}
	slices.Sort(all)
	return sum(strings.Join(all, " "))[:8]
}

// PulpPublished tells whether what people get from Pulp is what its repository
// holds.
func (g *Service) PulpPublished(format string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pending["published "+format] == g.version(format)
}
