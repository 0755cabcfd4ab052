package debfile

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestControlIsWhatDpkgReads asks dpkg for the control file of the same package.
func TestControlIsWhatDpkgReads(t *testing.T) {
	testkit.Need(t, "dpkg-deb")
	for _, compression := range []string{"gzip", "xz", "zstd", "none"} {
		data := pack(t, compression, "{}")
		file := filepath.Join(t.TempDir(), "x.deb")
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		want := testkit.Run(t, exec.Command("dpkg-deb", "--ctrl-tarfile", file))
		got, err := Control(bytes.NewReader(data))
		if err != nil || !strings.Contains(want, got) || !strings.HasPrefix(got, "Package: app\nVersion: 2:1.0-3\n") {
			t.Errorf("%s: %q, %v", compression, got, err)
		}
	}
	for name, data := range map[string][]byte{"empty": nil, "something else": []byte("hello, world"), "no members": []byte("!<arch>\n"), "cut short": pack(t, "gzip", "{}")[:200]} {
		if text, err := Control(bytes.NewReader(data)); err == nil {
			t.Errorf("%s: %q, want an error", name, text)
		}
	}
}

// TestOrderIsDpkgs asks dpkg for the order of neighbours; ours sorts them.
func TestOrderIsDpkgs(t *testing.T) {
	dpkg := testkit.Need(t, "dpkg")
	list := []string{"0", "00", "1", "1.0", "1.0-1", "1.0-1.1", "1.0-10", "1.0-2", "1.0~rc1-1", "1.0~rc1", "1.0~~", "1.0+b1", "1.0a", "1.0.a", "1a", "1:0.1", "0:1.0", "2:0", "10", "9", "1.10", "1.9", "1.0-0", "1.0-~1", "1.0-1~bpo12+1", "1.01", "1-1-1", "1.0+", "1.0~", "1.0z"}
	slices.SortFunc(list, CompareVersions)
	for i := 1; i < len(list); i++ {
		relation := "lt"
		if CompareVersions(list[i-1], list[i]) == 0 {
			relation = "eq"
		}
		if err := exec.Command(dpkg, "--compare-versions", list[i-1], relation, list[i]).Run(); err != nil {
			t.Errorf("%q %s %q: dpkg does not think so", list[i-1], relation, list[i])
		}
	}
}
