package service

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/pinpack/pinpack/internal/tree"
)

// Files are what a package carries for its processes, for every format; what
// differs between the formats says so in Only. None without a process.
func (a App) Files() ([]tree.Entry, error) {
	if len(a.Processes) == 0 {
		return nil, nil
	}
	list := supervisorOf(a.Supervisor).files(a)
	list = append(list, a.sysusers()...)
	list = append(list, a.tmpfiles()...)
	list = append(list, a.metrics()...)
	helpers, err := a.helpers()
	if err != nil {
		return nil, err
	}
	examples, err := a.examples()
	if err != nil {
		return nil, err
	}
	list = append(append(list, helpers...), examples...)
	return append(list, a.parents(list)...), nil
}

// Configuration lists the paths of those files that an administrator may change:
// conffiles, and %config(noreplace).
func (a App) Configuration() []string {
	var names []string
	if len(a.Processes) > 0 && a.Supervisor != "systemd" {
		for _, e := range supervisorOf(a.Supervisor).files(a) {
			names = append(names, e.Path)
		}
	}
	return names
}

// Depends are the packages without which the maintainer scripts and processes
// cannot do, in the notation of a format. On rpm's family they are needed before
// the package is unpacked: Requires(pre).
func (a App) Depends(format string) []string {
	if len(a.Processes) == 0 {
		return nil
	}
	accounts := "passwd"
	if format == "rpm" {
		accounts = "/usr/sbin/useradd" // shadow-utils on Fedora, shadow on SUSE
	}
	return append([]string{accounts}, supervisorOf(a.Supervisor).depends...)
}

// parents are the directories that are the package's alone.
func (a App) parents(list []tree.Entry) []tree.Entry {
	own := map[string]bool{}
	for _, e := range list {
		dir := path.Dir(e.Path)
		if strings.HasSuffix(dir, ".socket.d") || path.Base(dir) == "examples" || dir == path.Dir(a.helper("x")) {
			own[dir] = true
		}
	}
	var dirs []tree.Entry
	for dir := range own {
		dirs = append(dirs, tree.Entry{Path: dir, Kind: tree.Dir, Mode: 0o755})
	}
	return dirs
}

// helpers are the programs that the processes are started with.
func (a App) helpers() ([]tree.Entry, error) {
	var list []tree.Entry
	add := func(name string, mode fs.FileMode) error {
		text, err := a.fill("helpers/" + name)
		e := tree.Text(a.helper(strings.TrimSuffix(name, ".sh")), text)
		e.Mode = mode
		list = append(list, e)
		return err
	}
	for _, p := range a.Processes {
		if p.Health != "" {
			if err := add("healthcheck.py", 0o644); err != nil {
				return nil, err
			}
			break
		}
	}
	if a.Release != "" {
		if err := add("release.sh", 0o755); err != nil {
			return nil, err
		}
	}
	if a.Supervisor != "systemd" {
		if err := add("run.sh", 0o755); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// exampleFiles are the examples, and the names under which they are shipped.
var exampleFiles = []string{"README", "environment.env", "nginx.conf", "ansible.yml", "puppet.pp", "salt.sls"}

// examples are what an administrator may copy from /usr/share/doc.
func (a App) examples() ([]tree.Entry, error) {
	var list []tree.Entry
	for _, name := range exampleFiles {
		if name == "nginx.conf" && a.upstream() == "" {
			continue
		}
		text, err := a.fill("examples/" + name)
		if err != nil {
			return nil, err
		}
		list = append(list, tree.Text("/usr/share/doc/"+a.Name+"/examples/"+name, text))
	}
	return list, nil
}

// upstream is what nginx connects to: the first process that listens.
func (a App) upstream() string {
	for _, p := range a.Processes {
		if p.Listen != "" {
			return a.address(p)
		}
	}
	return ""
}

// fill fills a template in with the application.
func (a App) fill(name string) (string, error) {
	t, err := template.New(path.Base(name)).Funcs(template.FuncMap{"quote": quoteShell, "has": slices.Contains[[]string]}).ParseFS(embedded, name)
	if err != nil {
		return "", err
	}
	s := supervisorOf(a.Supervisor)
	return execute(t, path.Base(name), map[string]any{
		"Name": a.Name, "Version": a.Version, "Prefix": a.Prefix, "User": a.User, "Unit": a.unit(), "Anchor": a.anchor(),
		"Release": a.Release, "ReleaseKey": a.releaseKey(), "EnvironmentFiles": a.environmentFiles(), "Shared": a.shared(),
		"Upstream": a.upstream(), "Systemd": s.name == "systemd", "Supervisor": s.name, "Dirs": a.scriptDirs(),
		"Variables": a.exampleVariables(), "Wanted": a.wanted(), "Target": a.target(), "Instances": a.firstTemplate(),
		"Static": a.Static, "Variable": notInMetric.ReplaceAllString(systemUser(a.Name), "_"), "Hashed": slices.ContainsFunc(a.Static, func(s Static) bool { return s.Hashed }),
	})
}

// shared are the variables of every process, but the search path.
func (a App) shared() []struct{ Name, Value string } {
	var list []struct{ Name, Value string }
	for _, e := range a.environment(Process{}) {
		if name, value, _ := strings.Cut(e, "="); name != "PATH" {
			list = append(list, struct{ Name, Value string }{name, value})
		}
	}
	return list
}

// releaseKey orders versions with sort -V, which takes an epoch that is always
// there.
func (a App) releaseKey() string {
	if strings.Contains(a.Version, ":") {
		return a.Version
	}
	return "0:" + a.Version
}

// exampleVariables are what the processes are given unless a file says otherwise.
func (a App) exampleVariables() []string {
	var list []string
	seen := map[string]bool{"PATH": true, "PYTHONUNBUFFERED": true, "PYTHONDONTWRITEBYTECODE": true}
	for _, p := range a.Processes {
		for _, e := range a.environment(p) {
			if name, value, _ := strings.Cut(e, "="); !seen[name] {
				seen[name] = true
				list = append(list, name+"="+quoteEnv(value))
			}
		}
	}
	return list
}

var plainEnv = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,=-]*$`)

// quoteEnv writes a value for environment files, which systemd reads in its own way and
// other supervisors by sh(1).
func quoteEnv(s string) string {
	switch {
	case plainEnv.MatchString(s):
		return s
	case !strings.Contains(s, "'"):
		return "'" + s + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(s) + `"`
}

// firstTemplate is the base name of the first process with instances.
func (a App) firstTemplate() string {
	for _, p := range a.Processes {
		if p.Instances > 0 {
			return a.base(p)
		}
	}
	return ""
}

var notInMetric = regexp.MustCompile(`[^a-zA-Z0-9_]`)

// metrics is a file for node_exporter's textfile collector.
func (a App) metrics() []tree.Entry {
	if !a.Metrics {
		return nil
	}
	name := notInMetric.ReplaceAllString(systemUser(a.Name), "_") + "_build_info"
	label := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	text := fmt.Sprintf("# HELP %s Which version of %s is installed.\n# TYPE %s gauge\n%s{version=\"%s\",commit=\"%s\"} 1\n",
		name, a.Name, name, name, label.Replace(a.Version), label.Replace(a.Commit))
	var list []tree.Entry
	for _, f := range families {
		e := tree.Text(f.textfile+"/"+a.Name+".prom", text)
		e.Only = f.format
		list = append(list, e)
	}
	return list
}
