package registry

import "net/http"

var debian = []param{{name: "distribution", initial: "stable"}, {name: "component", initial: "main"}}

// Kinds is the table of services.
var Kinds = []Kind{
	gitea("gitea", "Gitea", login{"token", "", "GITEA_TOKEN"}),
	gitea("forgejo", "Forgejo", login{"token", "", "FORGEJO_TOKEN"}, login{"token", "", "GITEA_TOKEN"}),
	{
		Scheme: "gitlab", Form: "gitlab://HOST/GROUP/PROJECT",
		Notes: "GitLab's generic packages (1.0~rc1 has the version 1.0.rc1 there), with all files; with `type=debian`, its Debian registry: `distribution` (stable) and `component` (main).",
		path:  []string{"project/"}, query: append([]param{{name: "type", initial: "generic", choices: []string{"generic", "debian"}}}, debian...),
		logins: []login{{"PRIVATE-TOKEN", "", "GITLAB_TOKEN"}, {"DEPLOY-TOKEN", "", "GITLAB_DEPLOY_TOKEN"}, {"basic", "CI_DEPLOY_USER", "CI_DEPLOY_PASSWORD"}, {"JOB-TOKEN", "", "CI_JOB_TOKEN"}},
		check:  "/api/v4/projects/{project}/packages?per_page=1",
		routes: map[string]route{"generic/": {
			method: http.MethodPut, url: "/api/v4/projects/{project}/packages/generic/{name}/{dotted}/{file}",
			look: "/api/v4/projects/{project}/packages/generic/{name}/{dotted}/{file}", before: true,
			exists: []int{http.StatusBadRequest}, existsText: "duplicate package",
		}, "debian/deb": {
			method: http.MethodPut, url: "/api/v4/projects/{project}/packages/debian/{file}?distribution={distribution}&component={component}",
			look: "/api/v4/projects/{project}/packages/debian/pool/{distribution}/{letter}/{name}/{version}/{file}", before: true,
		}},
	},
	{
		Scheme: "artifactory", Form: "artifactory://HOST/REPO?format=deb artifactory://HOST/REPO?format=rpm",
		Notes: "A Debian or RPM repository of JFrog Artifactory. `distribution` (stable; may be repeated) and `component` (main); `path` for RPMs.",
		base:  "/artifactory", path: []string{"repo"},
		query:    []param{{name: "distribution", initial: "stable", several: true}, {name: "component", initial: "main", several: true}, {name: "path"}},
		logins:   []login{{"bearer", "", "JF_ACCESS_TOKEN"}, {"bearer", "", "JFROG_ACCESS_TOKEN"}, {"X-JFrog-Art-Api", "", "JFROG_API_KEY"}, {"basic", "JF_USER", "JF_PASSWORD"}},
		check:    "/api/storage/{repo}",
		parallel: true,
		routes: map[string]route{
			"deb": {
				method: http.MethodPut, url: "/{repo}/pool/{letter}/{name}/{file};deb.distribution={distribution};deb.component={component};deb.architecture={arch}",
				header: map[string]string{"X-Checksum-Sha256": "{sha256}"},
				look:   "/api/storage/{repo}/pool/{letter}/{name}/{file}", sum: "checksums.sha256", before: true, fetch: "/{repo}/pool/{letter}/{name}/{file}",
			},
			"rpm": {
				method: http.MethodPut, url: "/{repo}{/path}/{file}", header: map[string]string{"X-Checksum-Sha256": "{sha256}"},
				look: "/api/storage/{repo}{/path}/{file}", sum: "checksums.sha256", before: true, fetch: "/{repo}{/path}/{file}",
			},
		},
	},
	{
		Scheme: "nexus", Form: "nexus://HOST/REPO?format=deb nexus://HOST/REPO?format=rpm",
		Notes:  "A hosted apt or yum repository of Sonatype Nexus 3. `path` for RPMs.",
		path:   []string{"repo"},
		query:  []param{{name: "path"}},
		logins: []login{{"basic", "NEXUS_USERNAME", "NEXUS_PASSWORD"}},
		check:  "/service/rest/v1/components?repository={repo}",
		routes: map[string]route{
			"deb": {
				method: http.MethodPost, url: "/repository/{repo}/",
				look: "/repository/{repo}/pool/{letter}/{name}/{name}_{version}_{arch}.deb", before: true,
				exists: []int{http.StatusBadRequest}, existsText: "does not allow updating",
			},
			"rpm": {
				method: http.MethodPut, url: "/repository/{repo}{/path}/{file}",
				look: "/repository/{repo}{/path}/{file}", before: true,
				exists: []int{http.StatusBadRequest}, existsText: "does not allow updating",
			},
		},
	},
	{
		Scheme: "gemfury", Form: "gemfury://ACCOUNT", Notes: "Gemfury. It does not say what it holds: a version that is there is an error, or with `if-exists=skip` a success.",
		host: "push.fury.io", path: []string{"account"},
		logins: []login{{"user", "", "FURY_TOKEN"}, {"user", "", "FURY_API_TOKEN"}},
		routes: map[string]route{"deb": fury, "rpm": fury},
	},
	{
		Scheme: "cloudsmith", Form: "cloudsmith://ORG/REPO?deb=debian/bookworm&rpm=el/9",
		Notes: "Cloudsmith. `deb` and `rpm` are distributions (any-distro/any-version; may be repeated), `component` is for .deb.",
		host:  "api.cloudsmith.io", path: []string{"org", "repo"},
		query:  []param{{name: "deb", initial: "any-distro/any-version", several: true}, {name: "rpm", initial: "any-distro/any-version", several: true}, {name: "component"}},
		logins: []login{{"X-Api-Key", "", "CLOUDSMITH_API_KEY"}},
		routes: map[string]route{"deb": {}, "rpm": {}}, byFormat: true,
		code: func(t *Target) service { return cloudsmith{t} },
	},
	{
		Scheme: "packagecloud", Form: "packagecloud://USER/REPO?deb=debian/bookworm&rpm=el/9",
		Notes: "packagecloud. `deb` and `rpm` are distributions and may be repeated; `host` is for a server of your own.",
		host:  "packagecloud.io", path: []string{"user", "repo"},
		query:  []param{{name: "deb", several: true}, {name: "rpm", several: true}},
		logins: []login{{"user", "", "PACKAGECLOUD_TOKEN"}},
		routes: map[string]route{"deb": {}, "rpm": {}}, byFormat: true,
		code: func(t *Target) service { return &packagecloud{Target: t} },
	},
	{
		Scheme: "aptly", Form: "aptly://HOST/REPO",
		Notes: "A local repository of `aptly api serve`, which is published afterwards: `distribution` (stable), `component` (main), `prefix` (.), `architectures` (amd64 and arm64; may be repeated), `gpg-key` of the server, `sign=no`. aptly bears one writer at a time: give such jobs a `concurrency` group.",
		path:  []string{"repo"},
		query: append([]param{{name: "prefix"}, {name: "gpg-key"}, {name: "sign", choices: []string{"yes", "no"}}, {name: "architectures", initial: "amd64,arm64", several: true}}, debian...),
		open:  true, logins: []login{{"basic", "APTLY_USERNAME", "APTLY_PASSWORD"}}, secrets: []string{"APTLY_PASSPHRASE"},
		routes: map[string]route{"deb": {}},
		code:   func(t *Target) service { return aptly{t, t.secrets["APTLY_PASSPHRASE"]} },
	},
	{
		Scheme: "pulp", Form: "pulp://HOST?deb=REPO&rpm=REPO",
		Notes:  "Repositories of Pulp 3, which are published afterwards. `distribution` (stable) and `component` (main) are for .deb.",
		path:   []string{},
		query:  append([]param{{name: "deb"}, {name: "rpm"}}, debian...),
		logins: []login{{"basic", "PULP_USERNAME", "PULP_PASSWORD"}},
		routes: map[string]route{"deb": {}, "rpm": {}}, byFormat: true,
		code: func(t *Target) service { return pulp{t} },
	},
	{
		Scheme: "https+put", Form: "https+put://HOST/PATH/{name}/{file}", Notes: ownNotes, query: own, open: true, parallel: true,
		logins: ownLogins, routes: map[string]route{"": {}},
	},
	{
		Scheme: "http+put", Form: "http+put://localhost/PATH/{file}", Notes: "The same, to this machine.", query: own, open: true, parallel: true,
		logins: ownLogins, routes: map[string]route{"": {}},
	},
}

var fury = route{
	method: http.MethodPost, url: "/{account}/", field: "package",
	exists: []int{http.StatusConflict, http.StatusUnprocessableEntity}, existsText: "already exists",
	fetch: "/{account}/",
}

func gitea(scheme, name string, logins ...login) Kind {
	return Kind{
		Scheme: scheme, Form: scheme + "://HOST/OWNER",
		Notes: "Debian and RPM registries of " + name + ". `distribution` (stable) and `component` (main) for .deb, `group` for .rpm.",
		path:  []string{"owner"}, query: append([]param{{name: "group"}}, debian...),
		logins: logins,
		check:  "/api/v1/packages/{owner}?limit=1",
		routes: map[string]route{
			"deb": {
				method: http.MethodPut, url: "/api/packages/{owner}/debian/pool/{distribution}/{component}/upload",
				exists: []int{http.StatusConflict},
				look:   "/api/packages/{owner}/debian/pool/{distribution}/{component}/{name}_{version}_{arch}.deb",
				remove: "/api/packages/{owner}/debian/pool/{distribution}/{component}/{name}/{version}/{arch}",
			},
			"rpm": {
				method: http.MethodPut, url: "/api/packages/{owner}/rpm{/group}/upload",
				exists: []int{http.StatusConflict},
				look:   "/api/packages/{owner}/rpm{/group}/package/{name}/{dashed}/{arch}/{file}",
				remove: "/api/packages/{owner}/rpm{/group}/package/{name}/{dashed}/{arch}",
			},
		},
	}
}
