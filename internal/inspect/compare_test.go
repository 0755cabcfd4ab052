package inspect

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/debfile"
	"github.com/pinpack/pinpack/internal/tree"
)

func TestCompareSame(t *testing.T) {
	t.Parallel()
	pl, files := shop("1.0")
	p := written(t, pl, files)
	q := written(t, pl, files)
	for what, d := range map[string]Difference{
		"a .deb with itself":   Compare(open(t, p["deb"]), open(t, q["deb"])),
		"an .rpm with itself":  Compare(open(t, p["rpm"]), open(t, q["rpm"])),
		"the .deb with .rpm":   Compare(open(t, p["deb"]), open(t, p["rpm"])),
		"the .rpm with a .deb": Compare(open(t, p["rpm"]), open(t, p["deb"])),
	} {
		if !d.Same() || d.Size != 0 && d.Passed == nil {
			t.Errorf("%s: %+v", what, d)
		}
		if (d.Passed != nil) != strings.HasPrefix(what, "the ") {
			t.Errorf("%s: passed over %q", what, d.Passed)
		}
	}
}

// paths names what becomes of each path that is no directory.
func paths(list []FileChange) []string {
	var all []string
	for _, c := range list {
		switch {
		case c.From != nil && c.From.Kind == "dir" || c.To != nil && c.To.Kind == "dir":
		case c.From == nil:
			all = append(all, "+ "+c.Path)
		case c.To == nil:
			all = append(all, "- "+c.Path)
		default:
			all = append(all, "~ "+c.Path)
		}
	}
	return all
}

func TestCompareFindsAll(t *testing.T) {
	t.Parallel()
	pl, files := shop("1.0")
	before := written(t, pl, files)
	pl, files = shop("1.1")
	pl.Metadata.Summary, pl.Packages[0].Depends, pl.Packages[1].Depends = "Sells more", []string{"python3.11"}, []string{"/usr/bin/python3.11"}
	var changed tree.Tree
	for _, e := range files {
		switch e.Path {
		case "/usr/lib/systemd/system/shop.service":
			more := tree.Text("/usr/lib/systemd/system/shop-worker.service", "[Service]\n")
			e = tree.Text(e.Path, "[Service]\nExecStart=/opt/shop/bin/shop --fast\n")
			changed = append(changed, more)
		case "/opt/shop/bin/zope":
			e.Mode = 0o755
		case "/opt/shop/bin/python":
			e.Link = "/usr/bin/python3.12"
		case site + "zope_interface-5.dist-info/RECORD":
			continue
		case "/usr/share/shop/build-info.json":
			e = tree.Text(e.Path, strings.NewReplacer(`{"name": "Zope.Interface", "version": "5"}`, `{"name": "attrs", "version": "2"}`, "3.11.2", "3.12.1", "2.17", "2.34").Replace(string(e.Data)))
		case "/etc/shop/shop.env":
			e.Data, e.Owner = []byte("PORT=90\n"), ""
		}
		changed = append(changed, e)
	}
	after := written(t, pl, changed)
	for _, format := range []string{"deb", "rpm"} {
		d := Compare(open(t, before[format]), open(t, after[format]))
		relations := []debfile.Change{{Name: "depends libpq5 (>= 13)", From: "yes"}}
		script := "postinst"
		if format == "rpm" {
			relations, script = []debfile.Change{{Name: "depends libpq.so.5()(64bit)", From: "yes"}}, "post"
		}
		want := Difference{
			From: Which{format, "shop", "1.0-1", open(t, before[format]).Arch}, To: Which{format, "shop", "1.1-1", open(t, before[format]).Arch},
			Metadata:      []debfile.Change{{Name: "summary", From: "Sells things", To: "Sells more"}, {Name: "version", From: "1.0-1", To: "1.1-1"}},
			Interpreter:   []debfile.Change{{Name: "glibc", From: "2.17", To: "2.34"}, {Name: "python", From: "3.11.2", To: "3.12.1"}},
			Distributions: []debfile.Change{{Name: "Zope.Interface", From: "5"}, {Name: "attrs", To: "2"}, {Name: "shop", From: "1.0", To: "1.1"}},
			Relations:     relations, Units: []debfile.Change{{Name: "shop-worker.service", To: "yes"}}, Size: d.Size,
		}
		got := d
		got.Files, got.Texts = nil, nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
		files := []string{
			"~ /etc/shop/shop.env", "~ /opt/shop/bin/python", "~ /opt/shop/bin/zope", "- " + site + "shop-1.0.dist-info/RECORD", "+ " + site + "shop-1.1.dist-info/RECORD",
			"~ " + site + "shop.py", "- " + site + "zope_interface-5.dist-info/RECORD", "+ /usr/lib/systemd/system/shop-worker.service", "~ /usr/lib/systemd/system/shop.service", "~ /usr/share/shop/build-info.json",
		}
		if diff := cmp.Diff(files, paths(d.Files)); diff != "" {
			t.Errorf("%s: files (-want +got):\n%s", format, diff)
		}
		texts := map[string]string{}
		for _, c := range d.Texts {
			texts[c.Name] = c.Diff
		}
		if len(texts) != 4 || !strings.Contains(texts[script], "-echo 1.0\n+echo 1.1\n") ||
			texts["/etc/shop/shop.env"] != "--- a/etc/shop/shop.env\n+++ b/etc/shop/shop.env\n@@ -1 +1 @@\n-PORT=80\n+PORT=90\n" ||
			!strings.HasPrefix(texts["/usr/lib/systemd/system/shop-worker.service"], "--- /dev/null\n+++ b/usr/lib/") ||
			!strings.Contains(texts["/usr/lib/systemd/system/shop.service"], "+ExecStart=/opt/shop/bin/shop --fast\n") {
			t.Errorf("%s: texts %q", format, texts)
		}
	}
	// Across formats, what both say is compared all the same.
	d := Compare(open(t, before["deb"]), open(t, after["rpm"]))
	if d.Same() || len(d.Distributions) != 3 || len(d.Units) != 1 || len(d.Relations) != 0 || len(d.Metadata) != 2 || len(paths(d.Files)) != 10 {
		t.Errorf(".deb and .rpm: %+v\n%q", d, paths(d.Files))
	}
}
