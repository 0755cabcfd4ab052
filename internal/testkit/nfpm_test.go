package testkit

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	_ "github.com/goreleaser/nfpm/v2/rpm"
)

const changelog = `
- semver: "2.0.0-1"
  date: "2026-01-02T03:04:05Z"
  packager: "Jo Doe <jo@example.com>"
  changes: [{note: "a note"}]
`

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// writePackage packs one of everything with nFPM and returns the package's path.
func writePackage(t testing.TB, format, compression string) string {
	t.Helper()
	packager, err := nfpm.Get(format)
	if err != nil {
		t.Fatal(err)
	}
	info := everything(t)
	info.Deb.Compression, info.RPM.Compression = compression, compression
	path := filepath.Join(t.TempDir(), "demo."+format)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := packager.Package(nfpm.WithDefaults(info), file); err != nil {
		t.Fatal(err)
	}
	return path
}

func everything(t testing.TB) *nfpm.Info {
	source := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(source, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	content := func(kind, source, path string, mode os.FileMode, group string) *files.Content {
		return &files.Content{
			Type: kind, Source: source, Destination: path,
			FileInfo: &files.ContentFileInfo{Owner: "root", Group: group, Mode: mode, MTime: noon},
		}
	}
	info := &nfpm.Info{
		Name: "demo", Arch: "amd64", Epoch: "1", Version: "2.0~rc1", Release: "3", VersionSchema: "none",
		Section: "misc", Maintainer: "Jo Doe <jo@example.com>", Vendor: "Example", License: "MIT",
		Homepage: "https://example.com", Description: "A demo\nof every field.\n\nLast line.",
		Changelog: write("changelog.yaml", changelog), MTime: noon, DisableGlobbing: true,
	}
	info.Depends = []string{"libc6 (>= 2.36)", "adduser"}
	info.Provides = []string{"demo-api"}
	info.Conflicts = []string{"demo-old"}
	info.Replaces = []string{"demo-old"}
	info.Recommends = []string{"nginx"}
	info.Suggests = []string{"redis"}
	info.RPM.BuildHost = "builder"
	info.RPM.Group = "Applications/Internet"
	info.Scripts.PreInstall = write("preinst", "#!/bin/sh\necho preinst\n")
	info.Scripts.PostInstall = write("postinst", "#!/bin/sh\necho postinst\n")
	info.Scripts.PreRemove = write("prerm", "#!/bin/sh\necho prerm\n")
	info.Scripts.PostRemove = write("postrm", "#!/bin/sh\necho postrm\n")
	info.RPM.Scripts.PostTrans = write("posttrans", "echo posttrans\n")
	info.Deb.Triggers.InterestNoAwait = []string{"/opt/demo"}
	info.Contents = files.Contents{
		content("", write("app", "#!/bin/sh\n"), "/opt/demo/bin/app", 0o755, "root"),
		content("", write("empty", ""), "/opt/demo/empty", 0o644, "root"),
		content("", write("[x]{y}*", "glob"), "/opt/demo/[x]{y}* z", 0o644, "root"),
		content("symlink", "../../opt/demo/bin/app", "/usr/bin/demo", 0o777, "root"),
		content("config|noreplace", write("conf", "debug = false\n"), "/etc/demo/demo.conf", 0o640, "demo"),
		content("dir", "", "/var/lib/demo", 0o750, "demo"),
		content("ghost", "", "/var/log/demo.log", 0o600, "root"),
	}
	return info
}
