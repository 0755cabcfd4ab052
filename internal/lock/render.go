package lock

import "strings"

// Render writes the lock as one requirements file that pip and uv read: the options,
// then the requirements, in the lock's order. Constraints are left out, as Read found
// them met. Relative find-links are relative to the project's root.
//
// The text depends on nothing but the lock.
func (l Lock) Render() string {
	var b strings.Builder
	for _, o := range l.Options {
		b.WriteString("--" + o.Name)
		if o.Value != "" {
			b.WriteString(" " + requote(o.Value))
		}
		b.WriteByte('\n')
	}
	for _, r := range l.Requirements {
		b.WriteString(r.text())
		if r.Marker != "" {
			b.WriteString(" ; " + r.Marker)
		}
		for _, hash := range r.Hashes {
			b.WriteString(" \\\n    --hash=" + hash)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// text returns a requirement without marker and hashes: "name[extra]==1.0".
func (r Requirement) text() string {
	text := r.Name
	if len(r.Extras) > 0 {
		text += "[" + strings.Join(r.Extras, ",") + "]"
	}
	if r.URL != "" {
		return text + " @ " + r.URL
	}
	return text + r.Specifier
}

// requote puts quotes around an option's value that would otherwise be cut apart, as
// a shell would want them.
func requote(value string) string {
	if !strings.ContainsAny(value, " \t\f\v#'\"\\") {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'"'"'`) + "'"
}
