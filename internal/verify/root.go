package verify

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
)

// mirrors of distributions whose roots debootstrap(8) makes.
const (
	debianMirror = "http://deb.debian.org/debian"
	ubuntuMirror = "http://archive.ubuntu.com/ubuntu"
)

// suite is a release as debootstrap names it.
type suite struct{ image, name, mirror, components string }

// suites is the table of images that systemd-nspawn has without being given a
// root.
var suites = []suite{
	{"debian:11", "bullseye", debianMirror, "main"},
	{"debian:12", "bookworm", debianMirror, "main"},
	{"debian:13", "trixie", debianMirror, "main"},
	{"ubuntu:22.04", "jammy", ubuntuMirror, "main,universe"},
	{"ubuntu:24.04", "noble", ubuntuMirror, "main,universe"},
}

func suiteFor(image string) (suite, error) {
	var names []string
	for _, s := range suites {
		if s.image == image || s.image+"-slim" == image {
			return s, nil
		}
		names = append(names, s.image)
	}
	return suite{}, fmt.Errorf("no root for %q: want %s, or the path of a root directory or tarball", image, strings.Join(names, ", "))
}

// makeRoot makes the directory root: a copy of a directory, a tarball unpacked,
// or a release that debootstrap fetches.
func makeRoot(ctx context.Context, run *command.Runner, image, root string) error {
	var p command.Program
	info, err := os.Stat(image)
	switch {
	case !isPath(image):
		s, err := suiteFor(image)
		if err != nil {
			return err
		}
		p = command.Program{Name: "debootstrap", Args: []string{"--variant=minbase", "--components=" + s.components, s.name, root, s.mirror}}
	case err != nil:
		return err
	case info.IsDir():
		p = command.Program{Name: "cp", Args: []string{"--archive", "--one-file-system", "--reflink=auto", "--no-target-directory", "--", image, root}}
	default:
		if err := os.Mkdir(root, 0o755); err != nil {
			return err
		}
		p = command.Program{Name: "tar", Args: []string{"--extract", "--numeric-owner", "--preserve-permissions", "--xattrs", "--xattrs-include=*", "--directory", root, "--file", image}}
	}
	return run.Run(ctx, p)
}
