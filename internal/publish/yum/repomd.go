package yum

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	dir         = "repodata/"
	repomdName  = dir + "repomd.xml"
	ascName     = repomdName + ".asc"
	retiredName = dir + "retired.json"
)

// repomd is repomd.xml, as far as it matters here.
type repomd struct {
	Revision string `xml:"revision"`
	Data     []data `xml:"data"`
}

// data is one of the files that repomd.xml names.
type data struct {
	Type     string `xml:"type,attr"`
	Checksum sum    `xml:"checksum"`
	Open     sum    `xml:"open-checksum"`
	Location struct {
		Href string `xml:"href,attr"`
	} `xml:"location"`
	Timestamp string `xml:"timestamp"`
	Size      int64  `xml:"size"`
	OpenSize  int64  `xml:"open-size"`
	inner     string // of an element that is not ours: as it is
}

type sum struct {
	Type  string `xml:"type,attr"`
	Value string `xml:",chardata"`
}

func parseRepomd(text []byte) (repomd, error) {
	var raw struct {
		Revision string `xml:"revision"`
		Data     []struct {
			Inner string `xml:",innerxml"`
		} `xml:"data"`
	}
	var m repomd
	if err := xml.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("read repomd.xml: %w", err)
	}
	if err := xml.Unmarshal(text, &raw); err != nil {
		return m, fmt.Errorf("read repomd.xml: %w", err)
	}
	for i, d := range raw.Data {
		m.Data[i].inner = d.Inner
	}
	return m, nil
}

// find returns the data of a type.
func (m repomd) find(kind string) (data, bool) {
	i := slices.IndexFunc(m.Data, func(d data) bool { return d.Type == kind })
	if i < 0 {
		return data{}, false
	}
	return m.Data[i], true
}

// ours tells whether a file is made here, or is one that createrepo makes of
// those: all else, such as comps or modules, is left as it is.
func ours(kind string) bool {
	for _, k := range kinds {
		if kind == k.name || kind == k.name+"_db" || kind == k.name+"_zck" {
			return true
		}
	}
	return false
}

// render writes repomd.xml, but for its time.
func (m repomd) render(at string) string {
	var b strings.Builder
	b.WriteString(declaration + `<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">` + "\n")
	fmt.Fprintf(&b, "  <revision>%s</revision>\n", at)
	for _, d := range m.Data {
		if !ours(d.Type) {
			fmt.Fprintf(&b, "  <data type=\"%s\">%s</data>\n", escape(d.Type), d.inner)
			continue
		}
		fmt.Fprintf(&b, "  <data type=\"%s\">\n    <checksum type=\"sha256\">%s</checksum>\n    <open-checksum type=\"sha256\">%s</open-checksum>\n", d.Type, d.Checksum.Value, d.Open.Value)
		fmt.Fprintf(&b, "    <location href=\"%s\"/>\n    <timestamp>%s</timestamp>\n    <size>%d</size>\n    <open-size>%d</open-size>\n  </data>\n", escape(d.Location.Href), at, d.Size, d.OpenSize)
	}
	b.WriteString("</repomd>\n")
	return b.String()
}

// revision is the time that repomd.xml bears, in seconds since 1970: what it
// had, if nothing else changes; else the packages' time, unless the one before
// was later, since clients take no older one for a newer one.
func (m repomd) revision(old string, at, now time.Time) string {
	before, err := parseRepomd([]byte(old))
	if err == nil && m.render(before.Revision) == old {
		return before.Revision
	}
	if at.After(now) {
		at = now
	}
	seconds := at.Unix()
	if last, err := strconv.ParseInt(before.Revision, 10, 64); err == nil && last <= now.Unix() {
		seconds = max(seconds, last)
	}
	return strconv.FormatInt(seconds, 10)
}
