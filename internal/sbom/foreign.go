package sbom

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/package-url/packageurl-go"
	spdxjson "github.com/spdx/tools-golang/json"

	"github.com/pinpack/pinpack/internal/license"
)

// most is how many components are taken of one SBOM that a distribution brings.
const most = 10000

// Foreign reads an SBOM that a distribution brings (PEP 770), CycloneDX or SPDX 2 in
// JSON. What it lists is in the component of the ID in, and gets IDs that begin with
// prefix. What it says of the distribution itself, of that normalised name, is left
// out.
func Foreign(text []byte, in, prefix, self string) ([]Component, error) {
	if bytes.Contains(text, []byte(`"spdxVersion"`)) {
		return foreignSPDX(text, in, prefix, self)
	}
	if !bytes.Contains(text, []byte(`"bomFormat"`)) {
		return nil, errors.New("want CycloneDX or SPDX 2 in JSON")
	}
	return foreignCycloneDX(text, in, prefix, self)
}

func foreignCycloneDX(text []byte, in, prefix, self string) ([]Component, error) {
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(text), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return nil, err
	}
	var list []Component
	ids := map[string]string{} // bom-refs to ours
	var walk func(cs *[]cdx.Component, within string, depth int) error
	walk = func(cs *[]cdx.Component, within string, depth int) error {
		if cs == nil {
			return nil
		}
		for _, c := range *cs {
			if len(list) == most || depth > 20 {
				return fmt.Errorf("more than %d components, or deeply nested", most)
			}
			one := Component{
				ID: fmt.Sprintf("%s#%d", prefix, len(list)+1), Kind: Library, Name: c.Name, Version: c.Version, PURL: c.PackageURL, CPE: c.CPE,
				Copyright: c.Copyright, Summary: c.Description, In: within, License: foreignLicense(c.Licenses),
			}
			if c.Hashes != nil {
				for _, h := range *c.Hashes {
					one.Hashes = append(one.Hashes, foreignHash(string(h.Algorithm), h.Value)...)
				}
			}
			if !isCPE.MatchString(one.CPE) {
				one.CPE = ""
			}
			if one.Name == "" || isSelf(one.PURL, self) {
				if err := walk(c.Components, within, depth+1); err != nil {
					return err
				}
				continue
			}
			if c.BOMRef != "" {
				ids[c.BOMRef] = one.ID
			}
			list = append(list, one)
			if err := walk(c.Components, one.ID, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(bom.Components, in, 0); err != nil {
		return nil, err
	}
	if bom.Dependencies != nil {
		for _, d := range *bom.Dependencies {
			if d.Dependencies != nil {
				connect(list, ids[d.Ref], *d.Dependencies, ids)
			}
		}
	}
	return list, nil
}

// isCPE is the usual part of CPE's grammar (NISTIR 7695, 6.2).
var isCPE = regexp.MustCompile(`^cpe:2\.3:[aho](:([A-Za-z0-9._-]+|[*-])){10}$`)

// isSelf tells whether a package URL is the distribution's own.
func isSelf(purl, self string) bool {
	p, err := packageurl.FromString(purl)
	return err == nil && p.Type == packageurl.TypePyPi && p.Name == self
}

// connect adds the dependencies of one component.
func connect(list []Component, id string, on []string, ids map[string]string) {
	for i := range list {
		if list[i].ID != id {
			continue
		}
		for _, ref := range on {
			if to := ids[ref]; to != "" && to != id {
				list[i].DependsOn = append(list[i].DependsOn, to)
			}
		}
	}
}

func foreignLicense(list *cdx.Licenses) license.License {
	var l license.License
	if list == nil {
		return l
	}
	var all []string
	for _, c := range *list {
		words := c.Expression
		if c.License != nil {
			words = c.License.ID + c.License.Name
		}
		if e := license.Expression(words); e != "" {
			all = append(all, e)
		} else {
			l.Said = strings.Join(strings.Fields(words), " ")
		}
	}
	if l.Said == "" && len(all) == 1 {
		l.Expression = all[0]
	} else if len(all) > 1 {
		l.Said = strings.Join(all, ", ")
	}
	return l
}

func foreignSPDX(text []byte, in, prefix, self string) ([]Component, error) {
	doc, err := spdxjson.Read(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	var list []Component
	ids := map[string]string{}
	for _, p := range doc.Packages {
		if len(list) == most {
			return nil, fmt.Errorf("more than %d packages", most)
		}
		one := Component{
			ID: fmt.Sprintf("%s#%d", prefix, len(list)+1), Kind: Library, Name: p.PackageName, Version: p.PackageVersion, In: in,
			License: license.License{Expression: license.Expression(p.PackageLicenseDeclared)},
		}
		for _, r := range p.PackageExternalReferences {
			if r.RefType == "purl" {
				one.PURL = r.Locator
			}
		}
		for _, h := range p.PackageChecksums {
			one.Hashes = append(one.Hashes, foreignHash(string(h.Algorithm), h.Value)...)
		}
		if one.Name != "" && !isSelf(one.PURL, self) {
			ids[string(p.PackageSPDXIdentifier)] = one.ID
			list = append(list, one)
		}
	}
	for _, r := range doc.Relationships {
		if r.Relationship == "DEPENDS_ON" {
			connect(list, ids[string(r.RefA.ElementRefID)], []string{string(r.RefB.ElementRefID)}, ids)
		}
	}
	return list, nil
}

// digits is how many hexadecimal digits a hash has.
var digits = map[string]int{"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128}

func foreignHash(algorithm, value string) []Hash {
	a, value := strings.ReplaceAll(strings.ToLower(algorithm), "-", ""), strings.ToLower(value)
	if len(value) != digits[a] || strings.Trim(value, "0123456789abcdef") != "" {
		return nil
	}
	return []Hash{{a, value}}
}
