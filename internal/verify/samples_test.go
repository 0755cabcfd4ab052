//go:build acceptance

package verify

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// sample is a small application with a service, as a package of either format.
type sample struct {
	version string
	files   map[string]string // over those of the good one; "" leaves one out
	deb     map[string]string // lines that end maintainer scripts: "postinst"
	rpm     map[string]string // lines that end scriptlets: "post"
	needs   string
	bare    bool // without any script
}

const demoService = `[Unit]
Description=Demo

[Service]
User=demo
StateDirectory=demo
ExecStart=/usr/bin/demo serve

[Install]
WantedBy=multi-user.target
`

// contents are the files of a sample.
func (s sample) contents() map[string]string {
	files := map[string]string{
		"/usr/bin/demo":                        "#!/bin/sh\ncase \"$1\" in\nserve) touch /var/lib/demo/data; exec sleep infinity ;;\nversion) echo " + s.version + " ;;\n*) exit 1 ;;\nesac\n",
		"/usr/lib/systemd/system/demo.service": demoService,
	}
	maps.Copy(files, s.files)
	maps.DeleteFunc(files, func(_, text string) bool { return text == "" })
	return files
}

var addUser = "getent passwd demo >/dev/null || useradd --system --home-dir /var/lib/demo --no-create-home --shell /usr/sbin/nologin demo\n"

var demoDeb = map[string]string{
	"postinst": addUser + "deb-systemd-helper enable demo.service >/dev/null || true\nsystemctl daemon-reload || true\n" +
		"deb-systemd-invoke restart demo.service || true\n",
	"prerm":  "[ \"$1\" != remove ] || deb-systemd-invoke stop demo.service || true\n",
	"postrm": "systemctl daemon-reload || true\n[ \"$1\" != purge ] || { deb-systemd-helper purge demo.service || true; rm -rf /var/lib/demo; }\n",
}

// demoRPM restarts what failed, too, so that a roll-back brings it back.
var demoRPM = map[string]string{
	"pre":       addUser,
	"post":      "systemctl daemon-reload || :\n",
	"preun":     "[ $1 -ne 0 ] || systemctl --no-reload disable --now demo.service || :\n",
	"postun":    "systemctl daemon-reload || :\n",
	"posttrans": "[ $1 -eq 1 ] || systemctl restart demo.service || :\n",
}

// build makes the package in a directory of its own.
func (s sample) build(t testing.TB, format string) string {
	t.Helper()
	work := t.TempDir()
	tree := filepath.Join(work, "tree")
	files := s.contents()
	for name, text := range files {
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		put(t, filepath.Join(tree, name), text, mode)
	}
	if format == "deb" {
		return s.buildDeb(t, work, tree)
	}
	return s.buildRPM(t, work, tree, slices.Sorted(maps.Keys(files)))
}

func (s sample) buildDeb(t testing.TB, work, tree string) string {
	t.Helper()
	testkit.Need(t, "dpkg-deb")
	control := fmt.Sprintf("Package: demo\nVersion: %s\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: demo\n", s.version)
	if s.needs != "" {
		control += "Depends: " + s.needs + "\n"
	}
	put(t, filepath.Join(tree, "DEBIAN/control"), control, 0o644)
	for name, text := range demoDeb {
		if s.bare {
			continue
		}
		put(t, filepath.Join(tree, "DEBIAN", name), "#!/bin/sh\nset -e\n"+text+s.deb[name], 0o755)
	}
	file := filepath.Join(work, "demo_"+s.version+"_all.deb")
	output(t, exec.Command("dpkg-deb", "--root-owner-group", "--build", tree, file))
	return file
}

func (s sample) buildRPM(t testing.TB, work, tree string, files []string) string {
	t.Helper()
	testkit.Need(t, "rpmbuild")
	spec := fmt.Sprintf("Name: demo\nVersion: %s\nRelease: 1\nSummary: demo\nLicense: MIT\nBuildArch: noarch\nAutoReqProv: no\n", s.version)
	if s.needs != "" {
		spec += "Requires: " + s.needs + "\n"
	}
	spec += "%description\ndemo\n%install\ncp -a " + tree + "/. %{buildroot}\n"
	for name, text := range demoRPM {
		spec += "%" + name + "\n" + text + s.rpm[name]
	}
	spec += "%files\n" + strings.Join(files, "\n") + "\n"
	file := filepath.Join(work, "demo.spec")
	put(t, file, spec, 0o644)
	output(t, exec.Command("rpmbuild", "-bb", "--define", "_topdir "+work+"/rpm", file))
	return filepath.Join(work, "rpm/RPMS/noarch/demo-"+s.version+"-1.noarch.rpm")
}

func put(t testing.TB, name, text string, mode os.FileMode) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err == nil {
		err = os.WriteFile(name, []byte(text), mode)
	}
	if err == nil {
		err = os.Chmod(name, mode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func output(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	out, err := testkit.Output(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
