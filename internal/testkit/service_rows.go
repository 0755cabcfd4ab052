package testkit

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
)

// serviceKinds are the services, each as its documentation says. The names of
// owners, projects and repositories are fixed: me, team/app, debs, rpms.
var serviceKinds = map[string]serviceKind{
	"gitea":         {"Authorization: token good-token", (*Service).gitea, true},
	"gitlab":        {"PRIVATE-TOKEN: good-token", (*Service).gitlab, true},
	"gitlab-debian": {"PRIVATE-TOKEN: good-token", (*Service).gitlabDebian, true},
	"artifactory":   {"Authorization: Bearer good-token", (*Service).artifactory, false},
	"nexus":         {"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ci:good-token")), (*Service).nexus, true},
	"gemfury":       {"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("good-token:")), (*Service).gemfury, true},
	"cloudsmith":    {"X-Api-Key: good-token", (*Service).cloudsmith, true},
	"packagecloud":  {"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("good-token:")), (*Service).packagecloud, true},
	"pulp":          {"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ci:good-token")), (*Service).pulp, true},
	"put":           {"X-Key: good-token", (*Service).plainPut, false},
}

func unescaped(s string) string {
	decoded, err := url.PathUnescape(s)
	if err != nil {
		return s
	}
	return decoded
}

func message(text string) map[string]string { return map[string]string{"message": text} }

// gitea: https://docs.gitea.com/usage/packages/debian and …/rpm, and its router.
func (g *Service) gitea(c *serviceCall) {
	var p []string
	name, version, arch := described(string(c.body))
	deb, rpm := "debian/bookworm/contrib/", "rpm/el9/stable/"
	switch {
	case c.is("GET", "/api/v1/packages/me", &p) && c.query == "limit=1":
		c.json(200, []string{})
	case c.is("PUT", "/api/packages/me/debian/pool/bookworm/contrib/upload", &p) && c.query == "":
		g.once(c, fmt.Sprintf("%s%s_%s_%s.deb", deb, name, version, arch))
	case c.is("GET", "/api/packages/me/debian/pool/bookworm/contrib/*", &p):
		g.download(c, deb+p[0])
	case c.is("DELETE", "/api/packages/me/debian/pool/bookworm/contrib/*/*/*", &p):
		g.delete(c, fmt.Sprintf("%s%s_%s_%s.deb", deb, p[0], p[1], p[2]))
	case c.is("PUT", "/api/packages/me/rpm/el9/stable/upload", &p) && c.query == "":
		g.once(c, fmt.Sprintf("%s%s-%s.%s.rpm", rpm, name, strings.Replace(version, ":", "-", 1), arch))
	case c.is("GET", "/api/packages/me/rpm/el9/stable/package/*/*/*/*", &p):
		g.download(c, fmt.Sprintf("%s%s-%s.%s.rpm", rpm, p[0], p[1], p[2]))
	case c.is("DELETE", "/api/packages/me/rpm/el9/stable/package/*/*/*", &p):
		g.delete(c, fmt.Sprintf("%s%s-%s.%s.rpm", rpm, p[0], p[1], p[2]))
	default:
		g.refuse(c, "no such call")
	}
}

// once keeps a file if the name is free, and says 409 if it is not.
func (g *Service) once(c *serviceCall, name string) {
	if _, taken := g.newest(name); taken {
		c.json(409, message("package file already exists"))
		return
	}
	g.put(name, string(c.body))
	c.status = 201
}

func (g *Service) delete(c *serviceCall, name string) {
	if _, ok := g.newest(name); !ok {
		c.json(404, message("not found"))
		return
	}
	delete(g.files, name)
	c.status = 204
}

// gitlab: https://docs.gitlab.com/user/packages/generic_packages
func (g *Service) gitlab(c *serviceCall) {
	var p []string
	const project = "/api/v4/projects/team%2Fapp"
	switch {
	case c.is("GET", project+"/packages", &p) && c.query == "per_page=1":
		c.json(200, []string{})
	case c.is("PUT", project+"/packages/generic/*/*/*", &p) && c.query == "":
		if strings.ContainsAny(p[1], "~:") {
			g.refuse(c, "a version of other letters than it takes: %q", p[1])
			return
		}
		g.put(strings.Join(p, "/"), string(c.body)) // one more, if the name is taken
		c.json(201, message("201 Created"))
	case c.is("GET", project+"/packages/generic/*/*/*", &p):
		g.download(c, strings.Join(p, "/"))
	default:
		g.refuse(c, "no such call")
	}
}

// gitlabDebian: https://docs.gitlab.com/user/packages/debian_repository
func (g *Service) gitlabDebian(c *serviceCall) {
	var p []string
	const project = "/api/v4/projects/team%2Fapp"
	switch {
	case c.is("GET", project+"/packages", &p) && c.query == "per_page=1":
		c.json(200, []string{})
	case c.is("PUT", project+"/packages/debian/*", &p) && c.query == "distribution=bookworm&component=main":
		g.put(p[0], string(c.body))
		c.json(201, message("201 Created"))
	case c.is("GET", project+"/packages/debian/pool/bookworm/d/*/*/*", &p):
		g.download(c, p[2])
	default:
		g.refuse(c, "no such call")
	}
}

// artifactory: https://jfrog.com/help/r/jfrog-rest-apis/deploy-artifact and
// …/jfrog-artifactory-documentation/debian-repositories.
func (g *Service) artifactory(c *serviceCall) {
	var p []string
	const properties = ";deb.distribution=bookworm%2Ctrixie;deb.component=main;deb.architecture=*"
	switch {
	case c.is("GET", "/artifactory/api/storage/*", &p):
		c.json(200, map[string]string{"repo": p[0]})
	case c.is("GET", "/artifactory/api/storage/*/pool/d/demo/*", &p), c.is("GET", "/artifactory/api/storage/*/el9/noarch/*", &p):
		content, ok := g.newest(p[1])
		if !ok {
			c.json(404, map[string]any{"errors": []any{map[string]any{"status": 404, "message": "Unable to find item"}}})
			return
		}
		c.json(200, map[string]any{"checksums": map[string]string{"sha256": sum(content)}})
	case c.is("PUT", "/artifactory/debs/pool/d/demo/*"+properties, &p), c.is("PUT", "/artifactory/rpms/el9/noarch/*", &p):
		name, _, _ := strings.Cut(p[0], ";")
		if c.r.Header.Get("X-Checksum-Sha256") != sum(string(c.body)) {
			g.refuse(c, "X-Checksum-Sha256 %q", c.r.Header.Get("X-Checksum-Sha256"))
			return
		}
		g.files[name] = []string{string(c.body)} // replaced, for those who may delete
		c.json(201, map[string]any{"repo": p[0]})
	default:
		g.refuse(c, "no such call")
	}
}

// nexus: https://help.sonatype.com/en/apt-repositories.html and …/yum-repositories.html.
// Redeployment is allowed.
func (g *Service) nexus(c *serviceCall) {
	var p []string
	name, version, arch := described(string(c.body))
	switch {
	case c.is("GET", "/service/rest/v1/components", &p) && (c.query == "repository=debs" || c.query == "repository=rpms"):
		c.json(200, map[string]any{"items": []string{}})
	case c.is("POST", "/repository/debs/", &p):
		g.files[fmt.Sprintf("%s_%s_%s.deb", name, version, arch)] = []string{string(c.body)}
		c.status = 201
	case c.is("PUT", "/repository/rpms/el9/*", &p):
		g.files[p[0]] = []string{string(c.body)}
		c.status = 200
	case c.is("GET", "/repository/debs/pool/d/demo/*", &p), c.is("GET", "/repository/rpms/el9/*", &p):
		g.download(c, p[0])
	default:
		g.refuse(c, "no such call")
	}
}

// gemfury: https://gemfury.com/help/upload-packages
func (g *Service) gemfury(c *serviceCall) {
	var p []string
	if !c.is("POST", "/acme/", &p) || c.query != "" {
		g.refuse(c, "no such call")
		return
	}
	fields, name, content, err := c.form()
	if err != nil || strings.Join(fields, " ") != "package=@" {
		g.refuse(c, "form %q, %v", fields, err)
		return
	}
	if _, taken := g.newest(name); taken {
		c.json(409, map[string]any{"error": map[string]string{"type": "DupeVersion", "message": "this version already exists"}})
		return
	}
	g.put(name, content)
	c.json(200, map[string]any{})
}

// plainPut is a server that takes files by PUT, such as WebDAV.
func (g *Service) plainPut(c *serviceCall) {
	var p []string
	switch {
	case c.is("PUT", "/files/demo/*", &p) && c.query == "dist=bookworm&v="+strings.ReplaceAll(url.QueryEscape(versionOf(c.body)), "~", "%7E"):
		if c.r.Header.Get("X-Sum") != sum(string(c.body)) {
			g.refuse(c, "X-Sum %q", c.r.Header.Get("X-Sum"))
			return
		}
		g.files[p[0]] = []string{string(c.body)}
		c.status = 201
	case c.is("GET", "/files/demo/*", &p) && c.query == "":
		g.download(c, p[0])
	default:
		g.refuse(c, "no such call")
	}
}

func versionOf(content []byte) string {
	_, version, _ := described(string(content))
	return version
}
