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
	entries, err := documents(pl, env, info)
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
	const others = "Comment: The distributions beside the project's own in /opt/apps/shop\n carry their licences in their .dist-info directories.\n"
	const mit = "MIT License\n\nCopyright (c) 2024  Ann\n  Copyright (C) 2025 Ben\r\nCopyright © 2026 Öl\nCopyright notices stay.\n\n  Indented. \n\n"
	const holders = "Copyright: 2024 Ann\n 2025 Ben\n 2026 Öl\n"
	const text = " MIT License\n .\n Copyright (c) 2024  Ann\n   Copyright (C) 2025 Ben\n Copyright © 2026 Öl\n Copyright notices stay.\n .\n   Indented.\n"
	tests := map[string]struct {
		files  map[string]string // in the project's .dist-info
		change func(*plan.Plan)
		want   string
	}{
		"no licence file": {
			nil, func(*plan.Plan) {},
			head + source + others + "\nFiles: *\nCopyright: Ann Öl\nLicense: MIT\n",
		},
		"nothing known": {
			nil, func(pl *plan.Plan) { pl.Metadata.License, pl.Metadata.Homepage = "", "" },
			head + others + "\nFiles: *\nCopyright: Ann Öl\nLicense: unknown\n",
		},
		"a licence as PEP 639 has it": {
			map[string]string{"licenses/LICENSE": mit}, func(*plan.Plan) {},
			head + source + others + "\nFiles: *\n" + holders + "License: MIT\n" + text,
		},
		"a licence as older backends have it": {
			map[string]string{"LICENCE.txt": mit}, func(*plan.Plan) {},
			head + source + others + "\nFiles: *\n" + holders + "License: MIT\n" + text,
		},
		"several": {
			map[string]string{"licenses/a/COPYING": "A\n", "licenses/B": "Copyright 2020 B\n", "COPYING": "C\n", "NOTICE": "not one\n"}, func(*plan.Plan) {},
			head + source + others + "\nFiles: *\nCopyright: 2020 B\nLicense: MIT\n Copyright 2020 B\n A\n C\n",
		},
	}
	for name, test := range tests {
		pl, env := shop(t)
		pl.Scripts = []string{}
		test.change(&pl)
		put(t, env.Dir+"/"+site+"my_shop-3.dist-info", test.files)
		put(t, env.Dir+"/"+site+"attrs-2.dist-info", map[string]string{"LICENSE": "Copyright 1999 another distribution's\n"})
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
