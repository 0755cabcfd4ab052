package service

import (
	"strconv"
	"strings"

	"github.com/pinpack/pinpack/internal/tree"
)

const unitDir = "/usr/lib/systemd/system/"

// systemdFiles are the units of all processes, and the users and directories for
// systemd-sysusers(8) and systemd-tmpfiles(8).
func systemdFiles(a App) []tree.Entry {
	var list []tree.Entry
	add := func(name, text string) { list = append(list, tree.Text(unitDir+name, text)) }
	for _, p := range a.Processes {
		add(a.service(p), a.serviceUnit(p))
		if p.Timer != "" {
			add(a.base(p)+".timer", a.timerUnit(p))
		}
		if p.activated() {
			add(a.base(p)+".socket", a.socketUnit(p))
			list = append(list, a.socketGroups(p)...)
		}
	}
	if a.Release != "" {
		add(a.unit()+"-release.service", a.releaseUnit())
	}
	if a.target() {
		add(a.unit()+".target", a.targetUnit())
	}
	return list
}

// unit is the first part of the names of all units.
func (a App) unit() string { return strings.ReplaceAll(a.Name, "+", "-") }

// target tells whether the processes are tied by one: a single unit needs none.
func (a App) target() bool { return len(a.Processes) > 1 || a.Processes[0].Instances > 0 }

// base is the name of a process's units without their kind.
func (a App) base(p Process) string {
	if len(a.Processes) == 1 {
		return a.unit()
	}
	return a.unit() + "-" + p.Name
}

// service is the name of a process's service unit or, of several instances, its
// template.
func (a App) service(p Process) string {
	if p.Instances > 0 {
		return a.base(p) + "@.service"
	}
	return a.base(p) + ".service"
}

// instances are the names of the service units that run, or could.
func (a App) instances(p Process) []string {
	if p.Instances == 0 {
		return []string{a.service(p)}
	}
	var list []string
	for i := range p.Instances {
		list = append(list, a.base(p)+"@"+strconv.Itoa(i+1)+".service")
	}
	return list
}

// wanted are the units that run when the application runs.
func (a App) wanted() []string {
	var list []string
	for _, p := range a.Processes {
		if p.Timer != "" {
			list = append(list, a.base(p)+".timer")
			continue
		}
		if p.activated() {
			list = append(list, a.base(p)+".socket")
		}
		list = append(list, a.instances(p)...)
	}
	return list
}

// anchor is the unit that is enabled, and by which the application is started.
func (a App) anchor() string {
	switch {
	case a.target():
		return a.unit() + ".target"
	case a.Processes[0].Timer != "":
		return a.unit() + ".timer"
	default:
		return a.unit() + ".service"
	}
}

// newSystemdUnit begins a unit. The title is what follows the application's.
func (a App) newSystemdUnit(title string) *unit {
	u := newUnit(a, "=", "#")
	u.section("Unit")
	u.set("Description", escapePercent(a.title())+title)
	if a.Homepage != "" {
		u.set("Documentation", escapePercent(a.Homepage))
	}
	u.set("Documentation", "file:///usr/share/doc/"+a.Name+"/examples/README")
	return u
}

func (a App) title() string {
	if a.Summary != "" {
		return a.Summary
	}
	return a.Name
}

func (a App) targetUnit() string {
	u := a.newSystemdUnit("")
	u.set("Wants", a.wanted()...)
	u.section("Install")
	u.set("WantedBy", "multi-user.target")
	return u.String()
}

// socketUnit keeps listening while a new version starts, so that no connection
// is refused.
func (a App) socketUnit(p Process) string {
	u := a.newSystemdUnit(": socket of " + p.Name)
	a.partOf(u)
	u.section("Socket")
	if p.Listen == "unix" {
		u.set("ListenStream", a.socket(p))
		u.set("SocketUser", a.User)
		u.optional("SocketGroup", a.SocketGroup)
		u.set("SocketMode", "0660")
		u.set("RemoveOnStop", "yes")
	} else {
		u.set("ListenStream", p.Listen)
		u.set("NoDelay", "yes")
	}
	u.set("Backlog", "2048")
	return u.String()
}

// socketGroups let each family's web server connect to a unix socket. They are
// files of different names, since a package of either family has only its own.
func (a App) socketGroups(p Process) []tree.Entry {
	if p.Listen != "unix" || a.SocketGroup != "" {
		return nil
	}
	var list []tree.Entry
	for _, f := range families {
		u := newUnit(a, "=", "#")
		u.section("Socket")
		u.set("SocketGroup", f.webGroup)
		e := tree.Text(unitDir+a.base(p)+".socket.d/10-"+f.format+".conf", u.String())
		e.Only = f.format
		list = append(list, e)
	}
	return list
}

func (a App) timerUnit(p Process) string {
	u := a.newSystemdUnit(": when " + p.Name + " runs")
	a.partOf(u)
	u.section("Timer")
	u.set("OnCalendar", p.Timer)
	u.set("Persistent", "yes")
	if !a.target() {
		u.section("Install")
		u.set("WantedBy", "timers.target")
	}
	return u.String()
}

func (a App) partOf(u *unit) {
	if a.target() {
		u.set("PartOf", a.unit()+".target")
	}
}

func escapePercent(s string) string { return strings.ReplaceAll(s, "%", "%%") }
