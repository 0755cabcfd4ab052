package license

import (
	"regexp"
	"strings"
)

// debian are the short names of Debian's machine-readable copyright files where
// they differ from SPDX's identifiers:
// https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/#license-short-name
var debian = map[string]string{
	"MIT": "Expat", "PSF-2.0": "Python", "CNRI-Python": "CNRI", "BSD-4-Clause-UC": "BSD-4-Clause",
}

// gnu are the identifiers of the GNU licences, which have a version and say
// whether a later one will do.
var gnu = regexp.MustCompile(`^(A?GPL|LGPL|GFDL)-(\d+(?:\.\d+)?)(-only|-or-later|\+)?$`)

// Debian is the short name of one licence of an SPDX expression in Debian's words.
func Debian(id string) string {
	id, exception, _ := strings.Cut(id, " WITH ")
	name := id
	if m := gnu.FindStringSubmatch(id); m != nil {
		name = m[1] + "-" + strings.TrimSuffix(m[2], ".0")
		if m[3] == "-or-later" || m[3] == "+" {
			name += "+"
		}
	} else if d, ok := debian[id]; ok {
		name = d
	}
	if exception != "" {
		name += "-with-" + exception
	}
	return name
}

// common are the licences in /usr/share/common-licenses of Debian 12, by their
// short names there.
var common = map[string]string{
	"Apache-2.0": "Apache-2.0", "Artistic-1.0-Perl": "Artistic", "CC0-1.0": "CC0-1.0",
	"GFDL-1.2": "GFDL-1.2", "GFDL-1.2+": "GFDL-1.2", "GFDL-1.3": "GFDL-1.3", "GFDL-1.3+": "GFDL-1.3",
	"GPL-1": "GPL-1", "GPL-1+": "GPL-1", "GPL-2": "GPL-2", "GPL-2+": "GPL-2", "GPL-3": "GPL-3", "GPL-3+": "GPL-3",
	"LGPL-2": "LGPL-2", "LGPL-2+": "LGPL-2", "LGPL-2.1": "LGPL-2.1", "LGPL-2.1+": "LGPL-2.1", "LGPL-3": "LGPL-3", "LGPL-3+": "LGPL-3",
	"MPL-1.1": "MPL-1.1", "MPL-2.0": "MPL-2.0",
}

// long is how many bytes a text has that is worth a reference in place of it.
const long = 4000

// Shorten puts a reference in the place of each text in full that every Debian system
// has (Debian policy 12.5).
func Shorten(text string) string {
	if len(text) < long || len(text) > 1<<20 {
		return text
	}
	var b strings.Builder
	at := 0
	for _, m := range scanner().Scan([]byte(text)).Match {
		place := Common(Debian(m.ID))
		if m.IsURL || place == "" || m.End-m.Start < long || m.Start < at {
			continue
		}
		b.WriteString(text[at:m.Start])
		b.WriteString("\nThe text of the licence " + m.ID + " is, on Debian systems, in\n" + place + ".\n")
		at = m.End
	}
	return b.String() + text[at:]
}

// Common is where every Debian system has the text of a licence, by its short
// name; "" for the others.
func Common(debianName string) string {
	if name, ok := common[debianName]; ok {
		return "/usr/share/common-licenses/" + name
	}
	return ""
}
