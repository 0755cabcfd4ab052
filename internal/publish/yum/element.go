package yum

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pinpack/pinpack/internal/rpmfile"
)

// newEntry writes a package's elements as createrepo_c does. sum and size are
// those of the file.
func newEntry(p rpmfile.Package, href, base, sum string, size int64) Entry {
	e := Entry{
		Name: p.Name, Epoch: p.Epoch, Version: p.Version, Release: p.Release, Arch: p.Arch,
		Href: href, Base: base, SHA256: sum, Size: size, Summary: p.Summary, URL: p.URL,
	}
	if e.Epoch == "" {
		e.Epoch = "0"
	}
	if p.Source {
		e.Arch = "src"
	}
	e.primary, e.filelists, e.other = e.primaryElement(p), e.filelistsElement(p), e.otherElement(p)
	return e
}

// element writes <name>text</name>.
func element(b *strings.Builder, indent, name, text string) {
	if text == "" {
		fmt.Fprintf(b, "%s<%s/>\n", indent, name)
		return
	}
	fmt.Fprintf(b, "%s<%s>%s</%s>\n", indent, name, escape(text), name)
}

func (e Entry) version() string {
	return fmt.Sprintf(`<version epoch="%s" ver="%s" rel="%s"/>`, escape(e.Epoch), escape(e.Version), escape(e.Release))
}

func (e Entry) primaryElement(p rpmfile.Package) string {
	var b strings.Builder
	b.WriteString("<package type=\"rpm\">\n")
	element(&b, "  ", "name", e.Name)
	element(&b, "  ", "arch", e.Arch)
	fmt.Fprintf(&b, "  %s\n  <checksum type=\"sha256\" pkgid=\"YES\">%s</checksum>\n", e.version(), e.SHA256)
	element(&b, "  ", "summary", p.Summary)
	element(&b, "  ", "description", p.Description)
	element(&b, "  ", "packager", p.Packager)
	element(&b, "  ", "url", p.URL)
	fmt.Fprintf(&b, "  <time file=\"%d\" build=\"%d\"/>\n", p.BuildTime, p.BuildTime)
	fmt.Fprintf(&b, "  <size package=\"%d\" installed=\"%d\" archive=\"%d\"/>\n", e.Size, p.InstalledSize, p.ArchiveSize)
	base := ""
	if e.Base != "" {
		base = fmt.Sprintf(` xml:base="%s"`, escape(e.Base))
	}
	fmt.Fprintf(&b, "  <location%s href=\"%s\"/>\n  <format>\n", base, escape(e.Href))
	for _, f := range []struct{ name, text string }{
		{"license", p.License}, {"vendor", p.Vendor}, {"group", p.Group}, {"buildhost", p.BuildHost}, {"sourcerpm", p.SourceRPM},
	} {
		element(&b, "    ", "rpm:"+f.name, f.text)
	}
	fmt.Fprintf(&b, "    <rpm:header-range start=\"%d\" end=\"%d\"/>\n", p.HeaderStart, p.HeaderEnd)
	for _, r := range []struct {
		name string
		list []rpmfile.Relation
	}{
		{"provides", p.Provides}, {"requires", requires(p)}, {"conflicts", p.Conflicts}, {"obsoletes", p.Obsoletes},
		{"suggests", p.Suggests}, {"enhances", p.Enhances}, {"recommends", p.Recommends}, {"supplements", p.Supplements},
	} {
		relations(&b, r.name, r.list)
	}
	for _, f := range p.Files {
		if primaryFile(f.Path) {
			b.WriteString("    " + fileElement(f))
		}
	}
	b.WriteString("  </format>\n</package>\n")
	return b.String()
}

// requires are what is needed of others: not rpm's own features, nor files and
// capabilities of the package itself. Of glibc's versions the newest is enough,
// since it has all before it: createrepo_c thinks so, too.
func requires(p rpmfile.Package) []rpmfile.Relation {
	own := map[string]bool{}
	for _, f := range p.Files {
		if primaryFile(f.Path) {
			own[f.Path] = true
		}
	}
	var list []rpmfile.Relation
	var glibc *rpmfile.Relation
	for _, r := range p.Requires {
		switch {
		case strings.HasPrefix(r.Name, "rpmlib(") || own[r.Name]:
		case slices.ContainsFunc(p.Provides, func(o rpmfile.Relation) bool { return o.String() == r.String() }):
		case !strings.HasPrefix(r.Name, "libc.so.6("):
			list = append(list, r)
		case glibc == nil || rpmfile.CompareVersions(glibcVersion(r), glibcVersion(*glibc)) > 0:
			glibc = &r
		}
	}
	if glibc != nil {
		list = append(list, *glibc)
	}
	return list
}

// glibcVersion is 2.34 of libc.so.6(GLIBC_2.34)(64bit), and 0 of one without.
func glibcVersion(r rpmfile.Relation) string {
	_, rest, ok := strings.Cut(r.Name, "(GLIBC_")
	if !ok {
		return "0"
	}
	version, _, _ := strings.Cut(rest, ")")
	return version
}

// relations writes each relation once.
func relations(b *strings.Builder, name string, list []rpmfile.Relation) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "    <rpm:%s>\n", name)
	seen := map[string]bool{}
	for _, r := range list {
		line := fmt.Sprintf(`      <rpm:entry name="%s"`, escape(r.Name))
		if word := map[string]string{"<": "LT", ">": "GT", "=": "EQ", "<=": "LE", ">=": "GE"}[r.Operator()]; word != "" {
			line += fmt.Sprintf(` flags="%s"`, word)
			epoch, version, release := rpmfile.SplitEVR(r.Version)
			if epoch == "" {
				epoch = "0"
			}
			line += fmt.Sprintf(` epoch="%s" ver="%s"`, escape(epoch), escape(version))
			if release != "" {
				line += fmt.Sprintf(` rel="%s"`, escape(release))
			}
		}
		if name == "requires" && r.Pre() {
			line += ` pre="1"`
		}
		if !seen[line] {
			b.WriteString(line + "/>\n")
		}
		seen[line] = true
	}
	fmt.Fprintf(b, "    </rpm:%s>\n", name)
}

// primaryFile tells whether a path is one that others may require without its
// package's file list.
func primaryFile(path string) bool {
	return strings.HasPrefix(path, "/etc/") || strings.Contains(path, "bin/") || path == "/usr/lib/sendmail"
}

func fileElement(f rpmfile.File) string {
	kind := ""
	if f.IsDir() {
		kind = ` type="dir"`
	} else if f.IsGhost() {
		kind = ` type="ghost"`
	}
	return fmt.Sprintf("<file%s>%s</file>\n", kind, escape(f.Path))
}

// head is what the elements of filelists and other begin with.
func (e Entry) head() string {
	return fmt.Sprintf("<package pkgid=\"%s\" name=\"%s\" arch=\"%s\">\n  %s\n", e.SHA256, escape(e.Name), escape(e.Arch), e.version())
}

func (e Entry) filelistsElement(p rpmfile.Package) string {
	var b strings.Builder
	b.WriteString(e.head())
	for _, f := range p.Files {
		b.WriteString("  " + fileElement(f))
	}
	b.WriteString("</package>\n")
	return b.String()
}

// maxChanges is how many entries of a changelog are listed.
const maxChanges = 10

func (e Entry) otherElement(p rpmfile.Package) string {
	var b strings.Builder
	b.WriteString(e.head())
	changes := slices.Clone(p.Changelog[:min(len(p.Changelog), maxChanges)])
	slices.Reverse(changes)
	var last int64
	for _, c := range changes { // in order also where several are of one day
		c.Time = max(c.Time, last+1)
		last = c.Time
		fmt.Fprintf(&b, "  <changelog author=\"%s\" date=\"%d\">%s</changelog>\n", escape(c.Author), c.Time, escape(c.Text))
	}
	b.WriteString("</package>\n")
	return b.String()
}

// escape writes text for XML 1.0, without the characters that it cannot have.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\r':
			b.WriteString("&#13;")
		case r == '\n' || r == '\t' || r >= 0x20 && r != 0x7f && r != utf8.RuneError && r != 0xfffe && r != 0xffff:
			b.WriteRune(r)
		default:
			b.WriteByte('?')
		}
	}
	return b.String()
}
