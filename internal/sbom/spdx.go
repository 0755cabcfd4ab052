package sbom

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/pinpack/pinpack/internal/license"
)

const noAssertion = "NOASSERTION"

func writeSPDX(c Contents) ([]byte, error) {
	id, err := serial(c, "spdx")
	if err != nil {
		return nil, err
	}
	d := &document{ids: map[string]common.ElementID{}, taken: map[string]bool{}, licenses: map[string]*spdx.OtherLicense{}}
	name := c.Package.Name + "-" + c.Package.Version
	d.Document = spdx.Document{
		SPDXVersion: spdx.Version, DataLicense: spdx.DataLicense, SPDXIdentifier: "DOCUMENT", DocumentName: name,
		DocumentNamespace: "https://github.com/pinpack/pinpack/sbom/" + unsafe.ReplaceAllString(name, "-") + "-" + id,
		CreationInfo: &spdx.CreationInfo{
			Created: c.Time.UTC().Format(time.RFC3339), Creators: []common.Creator{{CreatorType: "Tool", Creator: strings.TrimSuffix("pinpack-"+c.Builder, "-")}},
		},
	}
	for _, one := range slices.Concat(c.all(), c.Tools) {
		d.Packages = append(d.Packages, d.pkg(one))
	}
	root := d.ids[c.Package.ID]
	d.relate("DOCUMENT", "DESCRIBES", root)
	for _, one := range c.Components {
		from := root
		if one.In != "" {
			from = d.ids[one.In]
		}
		if !one.External {
			d.relate(from, "CONTAINS", d.ids[one.ID])
		}
	}
	for _, one := range c.all() {
		for _, on := range slices.Compact(slices.Sorted(slices.Values(one.DependsOn))) {
			if to, ok := d.ids[on]; ok {
				d.relate(d.ids[one.ID], "DEPENDS_ON", to)
			}
		}
	}
	for _, one := range c.Tools {
		d.relate(d.ids[one.ID], "BUILD_TOOL_OF", root)
	}
	var out bytes.Buffer
	err = spdxjson.Write(&d.Document, &out, spdxjson.Indent("  "), spdxjson.EscapeHTML(false))
	return out.Bytes(), err
}

// document is a document at work.
type document struct {
	spdx.Document
	ids      map[string]common.ElementID // of components
	taken    map[string]bool
	licenses map[string]*spdx.OtherLicense // by what people said
}

var unsafe = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// id makes an identifier of its own for a component.
func (d *document) id(c Component) common.ElementID {
	word := "Package-" + strings.Trim(unsafe.ReplaceAllString(c.Name, "-"), "-")
	if len(word) > 80 {
		word = word[:80]
	}
	try := word
	for n := 2; d.taken[try]; n++ {
		try = fmt.Sprintf("%s-%d", word, n)
	}
	d.taken[try] = true
	d.ids[c.ID] = common.ElementID(try)
	return common.ElementID(try)
}

var spdxKinds = map[Kind]string{Application: "APPLICATION", Library: "LIBRARY", Interpreter: "APPLICATION"}

func (d *document) pkg(c Component) *spdx.Package {
	p := &spdx.Package{
		PackageName: c.Name, PackageSPDXIdentifier: d.id(c), PackageVersion: c.Version, PackageFileName: c.File,
		PackageDownloadLocation: noAssertion, IsFilesAnalyzedTagPresent: true,
		PackageSummary: c.Summary, PackageCopyrightText: c.Copyright, PackageChecksums: checksums(c.Hashes),
		PrimaryPackagePurpose: spdxKinds[c.Kind], PackageComment: comment(c),
	}
	if c.File == "" {
		p.PackageFileName = c.Path
	}
	if p.PackageCopyrightText == "" {
		p.PackageCopyrightText = noAssertion
	}
	d.license(p, c.License)
	for _, s := range c.Downloads {
		if hashes := s.Hashes; len(hashes) == 1 && p.PackageChecksums == nil {
			p.PackageChecksums = checksums(hashes)
			if isWeb(s.URL) {
				p.PackageDownloadLocation = s.URL
			}
		}
	}
	for _, l := range c.Links {
		if l.Kind == "homepage" && isWeb(l.URL) {
			p.PackageHomePage = l.URL
		}
	}
	if len(c.Authors) > 0 {
		a := c.Authors[0]
		name := strings.NewReplacer("(", "", ")", "", "\n", " ").Replace(a.Name)
		if name == "" {
			name = a.Email
		}
		if isAddress(a.Email) && name != a.Email {
			name += " (" + a.Email + ")"
		}
		if name != "" {
			p.PackageOriginator = &common.Originator{OriginatorType: "Person", Originator: name}
			if c.Kind == Application {
				p.PackageSupplier = &common.Supplier{SupplierType: "Person", Supplier: name}
			}
		}
	}
	if c.PURL != "" {
		p.PackageExternalReferences = append(p.PackageExternalReferences, &spdx.PackageExternalReference{Category: "PACKAGE-MANAGER", RefType: "purl", Locator: c.PURL})
	}
	if c.CPE != "" {
		p.PackageExternalReferences = append(p.PackageExternalReferences, &spdx.PackageExternalReference{Category: "SECURITY", RefType: "cpe23Type", Locator: c.CPE})
	}
	return p
}

// comment is what the format has no field for.
func comment(c Component) string {
	var lines []string
	if c.External {
		lines = append(lines, "not in the package: the system brings it")
	}
	if c.Constraint != "" {
		lines = append(lines, "wanted: "+c.Constraint)
	}
	for _, s := range c.Downloads {
		if len(s.Hashes) < 2 {
			continue
		}
		var hashes []string
		for _, h := range s.Hashes {
			hashes = append(hashes, h.Algorithm+":"+h.Value)
		}
		lines = append(lines, "locked as one of "+strings.Join(hashes, ", "))
	}
	for _, p := range c.Properties {
		lines = append(lines, p.Name+": "+p.Value)
	}
	return strings.Join(lines, "\n")
}

// license says what the metadata declares, and what was concluded.
func (d *document) license(p *spdx.Package, l license.License) {
	p.PackageLicenseDeclared, p.PackageLicenseConcluded = noAssertion, noAssertion
	if l.Said != "" {
		p.PackageLicenseDeclared = strings.Join(append([]string{d.other(l.Said)}, l.Also...), " AND ")
	}
	for _, id := range license.IDs(l.Expression) {
		if strings.HasPrefix(id, "LicenseRef-") {
			d.add(id, id)
		}
	}
	switch {
	case l.Expression == "":
	case l.Concluded:
		p.PackageLicenseConcluded = l.Expression
	default:
		p.PackageLicenseDeclared, p.PackageLicenseConcluded = l.Expression, l.Expression
	}
}

// other is the identifier of a licence that is none of the SPDX list's.
func (d *document) other(said string) string {
	word := strings.Trim(unsafe.ReplaceAllString(said, "-"), "-")
	if word == "" {
		word = "other"
	}
	id := "LicenseRef-said-" + word
	d.add(id, said)
	return id
}

func (d *document) add(id, said string) {
	if d.licenses[id] == nil {
		d.licenses[id] = &spdx.OtherLicense{LicenseIdentifier: id, LicenseName: said, ExtractedText: said, LicenseComment: "The words of the distribution's metadata."}
		d.OtherLicenses = append(d.OtherLicenses, d.licenses[id])
	}
}

func (d *document) relate(a common.ElementID, kind string, b common.ElementID) {
	d.Relationships = append(d.Relationships, &spdx.Relationship{
		RefA: common.DocElementID{ElementRefID: a}, RefB: common.DocElementID{ElementRefID: b}, Relationship: kind,
	})
}

var spdxAlgorithms = map[string]common.ChecksumAlgorithm{
	"md5": common.MD5, "sha1": common.SHA1, "sha256": common.SHA256, "sha384": common.SHA384, "sha512": common.SHA512,
}

func checksums(list []Hash) []common.Checksum {
	var all []common.Checksum
	for _, h := range list {
		if a, ok := spdxAlgorithms[h.Algorithm]; ok {
			all = append(all, common.Checksum{Algorithm: a, Value: h.Value})
		}
	}
	return all
}
