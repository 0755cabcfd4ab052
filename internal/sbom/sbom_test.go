package sbom

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	spdxjson "github.com/spdx/tools-golang/json"

	"github.com/pinpack/pinpack/internal/license"
)

// schema compiles an official schema of testdata, formats (URIs, addresses) included.
func schema(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) != 4 {
		t.Fatalf("schemas: %q, %v", files, err)
	}
	id := ""
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		own := doc.(map[string]any)["$id"].(string)
		if filepath.Base(file) == name {
			id = own
		}
		if err := c.AddResource(own, doc); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func check(t testing.TB, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

// everything is a package with all that a component may have, odd words included.
func everything() Contents {
	hash := strings.Repeat("ab", 32)
	return Contents{
		Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600)), Builder: "1.2.3",
		Package: Component{
			ID: "package", Kind: Application, Name: "shop", Version: "1:2.0~rc1-1", PURL: "pkg:deb/shop@1:2.0~rc1-1?arch=amd64", License: license.License{Expression: "MIT"},
			Authors: []Person{{"Ann (the one) Öl", "ann@example.org"}}, Links: []Link{{"homepage", "https://shop.example.org/?a=1&b=<2>"}, {"homepage", "https://shop.example.org/"}},
			DependsOn: []string{"python", "shop==2.0rc1", "deb:libpq5", "python"}, Hashes: []Hash{{"sha256", hash}}, File: "shop_2.0~rc1-1_amd64.deb",
		},
		Components: []Component{
			{
				ID: "shop==2.0rc1", Kind: Library, Name: "shop", Version: "2.0rc1", License: license.License{Expression: "MIT OR (Apache-2.0 AND BSD-3-Clause)"},
				DependsOn: []string{"numpy==2.1"}, Authors: []Person{{"", "not an address"}, {"", "b@example.org, c@example.org"}, {"Ben", ""}, {}},
			},
			{
				ID: "numpy==2.1", Kind: Library, Name: "numpy", Version: "2.1", PURL: "pkg:pypi/numpy@2.1", License: license.License{Said: "BSD \"new\"\x07", Expression: "BSD-3-Clause", Concluded: true},
				Summary: "Arrays\tand <more>", Copyright: "2005 NumPy", Path: "/opt/shop/lib/numpy-2.1.dist-info",
				Downloads: []Source{{"https://pypi.org/simple/numpy/", []Hash{{"sha256", hash}, {"sha256", strings.Repeat("cd", 32)}, {"blake9", "00"}}}},
				Links:     []Link{{"homepage", "not a url"}, {"source", "https://github.com/numpy/numpy"}, {"documentation", "https://x y"}, {"strange", "https://example.org"}},
			},
			{ID: "numpy==2.1/libopenblas.so", Kind: Library, Name: "libopenblas.so", In: "numpy==2.1", Path: "/opt/shop/lib/numpy.libs/libopenblas-0cf96a72.so", Hashes: []Hash{{"sha256", hash}}},
			{ID: "odd==1", Kind: Library, Name: "odd", Version: "1", License: license.License{Said: "Dual License", Also: []string{"ISC", "MIT"}}},
			{ID: "odder==1", Kind: Library, Name: "odd", Version: "2", License: license.License{Expression: "LicenseRef-Corp"}, Downloads: []Source{{"https://example.org/odd-2.whl", []Hash{{"sha512", strings.Repeat("ef", 64)}}}}},
			{ID: "gpl==1", Kind: Library, Name: "gpl", License: license.License{Expression: "GPL-2.0-only WITH Classpath-exception-2.0", Said: "GPL, mostly", Concluded: true}},
			{ID: "python", Kind: Interpreter, Name: "python", Version: "3.12.1", PURL: "pkg:generic/python@3.12.1", CPE: "cpe:2.3:a:python:python:3.12.1:*:*:*:*:*:*:*", License: license.License{Expression: "PSF-2.0"}},
			{ID: "deb:libpq5", Kind: Library, Name: "libpq5", PURL: "pkg:deb/debian/libpq5?distro=debian-12", Constraint: "libpq5 (>= 10~~)", External: true, Properties: []Property{{"pinpack:x", "y"}}},
		},
		Tools: []Component{{ID: "build:hatchling==1", Kind: Library, Name: "hatchling", Version: "1", PURL: "pkg:pypi/hatchling@1"}},
		Notes: []Property{{"pinpack:prefix", "/opt/shop"}},
	}
}

// TestSchemas holds that what is written is accepted by the official schemas, and
// can be read by the libraries.
func TestSchemas(t *testing.T) {
	t.Parallel()
	for format, name := range map[string]string{"cyclonedx": "bom-1.6.schema.json", "spdx": "spdx-schema-2.3.json"} {
		s := schema(t, name)
		f, ok := Find(format)
		if !ok {
			t.Fatalf("no format %s", format)
		}
		for what, c := range map[string]Contents{
			"everything":      everything(),
			"next to nothing": {Package: Component{ID: "package", Kind: Application, Name: "x", Version: "1"}},
		} {
			text, err := f.Write(c)
			if err != nil {
				t.Fatal(err)
			}
			if err := check(t, s, text); err != nil {
				t.Errorf("%s, %s: %v\n%s", format, what, err, text)
			}
			again, err := f.Write(c)
			if err != nil || !bytes.Equal(text, again) {
				t.Errorf("%s, %s: another text the second time (%v)", format, what, err)
			}
			c.Package.Version = "2"
			if other, err := f.Write(c); err != nil || serialOf(t, other) == serialOf(t, text) {
				t.Errorf("%s, %s: another version has the same identifier %s (%v)", format, what, serialOf(t, text), err)
			}
		}
	}
}

func serialOf(t *testing.T, text []byte) string {
	t.Helper()
	var d struct{ SerialNumber, DocumentNamespace string }
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d.SerialNumber + d.DocumentNamespace
}

// TestSchemasRefuse holds that the schemas would tell.
func TestSchemasRefuse(t *testing.T) {
	t.Parallel()
	for format, name := range map[string]string{"cyclonedx": "bom-1.6.schema.json", "spdx": "spdx-schema-2.3.json"} {
		f, _ := Find(format)
		c := everything()
		text, err := f.Write(c)
		if err != nil {
			t.Fatal(err)
		}
		spoilt := bytes.Replace(text, []byte(`"numpy"`), []byte(`7`), 1)
		if bytes.Equal(text, spoilt) || check(t, schema(t, name), spoilt) == nil {
			t.Errorf("%s: the schema takes a number for a name", format)
		}
	}
}

func TestCycloneDXSays(t *testing.T) {
	t.Parallel()
	f, _ := Find("cyclonedx")
	text, err := f.Write(everything())
	if err != nil {
		t.Fatal(err)
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(text), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range *bom.Components {
		line := c.Name
		if c.Licenses != nil {
			for _, l := range *c.Licenses {
				if l.License != nil {
					line += " " + string(l.License.Acknowledgement) + " " + l.License.ID + l.License.Name
				} else {
					line += " " + string(*l.Acknowledgement) + " " + l.Expression
				}
			}
		}
		if c.Components != nil {
			for _, inner := range *c.Components {
				line += " > " + inner.Name
			}
		}
		got = append(got, line)
	}
	want := []string{
		"shop declared MIT OR (Apache-2.0 AND BSD-3-Clause)",
		"numpy declared BSD \"new\"\x07 concluded BSD-3-Clause > libopenblas.so",
		"odd declared Dual License declared ISC declared MIT",
		"odd declared LicenseRef-Corp",
		"gpl concluded GPL-2.0-only WITH Classpath-exception-2.0",
		"python declared PSF-2.0", "libpq5",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("components (-want +got):\n%s", diff)
	}
	graph := map[string][]string{}
	for _, d := range *bom.Dependencies {
		if d.Dependencies != nil {
			graph[d.Ref] = *d.Dependencies
		}
	}
	edges := map[string][]string{"package": {"deb:libpq5", "python", "shop==2.0rc1"}, "shop==2.0rc1": {"numpy==2.1"}}
	if diff := cmp.Diff(edges, graph); diff != "" {
		t.Errorf("dependencies (-want +got):\n%s", diff)
	}
	if bom.Metadata.Timestamp != "2026-01-02T02:04:05Z" || (*(*bom.Formulation)[0].Components)[0].Name != "hatchling" {
		t.Errorf("metadata: %+v", bom.Metadata)
	}
}

func TestSPDXSays(t *testing.T) {
	t.Parallel()
	f, _ := Find("spdx")
	text, err := f.Write(everything())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := spdxjson.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range doc.Packages {
		got = append(got, string(p.PackageSPDXIdentifier)+" "+p.PackageLicenseDeclared+" / "+p.PackageLicenseConcluded)
	}
	const none = "NOASSERTION"
	want := []string{
		"Package-shop MIT / MIT", "Package-shop-2 MIT OR (Apache-2.0 AND BSD-3-Clause) / MIT OR (Apache-2.0 AND BSD-3-Clause)",
		"Package-numpy LicenseRef-said-BSD-new / BSD-3-Clause", "Package-libopenblas.so " + none + " / " + none,
		"Package-odd LicenseRef-said-Dual-License AND ISC AND MIT / " + none, "Package-odd-2 LicenseRef-Corp / LicenseRef-Corp",
		"Package-gpl LicenseRef-said-GPL-mostly / GPL-2.0-only WITH Classpath-exception-2.0",
		"Package-python PSF-2.0 / PSF-2.0", "Package-libpq5 " + none + " / " + none, "Package-hatchling " + none + " / " + none,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
	var edges []string
	for _, r := range doc.Relationships {
		edges = append(edges, string(r.RefA.ElementRefID)+" "+r.Relationship+" "+string(r.RefB.ElementRefID))
	}
	for _, edge := range []string{
		"DOCUMENT DESCRIBES Package-shop", "Package-shop CONTAINS Package-numpy", "Package-numpy CONTAINS Package-libopenblas.so", "Package-shop-2 DEPENDS_ON Package-numpy",
		"Package-shop DEPENDS_ON Package-libpq5", "Package-hatchling BUILD_TOOL_OF Package-shop",
	} {
		if !strings.Contains("\n"+strings.Join(edges, "\n")+"\n", "\n"+edge+"\n") {
			t.Errorf("no %s among\n%s", edge, strings.Join(edges, "\n"))
		}
	}
}
