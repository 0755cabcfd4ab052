package apt

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// dateFormat is RFC 2822 with the zone that apt wants.
const dateFormat = "Mon, 02 Jan 2006 15:04:05 UTC"

// file is one that Release names.
type file struct {
	name   string // relative to Release
	sha256 string
	size   int64
}

// parseRelease reads a Release file: its fields, and the files by SHA-256.
func parseRelease(text string) (map[string]string, []file) {
	f := fields(text)
	var files []file
	in := false
	for line := range strings.Lines(text) {
		if line[0] != ' ' && line[0] != '\t' {
			in = strings.HasPrefix(line, "SHA256:")
			continue
		}
		parts := strings.Fields(line)
		if !in || len(parts) != 3 {
			continue
		}
		if size, err := strconv.ParseInt(parts[1], 10, 64); err == nil && size >= 0 {
			files = append(files, file{parts[2], parts[0], size})
		}
	}
	delete(f, "SHA256")
	return f, files
}

// releaseFields are those that we write, in order. Those after Description are
// what the repository says of itself; apt's choice of versions goes by some.
var releaseFields = []string{"Origin", "Label", "Suite", "Codename", "Description", "Version", "NotAutomatic", "ButAutomaticUpgrades", "Changelogs", "Snapshots"}

// renderRelease writes a Release file, but for its date.
func renderRelease(f map[string]string, arches, components []string, files []file, byHash bool) func(date string) string {
	return func(date string) string {
		var b strings.Builder
		for _, name := range releaseFields {
			if f[name] != "" {
				fmt.Fprintf(&b, "%s: %s\n", name, f[name])
			}
		}
		fmt.Fprintf(&b, "Date: %s\n", date)
		if len(arches) > 0 {
			fmt.Fprintf(&b, "Architectures: %s\n", strings.Join(arches, " "))
		}
		if len(components) > 0 {
			fmt.Fprintf(&b, "Components: %s\n", strings.Join(components, " "))
		}
		if byHash {
			b.WriteString("Acquire-By-Hash: yes\n")
		}
		b.WriteString("SHA256:\n")
		for _, f := range slices.SortedFunc(slices.Values(files), func(a, b file) int { return cmp.Compare(a.name, b.name) }) {
			fmt.Fprintf(&b, " %s %16d %s\n", f.sha256, f.size, f.name)
		}
		return b.String()
	}
}

// date is what a Release file bears: what it had, if nothing else changes, since
// then it is the same file; else the packages' time, unless the one before was
// later, since apt takes no older file for a newer one. It is never in the
// future, which apt refuses.
func date(render func(string) string, old string, at, now time.Time) string {
	f, _ := parseRelease(old)
	before, err := time.Parse(dateFormat, f["Date"])
	if err == nil && render(f["Date"]) == old {
		return f["Date"]
	}
	if at.After(now) {
		at = now
	}
	if err == nil && before.After(at) {
		at = before
	}
	return at.UTC().Format(dateFormat)
}

// unsigned returns the text of a clearsigned file, as it was signed.
func unsigned(inRelease string) string {
	_, rest, ok := strings.Cut(inRelease, "-----BEGIN PGP SIGNED MESSAGE-----\n")
	if !ok {
		return inRelease
	}
	_, rest, _ = strings.Cut(rest, "\n\n")
	text, _, _ := strings.Cut(rest, "-----BEGIN PGP SIGNATURE-----")
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimPrefix(line, "- "))
	}
	return strings.TrimRight(b.String(), "\n") + "\n" // the last line end is the signature's, or is not
}

// unique sorts words and has each once.
func unique(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
