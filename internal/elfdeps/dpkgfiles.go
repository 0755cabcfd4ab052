package elfdeps

import (
	"strconv"
	"strings"
)

// library is what Debian says of a library: on what its users depend.
type library struct {
	templates []string        // dependencies; #MINVER# stands for the version
	smallest  string          // the lowest version that any symbol asks for
	symbols   map[string]need // by "name@version"
}

// need is what the use of a symbol asks for.
type need struct {
	version  string // the first version of the package to have it
	template int
}

// sonamesOf lists the sonames of a symbols or shlibs file.
func sonamesOf(text, suffix string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if suffix == ".shlibs" {
			_, sonames, _ := parseShlibsLine(line)
			list = append(list, sonames...)
		} else if soname, _, ok := strings.Cut(line, " "); ok && isHeader(line) {
			list = append(list, soname)
		}
	}
	return list
}

// isHeader tells whether a line of a symbols file begins a library.
func isHeader(line string) bool {
	return strings.TrimSpace(line) != "" && !strings.ContainsAny(line[:1], " \t|*#")
}

// parseSymbols reads one soname of a symbols file. Symbols that the library has
// no more, and patterns, say nothing.
func parseSymbols(text, soname string) *library {
	lib := &library{symbols: map[string]need{}}
	in := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if isHeader(line) {
			name, template, _ := strings.Cut(line, " ")
			if in = name == soname; in {
				lib.templates = []string{strings.TrimSpace(template)}
			}
			continue
		}
		fields := strings.Fields(line)
		switch {
		case !in || len(fields) < 2:
		case line[0] == '|':
			lib.templates = append(lib.templates, strings.TrimSpace(line[1:]))
		case (line[0] == ' ' || line[0] == '\t') && fields[0][0] != '(':
			lib.addSymbol(fields)
		}
	}
	return lib
}

// addSymbol adds a line "name@version minimal-version [template]".
func (l *library) addSymbol(fields []string) {
	n := need{version: fields[1]}
	if len(fields) > 2 {
		n.template, _ = strconv.Atoi(fields[2])
	}
	l.symbols[fields[0]] = n
	if n.template == 0 && (l.smallest == "" || compareDebian(n.version, l.smallest) < 0) {
		l.smallest = n.version
	}
}

// parseShlibs reads one soname of a shlibs file. A line for the type deb is
// stronger than one for any.
func parseShlibs(text, soname string) *library {
	lib := &library{}
	for line := range strings.Lines(text) {
		kind, sonames, dependency := parseShlibsLine(line)
		for _, name := range sonames {
			if name == soname && (lib.templates == nil || kind == "deb") {
				lib.templates = []string{dependency}
			}
		}
	}
	return lib
}

// parseShlibsLine reads "[type:] library version dependencies", with the two
// sonames that it may stand for. Lines for installer packages (udeb) have none.
func parseShlibsLine(line string) (kind string, sonames []string, dependency string) {
	fields := strings.Fields(line)
	if len(fields) > 0 && strings.HasSuffix(fields[0], ":") {
		kind, fields = strings.TrimSuffix(fields[0], ":"), fields[1:]
	}
	if len(fields) < 2 || strings.HasPrefix(fields[0], "#") || kind != "" && kind != "deb" {
		return kind, nil, ""
	}
	name, version := fields[0], fields[1]
	return kind, []string{name + ".so." + version, name + "-" + version + ".so"}, strings.Join(fields[2:], " ")
}
