package plan

import (
	"slices"
	"strconv"
	"strings"
)

// OSRelease is what os-release(5) says of a system.
type OSRelease struct {
	ID      string   // "debian"
	Version string   // VERSION_ID: "12"
	Like    []string // ID_LIKE
	Number  int      // VERSION_ID's major number, times 100, plus the minor one: 1200, 2204; 0 when unknown
	Name    string   // PRETTY_NAME
}

// ParseOSRelease reads the text of /etc/os-release; what it does not say stays
// empty.
func ParseOSRelease(text string) OSRelease {
	var r OSRelease
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		value = strings.Trim(value, `"'`)
		switch key {
		case "ID":
			r.ID = value
		case "ID_LIKE":
			r.Like = strings.Fields(value)
		case "PRETTY_NAME":
			r.Name = value
		case "VERSION_ID":
			r.Version = value
			major, minor, _ := strings.Cut(value, ".")
			a, _ := strconv.Atoi(major)
			b, _ := strconv.Atoi(minor)
			r.Number = a*100 + b
		}
	}
	return r
}

// Release names the system and its release: "debian:12", "ubuntu:24.04".
func (r OSRelease) Release() string {
	if r.ID == "" {
		return ""
	}
	return r.ID + ":" + r.Version
}

// zstdSince is the first release of a system whose package manager reads zstd:
// dpkg 1.21.18, rpm 4.14. What is not listed reads it.
var zstdSince = []struct {
	format, id string
	number     int
}{
	{"deb", "debian", 1200},
	{"deb", "ubuntu", 2110},
	{"rpm", "rhel", 800},
	{"rpm", "centos", 800},
	{"rpm", "amzn", 202300},
}

// compression resolves auto for the system on which we build, which is the one
// that packages are for.
func compression(wanted, format string, r OSRelease) string {
	switch wanted {
	case "zstd":
		return "zstd:3"
	case "gzip":
		return "gzip:6"
	case "auto":
		for _, since := range zstdSince {
			if since.format == format && (r.ID == since.id || slices.Contains(r.Like, since.id) && r.ID != "ubuntu") && r.Number != 0 && r.Number < since.number {
				return "gzip:6"
			}
		}
		return "zstd:3"
	}
	return wanted
}
