package elfdeps

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// dependencies are those of a Debian package: the highest version that is asked
// for, or "", by the template that it goes into.
type dependencies map[string]string

// addObject adds what an object asks of its libraries, in their order: a symbol
// belongs to the first library that has it.
func (d dependencies) addObject(o *object, libraries []*library) {
	for _, lib := range libraries {
		d.add(lib.templates[0], lib.smallest)
	}
	for _, s := range o.symbols {
		name := s.name + "@Base"
		if s.version != "" {
			name = s.name + "@" + s.version
		}
		for _, lib := range libraries {
			if n, ok := lib.symbols[name]; ok {
				d.add(lib.template(n.template), n.version)
				break
			}
		}
	}
}

// template is the one of a number; a number that there is no template for means
// the first.
func (l *library) template(number int) string {
	if number < 0 || number >= len(l.templates) {
		number = 0
	}
	return l.templates[number]
}

func (d dependencies) add(template, version string) {
	for _, part := range strings.Split(template, ",") {
		part = strings.TrimSpace(part)
		if last, ok := d[part]; part != "" && (!ok || isHigher(version, last)) {
			d[part] = version
		}
	}
}

// isHigher orders versions, of which "" is any.
func isHigher(version, than string) bool {
	return version != "" && (than == "" || compareDebian(version, than) > 0)
}

var atLeast = regexp.MustCompile(`^([a-z0-9][a-z0-9+.:-]*)(?: ?\(>= ?([^()|]+)\))?$`)

// list writes the dependencies, sorted. Those on one package, with at least some
// version or any, become one, with the highest; all others stay as they are.
func (d dependencies) list() []string {
	highest, all := map[string]string{}, map[string]bool{}
	for template, version := range d {
		minimum := ""
		if version != "" && version != "0" {
			minimum = "(>= " + version + ")"
		}
		dependency := strings.Join(strings.Fields(strings.ReplaceAll(template, "#MINVER#", minimum)), " ")
		if m := atLeast.FindStringSubmatch(dependency); m == nil {
			all[dependency] = true
		} else if last, ok := highest[m[1]]; !ok || isHigher(m[2], last) {
			highest[m[1]] = m[2]
		}
	}
	for pkg, version := range highest {
		if version != "" {
			pkg += " (>= " + version + ")"
		}
		all[pkg] = true
	}
	return slices.Sorted(maps.Keys(all))
}
