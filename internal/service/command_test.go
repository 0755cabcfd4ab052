package service

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestCommandsBecomeCommandLinesOfUnits(t *testing.T) {
	t.Parallel()
	a := App{Prefix: "/opt/100%", Commands: []string{"gunicorn", "python"}}
	for text, want := range map[string]string{
		"gunicorn shop.wsgi":                   "/opt/100%%/bin/gunicorn shop.wsgi",
		"redis-server /etc/redis.conf":         "redis-server /etc/redis.conf",
		"/usr/bin/gunicorn a":                  "/usr/bin/gunicorn a",
		"  gunicorn\t a  b ":                   "/opt/100%%/bin/gunicorn a b",
		"gunicorn --name '50% $x'":             `/opt/100%%/bin/gunicorn --name "50%% $$x"`,
		`gunicorn "a \"b\" \$c" d\ e`:          `/opt/100%%/bin/gunicorn "a \"b\" $$c" "d e"`,
		"gunicorn -b :$PORT $ARGS \"$ARGS\"":   "/opt/100%%/bin/gunicorn -b :${PORT} $ARGS ${ARGS}",
		"gunicorn ${A}b ''":                    `/opt/100%%/bin/gunicorn ${A}b ""`,
		"A=1 B='x y' gunicorn a":               `/usr/bin/env A=1 "B=x y" gunicorn a`,
		"gunicorn {a} a=b a# x~ a!":            "/opt/100%%/bin/gunicorn {a} a=b a# x~ a!",
		"gunicorn a; gunicorn b":               `/bin/sh -c "gunicorn a; gunicorn b"`,
		"cd /srv && gunicorn a":                `/bin/sh -c "cd /srv && gunicorn a"`,
		"gunicorn *.py":                        `/bin/sh -c "exec gunicorn *.py"`,
		"gunicorn >/dev/null 2>&1":             `/bin/sh -c "exec gunicorn >/dev/null 2>&1"`,
		"A=1 gunicorn a?":                      `/bin/sh -c "A=1 gunicorn a?"`,
		"gunicorn ${PORT:-80} 5%":              `/bin/sh -c "exec gunicorn $${PORT:-80} 5%%"`,
		"gunicorn $(nproc)":                    `/bin/sh -c "gunicorn $$(nproc)"`,
		"gunicorn \"`nproc`\"":                 "/bin/sh -c \"gunicorn \\\"`nproc`\\\"\"",
		"gunicorn ~/x":                         `/bin/sh -c "exec gunicorn ~/x"`,
		"! gunicorn":                           `/bin/sh -c "! gunicorn"`,
		"gunicorn & gunicorn":                  `/bin/sh -c "gunicorn & gunicorn"`,
		`gunicorn 'a;b' "c|d" e\;f`:            `/opt/100%%/bin/gunicorn "a;b" c|d "e;f"`,
		"python -m http.server":                "/opt/100%%/bin/python -m http.server",
		"sh -c 'exec gunicorn \"$@\"' x a b $": `sh -c "exec gunicorn \"$$@\"" x a b $$`,
		"gunicorn # the rest is a comment":     "/opt/100%%/bin/gunicorn",
		"gunicorn a* # a comment":              `/bin/sh -c "exec gunicorn a*"`,
		"exec gunicorn a":                      "/opt/100%%/bin/gunicorn a",
		"exec  gunicorn a*":                    `/bin/sh -c "exec gunicorn a*"`,
		"A=1 exec gunicorn a":                  "/usr/bin/env A=1 gunicorn a",
		"exec gunicorn a; exec gunicorn b":     `/bin/sh -c "exec gunicorn a; exec gunicorn b"`,
		"$PYTHON -m shop":                      `/bin/sh -c "exec $$PYTHON -m shop"`,
		`"$VIRTUAL_ENV/bin/gunicorn" a`:        `/bin/sh -c "exec \"$$VIRTUAL_ENV/bin/gunicorn\" a"`,
		"A=1 $PYTHON -m shop":                  "/usr/bin/env A=1 $PYTHON -m shop",
	} {
		c, err := parseCommand(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if got := c.argv(a); got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func TestCommandsAreSplitAsByTheShell(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`a b  c`, `a 'b c' d`, `a "b 'c'" d`, `a 'b'"c"d`, `a \"b\" \\`, `a "\\ \x"`, `a '' ""`, `a b=c {d} x~ y#`, `a 'it'\''s'`,
	} {
		c, err := parseCommand(text)
		if err != nil || c.shell {
			t.Errorf("%q: %v, shell %v", text, err, c.shell)
			continue
		}
		out, err := exec.Command("sh", "-c", `printf '%s\0' `+text).Output()
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, w := range c.words {
			words = append(words, w.text)
		}
		if want := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !slices.Equal(words, want) {
			t.Errorf("%q: words %q; sh has %q", text, words, want)
		}
	}
}

func TestCommandsAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":             `command "": names no program`,
		"A=1":          `command "A=1": names no program`,
		"a 'b":         `command "a 'b": a quote is not closed`,
		`a "b`:         `command "a \"b": a quote is not closed`,
		"a\x00b":       `command "a\x00b": holds a control character: want one line`,
		"a\nExecStart": `command "a\nExecStart": holds a control character: want one line`,
	} {
		if _, err := parseCommand(text); err == nil || err.Error() != want {
			t.Errorf("%q:\ngot  %v\nwant %s", text, err, want)
		}
	}
}

func FuzzCommand(f *testing.F) {
	for _, s := range []string{"gunicorn a", `a "b \" $c" 'd' ${E}`, "a; b", `\`, "$", "${", "A=b c"} {
		f.Add(s)
	}
	a := App{Prefix: "/opt/x"}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCommand(text)
		if err != nil {
			return
		}
		line := c.argv(a, "--more")
		if strings.ContainsAny(line, "\n\r\x00") || line == "" {
			t.Errorf("%q became %q", text, line)
		}
		for i := strings.IndexByte(line, '%'); i >= 0; i = strings.IndexByte(line, '%') {
			if !strings.HasPrefix(line[i:], "%%") {
				t.Fatalf("%q became %q: a specifier of systemd", text, line)
			}
			line = line[i+2:]
		}
	})
}

func FuzzProcfile(f *testing.F) {
	f.Add("web: gunicorn a\r\nworker: celery -A a worker\n# no\nrelease: a 'b\nweb: twice\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseProcfile(text)
		if err != nil {
			return
		}
		a, err := App{Name: "x", Version: "1", Prefix: "/opt/x"}.WithProcfile(list).Complete()
		if err != nil {
			return
		}
		if _, err := a.Files(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		for format := range events {
			if _, err := a.Scripts(format); err != nil {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}

func TestScriptsOfTheSourceTreeAreNoted(t *testing.T) {
	t.Parallel()
	a := App{Name: "shop", Prefix: "/opt/shop", Release: "python3 -u manage.py migrate", Processes: []Process{
		{Name: "a", Command: "python app.py"}, {Name: "b", Command: "python -m app.py"}, {Name: "c", Command: "python /srv/app.py"},
		{Name: "d", Command: "python $APP/app.py"}, {Name: "e", Command: "A=1 python src/app.py"}, {Name: "f", Command: "python app.py", Directory: "/srv/shop"},
	}}
	const end = ", where nothing of the source tree is: want a console script of the project, or python -m with a module of it"
	want := []string{"services.a: app.py is looked for in /opt/shop" + end, "services.e: src/app.py is looked for in /opt/shop" + end, "services.release: manage.py is looked for in /opt/shop" + end}
	if got := a.Notes(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestInstancesOnOnePortAreNoted(t *testing.T) {
	t.Parallel()
	a := App{Name: "shop", Prefix: "/opt/shop", Processes: []Process{
		{Name: "a", Command: "gunicorn a -b :$PORT", Instances: 2}, {Name: "b", Command: "gunicorn --reuse-port a -b :$PORT", Instances: 2},
		{Name: "c", Command: "gunicorn a -b :$PORT", Instances: 1}, {Name: "d", Command: "ask $PORT", Instances: 2, Environment: map[string]string{"PORT": "80"}},
	}}
	if got := a.Notes(); len(got) != 1 || !strings.HasPrefix(got[0], "services.a: each of its instances gets the same $PORT, 5000, ") {
		t.Errorf("got %q", got)
	}
}

func TestServersThatAreNotInstalledAreToldOf(t *testing.T) {
	t.Parallel()
	a := App{Processes: []Process{
		{Name: "a", Command: "gunicorn a"}, {Name: "b", Command: "A=1 exec uvicorn a"}, {Name: "c", Command: "/usr/bin/uwsgi a"},
		{Name: "d", Command: "python -m daphne a"}, {Name: "e", Command: "redis-server"}, {Name: "f", Command: "hypercorn a"},
	}}
	got := a.Lacks(func(program string) bool { return program == "gunicorn" })
	const end = " is not in the virtualenv: lock it, or name that of the system by an absolute path"
	if want := []string{"services.b: uvicorn" + end, "services.f: hypercorn" + end}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestSupervisorsSeeNoCommentsInCommands(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"cd /srv ; gunicorn a", "a ; ; b # c", `a 'it ;' "is # here" \; ; b`, "a;b\t;c"} {
		a := App{Name: "shop", Prefix: "/opt/shop"}
		line := a.supervised(Process{Name: "a", Command: text, Environment: map[string]string{"A": "x ; 'y # z"}}, "")
		if commentMark.MatchString(line) {
			t.Errorf("%q: a comment in %s", text, line)
		}
		out, err := exec.Command("sh", "-c", `printf '%s\0' `+line).Output()
		words := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		c, _ := parseCommand(text)
		if want := []string{"/usr/bin/env", "A=x ; 'y # z", "/usr/libexec/shop/run", "sh", "-c", c.text}; err != nil || !slices.Equal(words, want) {
			t.Errorf("%q: %v\ngot  %q\nwant %q", text, err, words, want)
		}
	}
}

func TestValuesOfEnvironmentFilesAreWordsForShells(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"", "a", "a b", `x y $HOME 50% "q" \b ; #`, "it's", "it's `x` $y \"z\" \\", "#a", "http://a/b?c=d&e=f"} {
		out, err := exec.Command("sh", "-euc", "A="+quoteEnv(value)+"\nprintf %s \"$A\"").Output()
		if err != nil || string(out) != value {
			t.Errorf("%q: %v: %s gives %q", value, err, quoteEnv(value), out)
		}
	}
}
