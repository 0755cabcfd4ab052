package testkit

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Tags of the signature and of the header. See
// https://rpm-software-management.github.io/rpm/manual/tags.html
const (
	sigDSA, sigRSA, sigSHA1, sigSHA256 = 267, 268, 269, 273
	sigSize, sigPGP, sigMD5, sigGPG    = 1000, 1002, 1004, 1005

	tagName, tagVersion, tagRelease, tagEpoch            = 1000, 1001, 1002, 1003
	tagArch, tagPayloadCompressor                        = 1022, 1125
	tagChangelogTime, tagChangelogName, tagChangelogText = 1080, 1081, 1082
	tagPayloadDigest                                     = 5092
)

// rpmFields are the tags in Package.Fields, by the names that rpm gives them.
var rpmFields = map[string]uint32{
	"Name": tagName, "Version": tagVersion, "Release": tagRelease, "Epoch": tagEpoch, "Arch": tagArch,
	"Summary": 1004, "Description": 1005, "BuildTime": 1006, "BuildHost": 1007, "Size": 1009,
	"Distribution": 1010, "Vendor": 1011, "License": 1014, "Packager": 1015, "Group": 1016,
	"URL": 1020, "OS": 1021, "SourceRPM": 1044, "RPMVersion": 1064, "Prefixes": 1098,
	"OptFlags": 1122, "PayloadFormat": 1124, "PayloadCompressor": tagPayloadCompressor,
	"PayloadFlags": 1126, "Encoding": 5062, "PayloadDigest": tagPayloadDigest,
}

func (p *Package) readRPMFields(h *rpmHeader) {
	for name, tag := range rpmFields {
		e, ok := h.entries[tag]
		switch {
		case !ok:
		case e.kind >= rpmInt8 && e.kind <= rpmInt64:
			var values []string
			for _, n := range h.ints(tag) {
				values = append(values, strconv.FormatUint(n, 10))
			}
			p.Fields[name] = strings.Join(values, "\n")
		case e.kind == rpmI18NStrings:
			p.Fields[name] = h.string(tag)
		default:
			p.Fields[name] = strings.Join(h.strings(tag), "\n")
		}
	}
	p.Name, p.Epoch, p.Version = p.Fields["Name"], p.Fields["Epoch"], p.Fields["Version"]
	p.Release, p.Arch = p.Fields["Release"], p.Fields["Arch"]
	p.Compression = p.Fields["PayloadCompressor"]
	if p.Compression == "" {
		p.Compression = "none"
	}
	if p.Name == "" || p.Version == "" || p.Release == "" || p.Arch == "" {
		h.fail(tagName, "a package needs name, version, release and arch")
	}
	p.readRPMChangelog(h)
}

func (p *Package) readRPMChangelog(h *rpmHeader) {
	times, names, texts := h.ints(tagChangelogTime), h.strings(tagChangelogName), h.strings(tagChangelogText)
	if len(times) != len(names) || len(times) != len(texts) {
		h.fail(tagChangelogTime, "%d times, %d names, %d texts", len(times), len(names), len(texts))
		return
	}
	for i, seconds := range times {
		day := time.Unix(int64(seconds), 0).UTC().Format("Mon Jan 02 2006")
		p.Changelog += fmt.Sprintf("* %s %s\n%s\n\n", day, names[i], texts[i])
	}
}

func (p *Package) readRPMRelations(h *rpmHeader) {
	for _, requirement := range rpmRelations(h, 1049, 1048, 1050) {
		if strings.HasPrefix(requirement, "rpmlib(") {
			p.RPMLib = append(p.RPMLib, requirement)
		} else {
			p.Requires = append(p.Requires, requirement)
		}
	}
	p.Provides = rpmRelations(h, 1047, 1112, 1113)
	p.Conflicts = rpmRelations(h, 1054, 1053, 1055)
	p.Replaces = rpmRelations(h, 1090, 1114, 1115)
	p.Recommends = rpmRelations(h, 5046, 5048, 5047)
	p.Suggests = rpmRelations(h, 5049, 5051, 5050)
}

// rpmRelations joins the three parallel arrays of one kind of relation, each as
// rpm prints it: "name" or "name >= version".
func rpmRelations(h *rpmHeader, nameTag, flagTag, versionTag uint32) []string {
	names, flags, versions := h.strings(nameTag), h.ints(flagTag), h.strings(versionTag)
	if len(flags) != len(names) || len(versions) != len(names) {
		h.fail(nameTag, "%d names, %d flags, %d versions", len(names), len(flags), len(versions))
		return nil
	}
	var relations []string
	for i, name := range names {
		op := ""
		for _, sense := range []struct {
			bit  uint64
			sign string
		}{{2, "<"}, {4, ">"}, {8, "="}} {
			if flags[i]&sense.bit != 0 {
				op += sense.sign
			}
		}
		relations = append(relations, strings.Join(strings.Fields(name+" "+op+" "+versions[i]), " "))
	}
	return relations
}

func (p *Package) readRPMScripts(h *rpmHeader) {
	for _, s := range []struct {
		name       string
		body, prog uint32
	}{
		{"pre", 1023, 1085}, {"post", 1024, 1086}, {"preun", 1025, 1087}, {"postun", 1026, 1088},
		{"pretrans", 1151, 1153}, {"posttrans", 1152, 1154}, {"verify", 1079, 1091},
	} {
		prog := strings.Join(h.strings(s.prog), " ")
		if prog == "" && !h.has(s.body) {
			continue
		}
		script := h.string(s.body)
		if prog != "/bin/sh" {
			script = "#!" + prog + "\n" + script
		}
		p.Scripts[s.name] = script
	}
}
