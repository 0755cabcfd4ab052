package registry

import (
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/target"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]string{
		"gitea://git.example.org/me":                                 "no credentials: want them in GITEA_TOKEN, or in the URL",
		"nexus://nexus.example.org/apt?format=deb":                   "no credentials: want them in NEXUS_USERNAME and NEXUS_PASSWORD, or in the URL",
		"gitea://x@git.example.org":                                  `path "/": want gitea://HOST/OWNER`,
		"gitea:///me":                                                "no host: want gitea://HOST/OWNER",
		"gitea://x@git.example.org/me?distribution=a&distribution=b": "its query has 2 times distribution: want one",
		"gitea://x@git.example.org/me?distributin=a":                 `unknown word "distributin" in its query: did you mean "distribution"?`,
		"gitea://x@git.example.org/me?scheme=ftp":                    "scheme=ftp in its query: want http or https",
		"gitlab://x@gitlab.example.org/app":                          `path "/app": want gitlab://HOST/GROUP/PROJECT`,
		"gitlab://x@gitlab.example.org/a/b?type=npm":                 "type=npm in its query: want generic or debian",
		"packagecloud://x@me/apps":                                   "its query has neither deb nor rpm: want packagecloud://USER/REPO?deb=debian/bookworm&rpm=el/9",
		"packagecloud://x@me/apps/more?deb=a/b":                      `path "/apps/more": want packagecloud://USER/REPO`,
		"http+put://example.org/x":                                   `http to "example.org", which is not this machine: want https`,
		"https+put://example.org/{nam}":                              `template "/{nam}": unknown field {nam}: want {name}, {version}`,
		"https+put://example.org/x?header=nothing":                   `header="nothing" in its query: want NAME:VALUE`,
		"https+put://example.org/x?header=a:${MISSING}":              "header in its query: MISSING: not set",
		"https+put://example.org/x?exists=200":                       "exists=200 in its query: want a status from 400 to 499",
		"https+put://example.org/%zz":                                "it is no URL: want https+put://",
	} {
		scheme, _, _ := strings.Cut(link, ":")
		k, _ := Find(scheme)
		_, err := Open(k, link, target.Setup{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\ngot  %v\nwant %s", link, err, want)
		}
	}
}

// TestWhere shows what URLs mean.
func TestWhere(t *testing.T) {
	t.Parallel()
	a := artifact.Artifact{Name: "demo_2%3a1.0~rc1+b-1_all.deb", Package: "demo", Version: "2:1.0~rc1+b-1", Arch: "all", Format: "deb"}
	for link, want := range map[string]string{
		"gitea://x@git.example.org/me":                                     "https://git.example.org/api/packages/me/debian/pool/stable/main/upload",
		"gitea://x@git.example.org:3000/sub/git/me":                        "https://git.example.org:3000/sub/git/api/packages/me/debian/pool/stable/main/upload",
		"gitea://x@127.0.0.1:3000/me":                                      "http://127.0.0.1:3000/api/packages/me/debian/pool/stable/main/upload",
		"gitea://x@127.0.0.1:3000/me?scheme=https":                         "https://127.0.0.1:3000/api/packages/me/debian/pool/stable/main/upload",
		"gitea://x@git/me?scheme=http":                                     "http://git/api/packages/me/debian/pool/stable/main/upload",
		"gitlab://x@gitlab.example.org/a/b/c":                              "https://gitlab.example.org/api/v4/projects/a%2Fb%2Fc/packages/generic/demo/2.1.0.rc1%2Bb-1/demo_2%253a1.0%7Erc1%2Bb-1_all.deb",
		"artifactory://x@acme.jfrog.io/debs?format=deb":                    "https://acme.jfrog.io/artifactory/debs/pool/d/demo/demo_2%253a1.0%7Erc1%2Bb-1_all.deb;deb.distribution=stable;deb.component=main;deb.architecture=all",
		"artifactory://x@example.org/repo/debs?format=deb":                 "https://example.org/repo/debs/pool/d/demo/demo_2%253a1.0%7Erc1%2Bb-1_all.deb;deb.distribution=stable;deb.component=main;deb.architecture=all",
		"gemfury://x@acme":                                                 "https://push.fury.io/acme/",
		"https+put://example.org/a%20b":                                    "https://example.org/a%20b/demo_2%253a1.0%7Erc1%2Bb-1_all.deb",
		"https+put://example.org/{format}/{arch}/{file}?q=a b&r={version}": "https://example.org/deb/all/demo_2%253a1.0%7Erc1%2Bb-1_all.deb?q=a%20b&r=2%3A1.0%7Erc1%2Bb-1",
	} {
		scheme, _, _ := strings.Cut(link, ":")
		k, _ := Find(scheme)
		at, err := Open(k, link, target.Setup{})
		if err != nil {
			t.Errorf("%s: %v", link, err)
			continue
		}
		r := at.service.(*rows)
		way, _ := r.route("deb")
		if r.own != nil {
			way = *r.own
		}
		if got, err := r.address(way.url, a); got != want || err != nil {
			t.Errorf("%s:\ngot  %s, %v\nwant %s", link, got, err, want)
		}
	}
}

// TestOwnTakes: what each build has under one name needs a place for each version.
func TestOwnTakes(t *testing.T) {
	t.Parallel()
	k, _ := Find("https+put")
	for link, want := range map[string]bool{"https+put://h/{name}/{file}": false, "https+put://h/{name}/{version}/{file}": true} {
		target, err := Open(k, link, target.Setup{})
		if err != nil {
			t.Fatal(err)
		}
		if got := target.Takes(artifact.Artifact{Name: "SHA256SUMS"}); got != want {
			t.Errorf("%s takes SHA256SUMS: %v", link, got)
		}
		if !target.Takes(artifact.Artifact{Name: "a.deb", Format: "deb"}) {
			t.Errorf("%s takes no package", link)
		}
	}
}
