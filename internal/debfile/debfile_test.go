package debfile

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
)

// pack makes a package like ours with nFPM.
func pack(t *testing.T, compression, info string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte(info), 0o644); err != nil {
		t.Fatal(err)
	}
	name := "/usr/share/app/build-info.json"
	if info == "" {
		name = "/usr/share/app/other.json"
	}
	var b bytes.Buffer
	err := deb.Default.Package(nfpm.WithDefaults(&nfpm.Info{
		Name: "app", Arch: "all", Version: "1.0", Epoch: "2", Release: "3", VersionSchema: "none", Maintainer: "A <a@example.org>", MTime: time.Unix(0, 0),
		Overridables: nfpm.Overridables{
			Depends: []string{"python3.11", "libpq5 (>= 13)"},
			Deb:     nfpm.Deb{Compression: compression},
			Contents: files.Contents{
				{Source: file, Destination: name},
				{Source: file, Destination: "/lib/systemd/system/app.service"},
			},
		},
	}), &b)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const info = `{"distributions": [{"name": "Flask", "version": "3.0"}, {"name": "app", "version": "1.0"}]}`

func TestRead(t *testing.T) {
	want := File{
		Name: "app", Version: "2:1.0-3", Depends: []string{"python3.11", "libpq5 (>= 13)"}, Units: []string{"app.service"},
		Distributions: []Distribution{{"Flask", "3.0"}, {"app", "1.0"}},
	}
	for _, compression := range []string{"gzip", "xz", "zstd", "none"} {
		got, err := Read(bytes.NewReader(pack(t, compression, info)))
		if err != nil {
			t.Errorf("%s: %v", compression, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", compression, diff)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	good := pack(t, "gzip", info)
	for name, data := range map[string][]byte{
		"empty": nil, "something else": []byte("hello, world"), "cut short": good[:len(good)/2],
		"somebody else's": pack(t, "gzip", ""), "no JSON": pack(t, "gzip", "{"),
		"negative size": []byte("!<arch>\n" + strings.Repeat(" ", 48) + "-1        `\n"),
	} {
		if f, err := Read(bytes.NewReader(data)); err == nil {
			t.Errorf("%s: read as %+v", name, f)
		}
	}
	for i := 0; i < len(good); i += 7 { // damage anywhere gives an error or a result, never a panic
		bad := bytes.Clone(good)
		bad[i] ^= 0x55
		_, _ = Read(bytes.NewReader(bad))
	}
}

func TestCompare(t *testing.T) {
	old := File{Depends: []string{"python3.11", "libpq5"}, InstalledSize: 5 << 10, Distributions: []Distribution{{"a", "1"}, {"b", "1"}, {"c", "1"}}}
	new := File{Depends: []string{"python3.13", "libpq5"}, InstalledSize: 3 << 10, Units: []string{"x.service"}, Distributions: []Distribution{{"a", "2"}, {"c", "1"}, {"d", "4"}}}
	want := Difference{
		Distributions: []Change{{"a", "1", "2"}, {"b", "1", ""}, {"d", "", "4"}},
		Depends:       []Change{{"python3.11", "python3.11", ""}, {"python3.13", "", "python3.13"}},
		Units:         []Change{{"x.service", "", "x.service"}},
		Size:          -2 << 10,
	}
	if diff := cmp.Diff(want, Compare(old, new)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
