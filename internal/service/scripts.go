package service

import (
	"bytes"
	"embed"
	"slices"
	"strings"
	"text/template"
)

//go:embed scripts helpers examples
var embedded embed.FS

// events are the maintainer scripts of each format. dpkg tells a script what
// happens by a word, rpm by how many of the package there will be.
var events = map[string][]string{
	"deb": {"preinst", "postinst", "prerm", "postrm"},
	"rpm": {"pre", "post", "preun", "postun", "posttrans"},
}

// scriptDir is a directory as the scripts make it.
type scriptDir struct{ Path, Mode, User, Group string }

// scriptDirs are the application's directories, and that of its sockets.
func (a App) scriptDirs() []scriptDir {
	var list []scriptDir
	if a.webSocket() {
		list = append(list, scriptDir{a.socketDir(), "0755", "root", "root"})
	}
	for _, d := range a.dirs() {
		list = append(list, scriptDir{d.path(a), "0750", a.User, a.Group})
	}
	return list
}

// scriptData is what the templates of the maintainer scripts are filled with.
type scriptData struct {
	Name, Version, Unit, User, Group, Home, Gecos, Helper, Start, Supervisor string
	Groups, Purged, Watchers                                                 []string
	Dirs                                                                     []scriptDir
	Systemd, Release                                                         bool
	Always                                                                   bool // what is enabled is started by an upgrade, too

	Anchor           string   // what is enabled and started
	OtherAnchors     []string // what it would be if there were more or fewer processes
	Others           []string // units of which this version has none, but another may
	Sockets          []string
	Services         []string // that are restarted; patterns for templates
	Running          []string // what must not have failed: services, sockets and the release unit, without patterns
	All              []string // every unit, to stop
	SocketProperties string
}

// Scripts are the maintainer scripts for a format of artifact.Formats, by the
// names that nFPM and the format have for them. An event with nothing to do has
// no script. The scripts are for sh(1), can be run twice, do without systemd
// where it does not run, and let no removal fail.
func (a App) Scripts(format string) (map[string]string, error) {
	f, err := familyOf(format)
	if err != nil || len(a.Processes) == 0 {
		return nil, err
	}
	data := a.scriptData(f)
	t, err := a.templates(data)
	if err != nil {
		return nil, err
	}
	scripts := map[string]string{}
	for _, event := range events[format] {
		text, err := execute(t, format+"-"+event, data)
		if err != nil {
			return nil, err
		}
		if text != "" {
			scripts[event] = text
		}
	}
	return scripts, nil
}

// templates reads the scripts' parts; hook chooses that of the supervisor.
func (a App) templates(data scriptData) (*template.Template, error) {
	t := template.New("")
	part := func(name string) (string, error) { return execute(t, name, data) }
	t.Funcs(template.FuncMap{
		"words": shellWords,
		"hook":  func(name string) (string, error) { return part(a.Supervisor + "-" + name) },
		"indent": func(name string) (string, error) {
			text, err := part(name)
			return strings.ReplaceAll(text, "\n", "\n\t"), err
		},
	})
	return t.ParseFS(embedded, "scripts/*.sh")
}

func execute(t *template.Template, name string, data any) (string, error) {
	var b bytes.Buffer
	err := t.ExecuteTemplate(&b, name, data)
	return b.String(), err
}

// shellWords writes names of units for sh(1).
func shellWords(list []string) string {
	quoted := make([]string, len(list))
	for i, w := range list {
		quoted[i] = shellWord(w)
	}
	return strings.Join(quoted, " ")
}

func (a App) scriptData(f family) scriptData {
	d := scriptData{
		Name: a.Name, Version: a.Version, Unit: a.unit(), User: a.User, Group: a.Group, Home: a.home(), Gecos: a.gecos(),
		Helper: "/usr/libexec/" + a.Name, Start: a.start(f), Groups: []string{a.Group}, Dirs: a.scriptDirs(),
		Supervisor: a.Supervisor, Systemd: a.Supervisor == "systemd", Always: f.format == "deb" && a.start(f) == "now", Release: a.Release != "",
		Anchor: a.anchor(), SocketProperties: "Listen,SocketMode,SocketUser,SocketGroup",
	}
	if g := a.webGroup(f); g != "" && g != a.Group {
		d.Groups = append(d.Groups, g)
	}
	for _, dir := range a.dirs() {
		if dir.keep {
			d.Purged = append(d.Purged, dir.path(a))
		}
	}
	for _, p := range a.Processes {
		d.Watchers = append(d.Watchers, a.Name+"-"+p.Name)
	}
	a.units(&d)
	return d
}

// start is what happens on the first installation in a family.
func (a App) start(f family) string {
	switch {
	case a.Start != "":
		return a.Start
	case f.format == "rpm":
		return "preset"
	}
	return "now"
}

// units fills in the names of the units.
func (a App) units(d *scriptData) {
	listens := map[string]int{} // those that have a socket are restarted first
	for _, p := range a.Processes {
		pattern := strings.Replace(a.service(p), "@.", "@*.", 1)
		if p.activated() {
			listens[pattern] = 1
			d.Sockets = append(d.Sockets, a.base(p)+".socket")
			d.Running = append(d.Running, a.base(p)+".socket")
		}
		if p.Timer != "" {
			d.All = append(d.All, a.base(p)+".timer")
		} else {
			d.Services = append(d.Services, pattern)
			d.Running = append(d.Running, a.instances(p)...)
		}
		d.All = append(d.All, pattern)
	}
	slices.SortStableFunc(d.Services, func(x, y string) int { return listens[y] - listens[x] })
	if d.Release {
		d.Running = append(d.Running, d.Unit+"-release.service")
		d.All = append(d.All, d.Unit+"-release.service")
	}
	d.All = append(d.All, d.Sockets...)
	if a.target() {
		d.All = append(d.All, d.Anchor)
	}
	for _, kind := range []string{".target", ".service", ".timer"} {
		if name := d.Unit + kind; name != d.Anchor {
			d.OtherAnchors = append(d.OtherAnchors, name)
		}
	}
	for _, kind := range []string{".target", ".service", ".socket", ".timer"} {
		if name := d.Unit + kind; !slices.Contains(d.All, name) {
			d.Others = append(d.Others, name)
		}
	}
}
