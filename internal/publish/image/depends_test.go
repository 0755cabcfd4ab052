package image

import (
	"slices"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/target"
)

func TestLacking(t *testing.T) {
	t.Parallel()
	have := map[string][]string{}
	installed(debianStatus, have)
	for depends, want := range map[string]string{
		"":                                    "",
		"python3.11":                          "",
		"libc6 (>= 2.34), python3.11":         "",
		"libc6 (>= 2.37)":                     "libc6 (>= 2.37)",
		"libc6 (<< 2.37), libc6 (>> 2.36)":    "",
		"libc6 (= 2.36-9+deb12u8)":            "",
		"python3.12 | python3.11 (>= 3.11.2)": "",
		"python3.12 | python3.10":             "python3.12 | python3.10",
		"python3-any":                         "",
		"python3-any (>= 3)":                  "python3-any (>= 3)", // provided without a version
		"python3-exact (>= 3.11), python3-exact (<< 4)": "",
		"gone":                         "gone", // its configuration is there, it is not
		"passwd, python3.11:any":       "",     // for maintainer scripts alone
		"libpq5 (>= 10~~), libpq5, x":  "libpq5 (>= 10~~), libpq5, x",
		"libc6 (>= 2.34) [amd64 i386]": "",
	} {
		p := pkg{fields: parseFields("Package: x\nDepends: " + depends + "\n")}
		p.info.Services = shop()
		if got := strings.Join(p.lacking(have), ", "); got != want {
			t.Errorf("%q lacks %q, want %q", depends, got, want)
		}
	}
}

func TestMissingDependencies(t *testing.T) {
	t.Parallel()
	s := serve(t)
	base := pushBase(t, s, debian(), "amd64")
	list := []artifact.Artifact{pack(t, "amd64", "1.0", shop(), "libpq5 (>= 10~~)")}
	at := "image://" + s.host + "/o/shop?base=" + base
	s.asked()
	_, err := open(t, at).Publish(t.Context(), list)
	if err == nil || !strings.Contains(err.Error(), "lacks what the package depends on: libpq5 (>= 10~~): want a base that has it, made from this one by RUN apt-get install --no-install-recommends libpq5, or") {
		t.Errorf("got %v", err)
	}
	if sent := s.asked("POST", "PUT", "PATCH"); len(sent) > 0 {
		t.Errorf("sent %q", sent)
	}
	var said []string
	_, err = open(t, at+"&missing=warn", func(s *target.Setup) { s.Say = func(line string) { said = append(said, line) } }).Publish(t.Context(), list)
	if err != nil || !slices.Contains(said, "the base lacks what the package depends on, as you allow: libpq5 (>= 10~~)") {
		t.Errorf("%v, said %q", err, said)
	}
	none := debian()
	delete(none, "var/lib/dpkg/status")
	_, err = open(t, "image://"+s.host+"/o/alpine?base="+pushBase(t, s, none, "amd64")).Publish(t.Context(), list)
	if err == nil || !strings.Contains(err.Error(), "it keeps no list of packages as dpkg does") {
		t.Errorf("no Debian: %v", err)
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	both := pkg{info: buildInfo{Services: shop()}}
	noWeb := shop()
	noWeb.Processes = noWeb.Processes[1:]
	several := shop()
	several.Processes[0].Name = "api"
	for name, test := range map[string]struct {
		p          pkg
		ask        string
		want, fail string
	}{
		"web by itself":       {both, "", "/bin/sh -c exec serve $PORT", ""},
		"by name":             {both, "worker", "/opt/shop/bin/work", ""},
		"periodic by name":    {both, "report", "/opt/shop/bin/report", ""},
		"the release command": {both, "release", "/opt/shop/bin/migrate", ""},
		"the only one":        {pkg{info: buildInfo{Services: noWeb}}, "", "/opt/shop/bin/work", ""},
		"which?":              {pkg{info: buildInfo{Services: several}}, "", "", "want the option process=NAME, one of api, worker, report, release"},
		"unknown":             {both, "wrker", "", `option process="wrker": the package has no such process: want one of web, worker, report, release`},
		"a command":           {pkg{commands: []string{"/usr/bin/shop"}}, "", "/usr/bin/shop", ""},
		"which command?":      {pkg{commands: []string{"/usr/bin/a", "/usr/bin/b"}}, "", "", "one of a, b"},
		"that command":        {pkg{commands: []string{"/usr/bin/a", "/usr/bin/b"}}, "b", "/usr/bin/b", ""},
		"nothing":             {pkg{}, "", "", "neither processes nor commands"},
	} {
		q, err := test.p.choose(test.ask)
		if got := strings.Join(q.command, " "); got != test.want || (err == nil) != (test.fail == "") || err != nil && !strings.Contains(err.Error(), test.fail) {
			t.Errorf("%s: %q, %v; want %q, %q", name, got, err, test.want, test.fail)
		}
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		passwd, group string
		user, want    string
		uid, gid      int
	}{
		"new":              {"root:x:0:0::/:\n", "root:x:0:\n", "shop", "shop:x:10001:10001:shop application:/home:/usr/sbin/nologin\n", 10001, 10001},
		"there":            {"shop:x:33:34::/:\n", "shop:x:34:\n", "shop", "", 33, 34},
		"a group":          {"", "shop:x:7:\n", "shop", "shop:x:10001:7:shop application:/home:/usr/sbin/nologin\n", 10001, 7},
		"taken":            {"a:x:10001:10001::/:\n", "b:x:10002:\n", "shop", "shop:x:10003:10003:shop application:/home:/usr/sbin/nologin\n", 10003, 10003},
		"without line end": {"root:x:0:0::/:", "", "shop", "shop:x:10001:10001:shop application:/home:/usr/sbin/nologin\n", 10001, 10001},
	} {
		a := accounts{passwd: test.passwd, group: test.group}
		uid, gid := a.add(test.user, test.user, "/home")
		added := strings.TrimPrefix(strings.TrimPrefix(a.passwd, strings.TrimSuffix(test.passwd, "\n")), "\n")
		if uid != test.uid || gid != test.gid || added != test.want {
			t.Errorf("%s: %d:%d, %q; want %d:%d, %q", name, uid, gid, added, test.uid, test.gid, test.want)
		}
	}
}
