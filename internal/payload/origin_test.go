package payload

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/sbom"
)

func TestNarrow(t *testing.T) {
	t.Parallel()
	const wheel, any, sdist = "sha256:aa", "sha256:bb", "sha256:cc"
	files := map[string]string{
		wheel: "https://files.example.org/a/x-1%2Bcpu-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
		any:   "x-1-py2.py3-none-any.whl", sdist: "https://files.example.org/b/x-1.tar.gz",
	}
	all := sbom.Source{URL: "https://pypi.org/simple/x/", Hashes: []sbom.Hash{{Algorithm: "sha256", Value: "aa"}, {Algorithm: "sha256", Value: "bb"}, {Algorithm: "sha256", Value: "cc"}}}
	one := func(url, hash string) sbom.Source {
		return sbom.Source{URL: url, Hashes: []sbom.Hash{{Algorithm: "sha256", Value: hash}}}
	}
	for name, test := range map[string]struct {
		tags  []string
		built string
		files map[string]string
		want  sbom.Source
	}{
		"a wheel":              {[]string{"cp311-cp311-manylinux2014_x86_64", "cp311-cp311-manylinux_2_17_x86_64"}, "", files, one(files[wheel], "aa")},
		"one for all":          {[]string{"py3-none-any", "py2-none-any"}, "", files, one(all.URL, "bb")},
		"built here":           {[]string{"cp311-cp311-linux_x86_64"}, "x-1.tar.gz", files, one(files[sdist], "cc")},
		"other tags":           {[]string{"cp311-cp311-linux_x86_64"}, "", files, all},
		"no tags":              {nil, "", files, all},
		"the lock has none":    {[]string{"py3-none-any"}, "", nil, all},
		"not among the locked": {[]string{"py3-none-any"}, "", map[string]string{"sha256:dd": "x-1-py3-none-any.whl"}, all},
		"two of the same":      {[]string{"py3-none-any"}, "", map[string]string{"sha256:aa": "x-1-py3-none-any.whl", "sha256:bb": "x-1-2-py3-none-any.whl"}, all},
	} {
		r := lock.Requirement{Hashes: []string{wheel, any, sdist}, Files: test.files}
		if diff := cmp.Diff(test.want, narrow(all, r, test.tags, test.built)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPublic(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://me:secret@host.example.org:8443/a/x.whl?token=t#sha256=aa": "https://host.example.org:8443/a/x.whl",
		"https://${TOKEN}@host.example.org/x.whl":                           "https://host.example.org/x.whl",
		"https://me:p@ss@host.example.org":                                  "https://host.example.org",
		"https://host.example.org/@scope/x.whl":                             "https://host.example.org/@scope/x.whl",
		"":                                                                  "",
	} {
		if got := public(url); got != want {
			t.Errorf("%q: got %q, want %q", url, got, want)
		}
	}
}
