package payload

import (
	"path"

	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/tree"
)

// lintianOverrides is why a .deb that holds an application with all its
// distributions is not as lintian(1) has packages of Debian's own. In what is
// matched, * stands for anything.
var lintianOverrides = []struct{ tag, matches, why string }{
	{"dir-or-file-in-opt", "*", "An application with all that it imports is add-on software, which has its place in /opt (FHS 3.13)."},
	{"package-installs-python-pycache-dir", "*", "Its modules are compiled when it is built: there is no trigger that would do so on the server, and nobody there may write to them."},
	{"unusual-interpreter", "*", "Its commands run in its own virtualenv."},
	{"script-not-executable", "*", "Modules are as their distributions have them; some begin like a script."},
	{"executable-not-elf-or-script", "*", "Modules are as their distributions have them; some may be executed, but are no scripts."},
	{"unstripped-binary-or-object", "*", "Native modules are as their wheels have them, byte by byte, so that they are those of the lock's hashes."},
	{"shared-library-lacks-prerequisites", "*", "As above."},
	{"embedded-library", "*", "Wheels bring the libraries that they were built with."},
	{"extra-license-file", "*", "Each distribution keeps its licence in its metadata."},
	{"package-contains-documentation-outside-usr-share-doc", "*", "Text files of distributions are data to them."},
	{"package-contains-timestamped-gzip", "*", "Compressed files of distributions are data to them."},
	{"privacy-breach-generic", "*", "Pages of distributions are as they are on the package index."},
	{"privacy-breach-uses-embedded-file", "*", "As above."},
	{"no-manual-page", "*", "Commands of Python applications explain themselves with --help."},
	{"initial-upload-closes-no-bugs", "*", "Nobody asked Debian for a package of it."},
	{"malformed-deb-archive", "*data.tar.zst*", "dpkg reads zstd since Debian 12 and Ubuntu 18.04, only Debian's archive does not take it."},
	{"maintainer-script-calls-systemctl", "*", "Units are restarted by deb-systemd-invoke where it is installed. The release command is run by hand, after policy-rc.d was asked, because its failure counts."},
}

// overrides is the file by which lintian(1) knows of the exceptions.
func overrides(pl plan.Plan) tree.Entry {
	text := ""
	for _, o := range lintianOverrides {
		text += "# " + o.why + "\n" + pl.Name + ": " + o.tag + " " + o.matches + "\n"
	}
	e := tree.Text(path.Join("/usr/share/lintian/overrides", pl.Name), text)
	e.Only = "deb"
	return e
}
