//go:build acceptance

package acceptance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// dep5 reads copyright files as Debian's own module does. Each licence that is named is
// there once, and each that is there is named.
const dep5 = `import re, sys
from debian.copyright import Copyright
for file in sys.argv[1:]:
    c = Copyright(open(file, encoding="utf-8"), strict=True)
    names = [p.license.synopsis for p in c.all_license_paragraphs()]
    used = set()
    for p in c.all_files_paragraphs():
        assert p.files and p.copyright, p
        used.update(w for w in re.findall(r"[^\s,]+", p.license.synopsis) if w not in ("and", "or"))
    print(len(list(c.all_files_paragraphs())), sorted(used ^ set(names)), len(names) - len(set(names)))
`

// TestCopyright has lintian and Debian's own reader look at copyright files.
func TestCopyright(t *testing.T) {
	testkit.NeedRoot(t)
	testkit.NeedNetwork(t)
	t.Parallel()
	lintian := testkit.Need(t, "lintian")
	installTool(t, "uv")
	module := t.TempDir()
	install := exec.Command(filepath.Join(toolBin(), "uv"), "pip", "install", "--quiet", "--python", python, "--target", module, "python-debian==1.1.1")
	install.Env = toolEnv()
	testkit.Run(t, install)
	for folder, want := range map[string]string{"whois": "10 [] 0\n", "notes": "", "orders": "11 [] 0\n"} {
		r := built(t, folder)
		cmd := exec.Command(lintian, "--check-part", "debian/copyright,debian/copyright/apache-notice", "--display-info", "--pedantic", "--display-experimental", "--allow-root", r.file(t, "deb"))
		if out := testkit.Run(t, cmd); out != "" {
			t.Errorf("%s: lintian:\n%s", folder, out)
		}
		file := filepath.Join(t.TempDir(), "copyright")
		if err := os.WriteFile(file, read(t, r.file(t, "deb")).Contents["/usr/share/doc/"+r.Name+"/copyright"], 0o644); err != nil {
			t.Fatal(err)
		}
		reader := exec.Command(python, "-c", dep5, file)
		reader.Env = append(os.Environ(), "PYTHONPATH="+module)
		if out := testkit.Run(t, reader); !strings.HasSuffix(out, " [] 0\n") || want != "" && out != want {
			t.Errorf("%s: python-debian reads %q: want %q", folder, out, want)
		}
	}
}
