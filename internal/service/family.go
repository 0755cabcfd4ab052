package service

import (
	"fmt"

	"github.com/pinpack/pinpack/internal/tree"
)

// family is what differs between the systems that a package format is for.
type family struct {
	format     string
	webGroup   string // of the web server
	supervisor string // file of supervisord's configuration, %s for the name
	textfile   string // directory of node_exporter's textfile collector
}

var families = []family{
	{"deb", "www-data", "/etc/supervisor/conf.d/%s.conf", "/var/lib/prometheus/node-exporter"},
	{"rpm", "nginx", "/etc/supervisord.d/%s.ini", "/var/lib/node_exporter/textfile_collector"},
}

func familyOf(format string) (family, error) {
	for _, f := range families {
		if f.format == format {
			return f, nil
		}
	}
	return family{}, fmt.Errorf("services for format %q: want one of deb, rpm", format)
}

// sysusers declares the application's user and group, as sysusers.d(5) has it.
func (a App) sysusers() []tree.Entry {
	id := "-"
	text := ""
	if a.Group != a.User {
		id = "-:" + a.Group
		text = "g " + a.Group + " -\n"
	}
	text += fmt.Sprintf("u %s %s %q %s\n", a.User, id, a.gecos(), a.home())
	list := []tree.Entry{tree.Text("/usr/lib/sysusers.d/"+a.Name+".conf", text)}
	if a.webSocket() && a.SocketGroup == "" {
		for _, f := range families {
			e := tree.Text("/usr/lib/sysusers.d/"+a.Name+"-"+f.format+".conf", "g "+f.webGroup+" -\n")
			e.Only = f.format
			list = append(list, e)
		}
	}
	return list
}

// gecos names the user for people; /etc/passwd knows neither colons nor others'
// alphabets for sure.
func (a App) gecos() string { return a.Name + " application" }

// tmpfiles declares the application's directories, as tmpfiles.d(5) has it.
func (a App) tmpfiles() []tree.Entry {
	text := ""
	for _, d := range a.scriptDirs() {
		text += fmt.Sprintf("d %s %s %s %s -\n", d.Path, d.Mode, d.User, d.Group)
	}
	if text == "" {
		return nil
	}
	return []tree.Entry{tree.Text("/usr/lib/tmpfiles.d/"+a.Name+".conf", text)}
}

// webSocket tells whether the web server connects to a unix socket.
func (a App) webSocket() bool {
	for _, p := range a.Processes {
		if p.Listen == "unix" {
			return true
		}
	}
	return false
}

// webGroup is the group that must be there for unix sockets in a family; "" is none.
func (a App) webGroup(f family) string {
	switch {
	case !a.webSocket():
		return ""
	case a.SocketGroup != "":
		return a.SocketGroup
	default:
		return f.webGroup
	}
}
