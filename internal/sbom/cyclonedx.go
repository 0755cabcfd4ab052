package sbom

import (
	"bytes"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/pinpack/pinpack/internal/license"
)

func writeCycloneDX(c Contents) ([]byte, error) {
	id, err := serial(c, "cyclonedx")
	if err != nil {
		return nil, err
	}
	bom := cdx.NewBOM()
	bom.SerialNumber = "urn:uuid:" + id
	root := cdxComponent(c.Package)
	tool := cdx.Component{Type: cdx.ComponentTypeApplication, Name: "pinpack", Version: c.Builder}
	bom.Metadata = &cdx.Metadata{
		Timestamp:  c.Time.UTC().Format(time.RFC3339),
		Lifecycles: &[]cdx.Lifecycle{{Phase: cdx.LifecyclePhaseBuild}},
		Tools:      &cdx.ToolsChoice{Components: &[]cdx.Component{tool}},
		Component:  &root,
		Properties: cdxProperties(c.Notes),
	}
	if n := len(c.Package.Authors); n > 0 {
		bom.Metadata.Authors = cdxPeople(c.Package.Authors)
	}
	list := cdxNested(c.Components, "")
	bom.Components = &list
	bom.Dependencies = cdxDependencies(c)
	if len(c.Tools) > 0 {
		var tools []cdx.Component
		for _, t := range c.Tools {
			tools = append(tools, cdxComponent(t))
		}
		bom.Formulation = &[]cdx.Formula{{Components: &tools}}
	}
	var out bytes.Buffer
	err = cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).EncodeVersion(bom, cdx.SpecVersion1_6)
	return out.Bytes(), err
}

// cdxNested puts components into those that bring them.
func cdxNested(all []Component, in string) []cdx.Component {
	list := []cdx.Component{}
	for _, c := range all {
		if c.In != in {
			continue
		}
		one := cdxComponent(c)
		if c.ID != "" {
			if inner := cdxNested(all, c.ID); len(inner) > 0 {
				one.Components = &inner
			}
		}
		list = append(list, one)
	}
	return list
}

var cdxKinds = map[Kind]cdx.ComponentType{
	Application: cdx.ComponentTypeApplication, Library: cdx.ComponentTypeLibrary, Interpreter: cdx.ComponentTypePlatform,
}

func cdxComponent(c Component) cdx.Component {
	one := cdx.Component{
		BOMRef: c.ID, Type: cdxKinds[c.Kind], Name: c.Name, Version: c.Version, Description: c.Summary,
		PackageURL: c.PURL, CPE: c.CPE, Copyright: c.Copyright, Licenses: cdxLicenses(c.License), Hashes: cdxHashes(c.Hashes),
		Authors: cdxPeople(c.Authors), ExternalReferences: cdxReferences(c),
	}
	if c.Kind == Library || c.Kind == Interpreter {
		one.Scope = cdx.ScopeRequired
	}
	properties := slices.Clone(c.Properties)
	if c.External {
		properties = append(properties, Property{"pinpack:provided-by", "the system"})
	}
	if c.Constraint != "" {
		properties = append(properties, Property{"pinpack:constraint", c.Constraint})
	}
	one.Properties = cdxProperties(properties)
	if c.Path != "" {
		one.Evidence = &cdx.Evidence{Occurrences: &[]cdx.EvidenceOccurrence{{Location: c.Path}}}
	}
	return one
}

func cdxLicenses(l license.License) *cdx.Licenses {
	declared, concluded := cdx.LicenseAcknowledgementDeclared, cdx.LicenseAcknowledgementConcluded
	how := declared
	if l.Concluded {
		how = concluded
	}
	ids := license.IDs(l.Expression)
	single := len(ids) == 1 && ids[0] == l.Expression && !strings.Contains(l.Expression, " ")
	var list cdx.Licenses
	if l.Said != "" && (l.Expression == "" || single) {
		list = append(list, cdx.LicenseChoice{License: &cdx.License{Name: l.Said, Acknowledgement: declared}})
	}
	for _, id := range l.Also {
		list = append(list, cdx.LicenseChoice{License: &cdx.License{ID: id, Acknowledgement: declared}})
	}
	switch {
	case single && strings.HasPrefix(l.Expression, "LicenseRef-"):
		list = append(list, cdx.LicenseChoice{License: &cdx.License{Name: l.Expression, Acknowledgement: how}})
	case single:
		list = append(list, cdx.LicenseChoice{License: &cdx.License{ID: l.Expression, Acknowledgement: how}})
	case l.Expression != "":
		list = append(list, cdx.LicenseChoice{Expression: l.Expression, Acknowledgement: &how})
	}
	if list == nil {
		return nil
	}
	return &list
}

var cdxAlgorithms = map[string]cdx.HashAlgorithm{
	"md5": cdx.HashAlgoMD5, "sha1": cdx.HashAlgoSHA1, "sha256": cdx.HashAlgoSHA256, "sha384": cdx.HashAlgoSHA384, "sha512": cdx.HashAlgoSHA512,
}

func cdxHashes(list []Hash) *[]cdx.Hash {
	var hashes []cdx.Hash
	for _, h := range list {
		if a, ok := cdxAlgorithms[h.Algorithm]; ok {
			hashes = append(hashes, cdx.Hash{Algorithm: a, Value: h.Value})
		}
	}
	if hashes == nil {
		return nil
	}
	return &hashes
}

func cdxPeople(list []Person) *[]cdx.OrganizationalContact {
	var people []cdx.OrganizationalContact
	for _, p := range list {
		if !isAddress(p.Email) {
			p.Email = ""
		}
		if p != (Person{}) {
			people = append(people, cdx.OrganizationalContact{Name: p.Name, Email: p.Email})
		}
	}
	if people == nil {
		return nil
	}
	return &people
}

// isAddress is strict: the schema's idn-email is checked by some and not by others.
func isAddress(s string) bool {
	name, domain, ok := strings.Cut(s, "@")
	return ok && name != "" && domain != "" && !strings.ContainsAny(s, " \t\r\n<>,;:\\\"()[]") && !strings.Contains(domain, "@")
}

// cdxLinks are the kinds of links, by Python's well-known labels.
var cdxLinks = map[string]cdx.ExternalReferenceType{
	"homepage": cdx.ERTypeWebsite, "source": cdx.ERTypeVCS, "documentation": cdx.ERTypeDocumentation, "issues": cdx.ERTypeIssueTracker,
	"changelog": cdx.ERTypeReleaseNotes,
}

func cdxReferences(c Component) *[]cdx.ExternalReference {
	var list []cdx.ExternalReference
	for _, s := range c.Downloads {
		list = append(list, cdx.ExternalReference{Type: cdx.ERTypeDistribution, URL: s.URL, Hashes: cdxHashes(s.Hashes)})
	}
	for _, l := range c.Links {
		if kind, ok := cdxLinks[l.Kind]; ok && isWeb(l.URL) {
			list = append(list, cdx.ExternalReference{Type: kind, URL: l.URL})
		}
	}
	if list == nil {
		return nil
	}
	return &list
}

func cdxProperties(list []Property) *[]cdx.Property {
	var properties []cdx.Property
	for _, p := range list {
		properties = append(properties, cdx.Property{Name: p.Name, Value: p.Value})
	}
	if properties == nil {
		return nil
	}
	return &properties
}

func cdxDependencies(c Contents) *[]cdx.Dependency {
	var list []cdx.Dependency
	for _, one := range c.all() {
		d := cdx.Dependency{Ref: one.ID}
		if len(one.DependsOn) > 0 {
			on := slices.Compact(slices.Sorted(slices.Values(one.DependsOn)))
			d.Dependencies = &on
		}
		list = append(list, d)
	}
	return &list
}
