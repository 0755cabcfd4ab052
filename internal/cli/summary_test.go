package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/debfile"
	"github.com/pinpack/pinpack/internal/pipeline"
	"github.com/pinpack/pinpack/internal/step"
	"github.com/pinpack/pinpack/internal/steps"
	"github.com/pinpack/pinpack/internal/venv"
)

// TestSummary shows the whole page for a pull request after a release.
func TestSummary(t *testing.T) {
	r := pipeline.Result{
		Name: "app", Version: "1.1", Python: "3.11.2", Prefix: "/opt/app", InstalledSize: 3_000_000,
		Packages: []artifact.Artifact{
			{Name: "app_1.1-1_all.deb", Format: "deb", Size: 1_500_000, SHA256: "aa"},
			{Name: "app-1.1-1.noarch.rpm", Format: "rpm", Size: 1_600_000, SHA256: "bb"},
		},
		Distributions: []venv.Distribution{{Name: "app", Version: "1.1", Size: 1000}, {Name: "Django", Version: "5.2", Size: 2_000_000}},
		Stages:        []pipeline.Stage{{Name: "virtualenv", Seconds: 1.23}},
		Steps:         []steps.Timing{{Step: step.Step{Kind: "test", Name: "test 1", Command: "python -m pytest | tee `x`"}, Seconds: 4}},
		Published: []artifact.Receipt{
			{Artifact: "app_1.1-1_all.deb", Target: "workflow:app-1.1", URL: "https://github.com/me/app/actions/runs/7/artifacts/9"},
			{Artifact: "app-1.1-1.noarch.rpm", Target: "workflow:app-1.1", URL: "https://github.com/me/app/actions/runs/7/artifacts/9"},
		},
	}
	before := previous{"v1.0", debfile.File{Version: "1.0-1", Depends: []string{"python3.11"}, InstalledSize: 5 << 20, Distributions: []debfile.Distribution{{Name: "app", Version: "1.0"}, {Name: "six", Version: "1.16"}}}}
	now := debfile.File{Version: "1.1-1", Depends: []string{"python3.11", "libpq5"}, InstalledSize: 3 << 20, Distributions: []debfile.Distribution{{Name: "app", Version: "1.1"}, {Name: "Django", Version: "5.2"}}}
	want := "### app 1.1\n\n" +
		"| package | size | SHA-256 |\n| --- | ---: | --- |\n" +
		"| [`app_1.1-1_all.deb`](https://github.com/me/app/actions/runs/7/artifacts/9) | 1.5 MB | `aa` |\n" +
		"| [`app-1.1-1.noarch.rpm`](https://github.com/me/app/actions/runs/7/artifacts/9) | 1.6 MB | `bb` |\n" +
		"\nPython 3.11.2, 2 distributions, 3.0 MB installed at `/opt/app`.\n" +
		"\nInstall this build:\n\n```sh\n" +
		"gh run download 7 --repo me/app --name app-1.1 && sudo apt-get install ./app_1.1-1_all.deb\n" +
		"gh run download 7 --repo me/app --name app-1.1 && sudo dnf install ./app-1.1-1.noarch.rpm\n```\n" +
		"\n#### On a server with `v1.0`\n\nThe package goes from `1.0-1` to `1.1-1`.\n\n| what | from | to |\n| --- | --- | --- |\n" +
		"| `Django` | – | `5.2` |\n| `app` | `1.0` | `1.1` |\n| `six` | `1.16` | – |\n| depends on `libpq5` | – | `yes` |\n" +
		"\nIt takes 2.1 MB less.\n" +
		"\n<details><summary>Times</summary>\n\n| stage | time |\n| --- | ---: |\n| virtualenv | 1.2 s |\n| test 1: `python -m pytest \\| tee 'x'` | 4.0 s |\n\n</details>\n" +
		"\n<details><summary>What takes the space</summary>\n\n```mermaid\npie title Bytes on the server\n" +
		"  \"Django\" : 2000000\n  \"app\" : 1000\n  \"everything else\" : 999000\n```\n\n" +
		"| distribution | version | size |\n| --- | --- | ---: |\n| `Django` | `5.2` | 2.0 MB |\n| `app` | `1.1` | 1.0 kB |\n\n</details>\n"
	got := summary(r, "me/app", "https://github.com/me/app/actions/runs/7", &before, &now)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	r.Published = []artifact.Receipt{{Artifact: "app_1.1-1_all.deb", Target: "release:me/app@v1.1", URL: "https://github.com/me/app/releases/download/v1.1/app_1.1-1_all.deb"}}
	if got := summary(r, "me/app", "", nil, nil); !strings.Contains(got, "\ncurl -fLO https://github.com/me/app/releases/download/v1.1/app_1.1-1_all.deb && sudo apt-get install ./app_1.1-1_all.deb\n") || strings.Contains(got, "On a server") {
		t.Errorf("of a release:\n%s", got)
	}
}
