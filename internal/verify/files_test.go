package verify

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseManifest(t *testing.T) {
	t.Parallel()
	out := "d0755\x000:0\x004096\x001.5\x00\x00/\x00" +
		"f0644\x000:0\x005\x002.5\x00\x00/a\nb\x00" +
		"l0777\x000:0\x001\x003.5\x00../x\x00/l\x00" +
		"f0644\x000:0\x005\x002.5\x00\x00/run/pid\x00"
	want := manifest{"/": "d0755 0:0", "/a\nb": "f0644 0:0 5 2.5", "/l": "link to ../x", "/run/pid": "f0644 0:0"}
	if diff := cmp.Diff(want, parseManifest(out)); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	if m := parseManifest("f0644\x00cut"); len(m) != 0 {
		t.Errorf("of what is cut off: %v", m)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	before := manifest{"/etc/issue": "f0644 0:0 5 1", "/etc/gone": "f", "/opt": "d", "/var/log/dpkg.log": "f 1", "/etc/kept": "f"}
	withoutOpt := compare(before, manifest{"/etc/issue": before["/etc/issue"], "/etc/gone": "f", "/etc/kept": "f"}, leftovers("deb", true, nil))
	if withoutOpt != nil {
		t.Errorf("differences when dpkg took /opt away: %q", withoutOpt)
	}
	after := manifest{
		"/opt":       "d",
		"/etc/issue": "f0666 0:0 5 1", "/var/log/dpkg.log": "f 2", "/etc/kept": "f",
		"/opt/x": "d", "/opt/x/a": "f", "/opt/x/b": "f", "/opt/xy": "f",
	}
	got := compare(before, after, leftovers("deb", true, nil))
	want := []string{"/opt/x (and 2 below)", "/opt/xy", "/etc/issue (changed: f0666 0:0 5 1, before: f0644 0:0 5 1)", "/etc/gone (gone)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}

func TestLeftovers(t *testing.T) {
	t.Parallel()
	const always, removed, rpm, never = "yes yes yes", "yes no yes", "no no yes", "no no no"
	data := dataDirs("shop", []unit{{dirs: []string{"/var/lib/orders", "/etc/orders"}}})
	for name, want := range map[string]string{
		"/etc/passwd-":                                           always,
		"/var/lib/dpkg/info/x":                                   always,
		"/var/cache/ldconfig/aux-cache":                          always,
		"/var/log/journal/1/system.journal":                      always,
		"/var/lib/systemd/timers/stamp-x.timer":                  always,
		"/var/lib/private":                                       always,
		"/tmp/systemd-private-1-x.service/tmp":                   always,
		"/var/lib/shop/data.db":                                  removed,
		"/var/lib/private/orders":                                removed,
		"/var/cache/shop":                                        removed,
		"/var/log/shop/web.log":                                  removed,
		"/etc/shop/web.env":                                      removed,
		"/etc/shop.conf":                                         "yes no no",
		"/etc/systemd/system/x.wants/shop.timer":                 "yes no no",
		"/var/lib/systemd/deb-systemd-helper-enabled/shop.timer": "yes no yes",
		"/opt/shop.conf.rpmsave":                                 rpm,
		"/opt/shop":                                              never,
		"/var/lib/shopping":                                      never,
		"/var/log/shop.log":                                      never,
		"/run/shop":                                              never,
		"/tmp/x":                                                 never,
		"/usr/lib/python3/x.pyc":                                 never,
	} {
		got := ""
		for _, allow := range []func(string) bool{leftovers("deb", false, data), leftovers("deb", true, data), leftovers("rpm", false, data)} {
			got += map[bool]string{true: " yes", false: " no"}[allow(name)]
		}
		if got != " "+want {
			t.Errorf("%s: after remove, purge, erase%s; want %s", name, got, want)
		}
	}
}
