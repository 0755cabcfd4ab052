package sbom

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/license"
)

const auditwheel = `{"bomFormat": "CycloneDX", "specVersion": "1.4", "version": 1,
 "metadata": {"component": {"type": "library", "bom-ref": "pkg:pypi/Foo@1.0", "name": "foo", "version": "1.0", "purl": "pkg:pypi/foo@1.0?file_name=foo.whl"}},
 "components": [
  {"type": "library", "bom-ref": "self", "name": "foo", "version": "1.0", "purl": "pkg:pypi/foo@1.0"},
  {"type": "library", "bom-ref": "z", "name": "zlib", "version": "1.2.7", "purl": "pkg:rpm/almalinux/zlib@1.2.7", "licenses": [{"license": {"name": "zlib license"}}],
   "hashes": [{"alg": "SHA-256", "content": "` + hex64 + `"}, {"alg": "SHA-1", "content": "short"}],
   "components": [{"type": "library", "name": "minizip", "licenses": [{"expression": "Zlib OR MIT"}]}]},
  {"type": "library", "bom-ref": "o", "name": "openssl", "cpe": "none", "licenses": [{"license": {"id": "Apache-2.0"}}]}],
 "dependencies": [{"ref": "self", "dependsOn": ["z"]}, {"ref": "o", "dependsOn": ["z", "gone", "o"]}]}`

const hex64 = "abababababababababababababababababababababababababababababababab"

func TestForeign(t *testing.T) {
	t.Parallel()
	got, err := Foreign([]byte(auditwheel), "foo==1.0", "foo==1.0#0", "foo")
	if err != nil {
		t.Fatal(err)
	}
	want := []Component{
		{ID: "foo==1.0#0#1", Kind: Library, Name: "zlib", Version: "1.2.7", PURL: "pkg:rpm/almalinux/zlib@1.2.7", In: "foo==1.0", License: license.License{Said: "zlib license"}, Hashes: []Hash{{"sha256", hex64}}},
		{ID: "foo==1.0#0#2", Kind: Library, Name: "minizip", In: "foo==1.0#0#1", License: license.License{Expression: "Zlib OR MIT"}},
		{ID: "foo==1.0#0#3", Kind: Library, Name: "openssl", In: "foo==1.0", License: license.License{Expression: "Apache-2.0"}, DependsOn: []string{"foo==1.0#0#1"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("CycloneDX (-want +got):\n%s", diff)
	}
	f, _ := Find("spdx")
	text, err := f.Write(everything())
	if err != nil {
		t.Fatal(err)
	}
	if got, err = Foreign(text, "a", "a", "numpy"); err != nil || len(got) != 9 { // but numpy
		t.Errorf("SPDX: %d packages: want 9 (%v)\n%v", len(got), err, got)
	}
	for _, bad := range []string{"", "{}", "[]", `{"bomFormat": 1}`, `{"spdxVersion": "SPDX-9"}`, `{"bomFormat": "CycloneDX", "components": [` + strings.Repeat(`{"name": "x", "type": "library", "components": [`, 30)} {
		if list, err := Foreign([]byte(bad), "a", "a", "a"); err == nil {
			t.Errorf("%.60s: took %v", bad, list)
		}
	}
}

// FuzzForeign holds that whatever a distribution brings can be written again.
func FuzzForeign(f *testing.F) {
	f.Add([]byte(auditwheel))
	spdx, _ := Find("spdx")
	if text, err := spdx.Write(everything()); err == nil {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := Foreign(text, "in", "in", "foo")
		if err != nil {
			return
		}
		c := Contents{Package: Component{ID: "package", Kind: Application, Name: "x"}, Components: append([]Component{{ID: "in", Kind: Library, Name: "foo"}}, list...)}
		for _, format := range Formats {
			if out, err := format.Write(c); err != nil || !json.Valid(out) {
				t.Errorf("%s: %v", format.Name, err)
			}
		}
	})
}
