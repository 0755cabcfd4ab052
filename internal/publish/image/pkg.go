package image

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/debfile"
	"github.com/pinpack/pinpack/internal/service"
)

// pkg is a package of ours, but for its payload.
type pkg struct {
	file     string            // on this machine
	control  map[string]string // control files by name
	fields   []field           // of the control file, in its order
	info     buildInfo
	paths    []string // of the payload, absolute
	commands []string // links to the virtualenv's programs in /usr/bin
}

type field struct{ name, value string } // value with its line ends and indents

// buildInfo is what an image needs of build-info.json.
type buildInfo struct {
	Name, Version, Commit, Prefix string
	Built                         time.Time
	Services                      *service.Container
}

const limit = 16 << 20 // of build-info.json

// readPackage reads a .deb of ours.
func readPackage(file string) (pkg, error) {
	p := pkg{file: file, control: map[string]string{}}
	info := ""
	err := p.visit(debfile.Visitor{
		Control: func(name string, text []byte) error {
			p.control[name] = string(text)
			return nil
		},
		Data: func(h *tar.Header, content io.Reader) error {
			p.paths = append(p.paths, h.Name)
			if h.Typeflag == tar.TypeSymlink && path.Dir(h.Name) == "/usr/bin" {
				p.commands = append(p.commands, h.Name)
			}
			if path.Base(h.Name) == "build-info.json" && path.Dir(path.Dir(h.Name)) == "/usr/share" {
				text, err := io.ReadAll(io.LimitReader(content, limit))
				info = string(text)
				return err
			}
			return nil
		},
	})
	if err != nil {
		return p, err
	}
	if info == "" {
		return p, fmt.Errorf("read package %q: no build-info.json in it: want a package that pinpack made", file)
	}
	if err := json.Unmarshal([]byte(info), &p.info); err != nil {
		return p, fmt.Errorf("read package %q: build-info.json: %w", file, err)
	}
	p.fields = parseFields(p.control["control"])
	p.control["md5sums"] = strings.ReplaceAll(p.control["md5sums"], "  ./", "  ") // as dpkg keeps it
	return p, nil
}

func (p pkg) visit(v debfile.Visitor) error {
	f, err := os.Open(p.file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := debfile.Visit(f, v); err != nil {
		return fmt.Errorf("read package %q: %w", p.file, err)
	}
	return nil
}

// parseFields reads one stanza (deb-control(5)).
func parseFields(text string) []field {
	var list []field
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			if len(list) > 0 {
				list[len(list)-1].value += line
			}
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		list = append(list, field{name, strings.TrimLeft(value, " ")})
	}
	return list
}

// get is a field's value in one line.
func get(fields []field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.name, name) {
			return strings.TrimSpace(f.value)
		}
	}
	return ""
}

// status is the package as dpkg lists one that is installed (dpkg-query(1)).
func (p pkg) status() string {
	var b strings.Builder
	for i, f := range p.fields {
		b.WriteString(f.name + ": " + f.value)
		if i == 0 { // Package
			b.WriteString("Status: install ok installed\n")
		}
	}
	var conffiles []string
	for line := range strings.Lines(p.control["conffiles"]) {
		name := strings.TrimSpace(line)
		for sum := range strings.Lines(p.control["md5sums"]) {
			if hex, file, ok := strings.Cut(strings.TrimSpace(sum), "  "); ok && "/"+file == name {
				conffiles = append(conffiles, " "+name+" "+hex+"\n")
			}
		}
	}
	if conffiles != nil {
		b.WriteString("Conffiles:\n" + strings.Join(conffiles, ""))
	}
	return b.String()
}

// list is the package's paths as dpkg keeps them, with the directories above them.
func (p pkg) list() string {
	all := map[string]bool{"/.": true}
	for _, name := range p.paths {
		for at := name; at != "/" && !all[at]; at = path.Dir(at) {
			all[at] = true
		}
	}
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, "\n") + "\n"
}

// process is what the image runs.
type process struct {
	command     []string
	environment []string
	directory   string
	port        string
}

// choose finds the process that the option process names. Without it there must be
// no doubt: one that runs on and on, one named web, or one command.
func (p pkg) choose(name string) (process, error) {
	var names []string
	found := process{directory: "/"}
	add := func(n string, q process) {
		names = append(names, n)
		if n == name {
			found = q
		}
	}
	last := process{directory: "/"}
	steady := 0
	if s := p.info.Services; s != nil {
		for _, q := range s.Processes {
			c := process{q.Command, q.Environment, q.Directory, q.Port}
			add(q.Name, c)
			if !q.Periodic {
				steady, last = steady+1, c
			}
			if name == "" && q.Name == "web" {
				found = c
			}
		}
		if s.Release != nil {
			add("release", process{s.Release, s.Processes[0].Environment, s.Processes[0].Directory, ""})
		}
	} else {
		for _, link := range p.commands {
			last = process{command: []string{link}, directory: "/"}
			steady++
			add(path.Base(link), last)
		}
	}
	switch {
	case found.command != nil:
		return found, nil
	case name == "" && steady == 1:
		return last, nil
	case len(names) == 0:
		return found, errors.New("the package has neither processes nor commands: what would an image of it run? want services, or a console script")
	case name == "":
		return found, fmt.Errorf("which of its processes is the image to run? want the option process=NAME, one of %s", strings.Join(names, ", "))
	}
	return found, fmt.Errorf("option process=%q: the package has no such process: want one of %s", name, strings.Join(names, ", "))
}
