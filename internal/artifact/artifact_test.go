package artifact

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readChecksums reads what `sha256sum --check` does: 64 hexadecimal digits, a
// blank, a blank or an asterisk, and the name up to the end of the line. A name
// that needs escapes has a backslash in front of the line.
func readChecksums(t *testing.T, text string) map[string]string {
	t.Helper()
	line := regexp.MustCompile(`^([0-9a-f]{64}) [ *](.+)$`)
	sums := map[string]string{}
	for in := bufio.NewScanner(strings.NewReader(text)); in.Scan(); {
		m := line.FindStringSubmatch(in.Text())
		if m == nil {
			t.Fatalf("sha256sum takes no line %q", in.Text())
		}
		sums[m[2]] = m[1]
	}
	return sums
}

func TestChecksumsAreWhatSHA256SumReads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := map[string]string{
		"whois_1.4.0-1_all.deb":                    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"whois-1.4.0-1.noarch.rpm":                 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"a name with blanks and ~ 1:2.0-1_all.deb": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
	}
	content := map[string]string{"whois-1.4.0-1.noarch.rpm": "abc", "a name with blanks and ~ 1:2.0-1_all.deb": "x"}
	var list []Artifact
	for name := range want {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content[name]), 0o600); err != nil {
			t.Fatal(err)
		}
		sum, size, err := Digest(path)
		if err != nil || size != int64(len(content[name])) {
			t.Fatalf("Digest(%q) = %d bytes, %v", name, size, err)
		}
		list = append(list, Artifact{Name: name, Path: path, SHA256: sum, Size: size})
	}
	if diff := cmp.Diff(want, readChecksums(t, Checksums(list))); diff != "" {
		t.Errorf("checksums (-want +got):\n%s", diff)
	}
	if got := Checksums(nil); got != "" {
		t.Errorf("the checksums of nothing are %q", got)
	}
}

func TestDigestFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, _, err := Digest(filepath.Join(dir, "gone")); !os.IsNotExist(err) {
		t.Errorf("a missing file: %v", err)
	}
	_, _, err := Digest(dir)
	if want := `read "` + dir + `": read ` + dir + `: is a directory`; err == nil || err.Error() != want {
		t.Errorf("a directory: got %v, want %s", err, want)
	}
}

func TestFormatForFindsOrListsTheFormats(t *testing.T) {
	t.Parallel()
	for _, name := range FormatNames() {
		if f, err := FormatFor(name); f.Name != name || err != nil {
			t.Errorf("FormatFor(%q) = %q, %v", name, f.Name, err)
		}
	}
	_, err := FormatFor("snap")
	if want := `unknown format "snap": want deb or rpm`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestFormatsKnowTheSameArchitectures holds that a tree which one format can
// carry is carried by all.
func TestFormatsKnowTheSameArchitectures(t *testing.T) {
	t.Parallel()
	for _, f := range Formats {
		for arch := range Formats[0].Arches {
			if f.Arches[arch] == "" {
				t.Errorf("%s has no word for the architecture %q", f.Name, arch)
			}
		}
		if len(f.Arches) != len(Formats[0].Arches) {
			t.Errorf("%s knows %d architectures, %s %d", f.Name, len(f.Arches), Formats[0].Name, len(Formats[0].Arches))
		}
	}
}

// TestArtifactIsWrittenAsDocumented holds the keys of pinpack.json and of the
// output packages, which workflows read.
func TestArtifactIsWrittenAsDocumented(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(Artifact{"dist/x.deb", "x.deb", "deb", "x", "1-1", "all", 3, "ab"})
	want := `{"path":"dist/x.deb","name":"x.deb","format":"deb","package":"x","version":"1-1","arch":"all","size":3,"sha256":"ab"}`
	if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
		t.Errorf("%v; artifact (-want +got):\n%s", err, diff)
	}
	got, err = json.Marshal(Receipt{Artifact: "x.deb", Target: "dir:/srv", URL: "file:///srv/x.deb"})
	want = `{"artifact":"x.deb","target":"dir:/srv","url":"file:///srv/x.deb"}`
	if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
		t.Errorf("%v; receipt (-want +got):\n%s", err, diff)
	}
}
