package payload

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/venv"
)

// texts are the documents of a shop by their names.
func texts(t *testing.T, pl plan.Plan, env venv.Env) map[string]string {
	t.Helper()
	_, info, err := Gather(pl, env, Private{})
	if err != nil {
		t.Fatal(err)
	}
	list, err := shippedDistributions(pl, env)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := documents(pl, env, &info, list)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		if e.Data != nil {
			all[e.Path[strings.LastIndex(e.Path, "/")+1:]] = string(e.Data)
		}
	}
	return all
}

func TestBuildInfo(t *testing.T) {
	t.Parallel()
	pl, env := shop(t)
	want := `{
  "name": "shop",
  "version": "3",
  "iteration": "2",
  "commit": "4f2a",
  "modified": true,
  "built": "2026-01-02T03:04:05Z",
  "prefix": "/opt/apps/shop",
  "python": "3.11.2",
  "interpreter": "/usr/bin/python3.11",
  "lock": [
    "uv.lock"
  ],
  "unhashed": true,
  "depends": {
    "deb": [
      "python3.11"
    ],
    "rpm": [
      "/usr/bin/python3.11"
    ]
  },
  "distributions": [
    {
      "name": "attrs",
      "version": "2"
    },
    {
      "name": "My.Shop",
      "version": "3"
    },
    {
      "name": "Zope",
      "version": "1.0"
    }
  ]
}
`
	pl.Scripts = []string{}
	if diff := cmp.Diff(want, texts(t, pl, env)["build-info.json"]); diff != "" {
		t.Errorf("build-info.json (-want +got):\n%s", diff)
	}
	pl.Commit, pl.Dirty = "", false
	want = strings.Replace(want, "  \"commit\": \"4f2a\",\n  \"modified\": true,\n", "", 1)
	if diff := cmp.Diff(want, texts(t, pl, env)["build-info.json"]); diff != "" {
		t.Errorf("build-info.json without a commit (-want +got):\n%s", diff)
	}
}

func TestCopyright(t *testing.T) {
	t.Parallel()
	const head = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: shop\n"
	const source = "Source: https://shop.example.org/?a=1&b=2\n"
	const others = "Comment: An application with the distributions that it runs on. Each carries\n its licence in its .dist-info directory, too.\n"
	const mit = "MIT License\n\nCopyright (c) 2024  Ann\n  Copyright (C) 2025 Ben\r\nCopyright © 2026 Öl\nCopyright notices stay.\n\n  Indented. \n\n"
	const holders = "Copyright: 2024 Ann\n 2025 Ben\n 2026 Öl\n"
	const text = "\nLicense: Expat\n MIT License\n .\n Copyright notices stay.\n .\n   Indented.\n"
	const noText = "\nLicense: Expat\n The distribution brings no text of its licence. See https://spdx.org/licenses/MIT.html.\n"
	const at = "opt/apps/shop/lib/python3.11/site-packages/"
	const files = "\nFiles: " + at + "attrs-2.dist-info/*\nCopyright: 1999 another distribution's\nLicense: unknown\nComment: attrs 2\n" +
		"\nFiles: " + at + "Zope-1.0.dist-info/*\nCopyright: the authors of Zope\nLicense: unknown-zope\nComment: Zope 1.0\n"
	const unknown = "\nLicense: unknown\n Be kind.\n" +
		"\nLicense: unknown-zope\n The distribution brings no text of its licence. See /" + at + "Zope-1.0.dist-info.\n"
	tests := map[string]struct {
		files  map[string]string // in the project's .dist-info
		change func(*plan.Plan)
		want   string
	}{
		"no licence file": {
			nil, func(*plan.Plan) {},
			head + source + others + "\nFiles: *\nCopyright: Ann Öl\nLicense: Expat\n" + files + noText + unknown,
		},
		"words": {
			nil, func(pl *plan.Plan) { pl.Metadata.License, pl.Metadata.Homepage = "ask us first", "" },
			head + others + "\nFiles: *\nCopyright: Ann Öl\nLicense: other\n" + files +
				"\nLicense: other\n The distribution brings no text of its licence. See /" + at + "my_shop-3.dist-info.\n" + unknown,
		},
		"a licence as PEP 639 has it": {
			map[string]string{"licenses/LICENSE": mit}, func(*plan.Plan) {},
			head + source + others + "\nFiles: *\n" + holders + "License: Expat\n" + files + text + unknown,
		},
		"a licence as older backends have it": {
			map[string]string{"LICENCE.txt": mit}, func(*plan.Plan) {},
			head + source + others + "\nFiles: *\n" + holders + "License: Expat\n" + files + text + unknown,
		},
		"several": {
			map[string]string{"licenses/a/COPYING": "A\n", "licenses/B": "Copyright 2020 B\nB\n", "COPYING": "C\n", "NOTICE": "D\n", "README": "not one\n"}, func(*plan.Plan) {},
			head + source + others + "\nFiles: *\nCopyright: 2020 B\nLicense: Expat\n" + files + "\nLicense: Expat\n C\n .\n D\n .\n B\n .\n A\n" + unknown,
		},
		"one that every Debian system has": {
			map[string]string{"COPYING": "Long.\n"}, func(pl *plan.Plan) { pl.Metadata.License = "GPL-3.0-or-later" },
			head + source + others + "\nFiles: *\nCopyright: Ann Öl\nLicense: GPL-3+\n" + files +
				"\nLicense: GPL-3+\n The text is beside the metadata of each distribution under this licence, in a\n file of its .dist-info directory, and on Debian systems in\n /usr/share/common-licenses/GPL-3.\n" + unknown,
		},
		"a choice, with a text that is none of them": {
			map[string]string{"licenses/MIT": mit}, func(pl *plan.Plan) { pl.Metadata.License = "MIT OR (ISC AND GPL-2.0-only)" },
			head + source + others + "\nFiles: *\n" + holders + "License: Expat or ISC and GPL-2\n" + files +
				"\nLicense: GPL-2\n The text is beside the metadata of each distribution under this licence, in a\n file of its .dist-info directory, and on Debian systems in\n /usr/share/common-licenses/GPL-2.\n" +
				strings.Replace(text, "Expat", "ISC", 1) + noText + unknown,
		},
	}
	for name, test := range tests {
		pl, env := shop(t)
		pl.Scripts = []string{}
		test.change(&pl)
		put(t, env.Dir+"/"+site+"my_shop-3.dist-info", test.files)
		put(t, env.Dir+"/"+site+"attrs-2.dist-info", map[string]string{"LICENSE": "Copyright 1999 another distribution's\nBe kind.\n"})
		if diff := cmp.Diff(test.want, texts(t, pl, env)["copyright"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDocumentsNeedTheProjectInstalled(t *testing.T) {
	t.Parallel()
	pl, env := shop(t)
	env.Wheel.Name = "another"
	_, _, err := Gather(pl, env, Private{})
	if want := `find distribution "another": not installed`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestDebianChangelog(t *testing.T) {
	t.Parallel()
	pl, env := shop(t)
	pl.Scripts = []string{}
	packed := texts(t, pl, env)["changelog.Debian.gz"]
	z, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	want := "shop (1:3-2) unstable; urgency=medium\n\n  * Version 3, built from commit 4f2a.\n\n -- Ann Öl <ann@example.org>  Fri, 02 Jan 2026 03:04:05 +0000\n"
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("changelog (-want +got):\n%s", diff)
	}
	if !z.ModTime.IsZero() || z.Name != "" {
		t.Errorf("it is named %q and of %s: want neither, it would change every day", z.Name, z.ModTime)
	}
	if again := texts(t, pl, env)["changelog.Debian.gz"]; !bytes.Equal([]byte(packed), []byte(again)) {
		t.Error("it is another one the second time")
	}
	pl.Packages = pl.Packages[:1]
	if got := texts(t, pl, env)["changelog.Debian.gz"]; got != "" {
		t.Error("there is one without a .deb")
	}
}
