package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// How the state of services is watched: they are healthy when nothing about
// them has changed for a number of looks.
const (
	interval = 500 * time.Millisecond
	settled  = 5
)

// services starts what the package brings and does not run yet, and waits until
// all of it is healthy. What ran before an upgrade must run after it without
// being started by us.
func (t *trial) services(ctx context.Context, p pkg) bool {
	if len(p.units) == 0 {
		return true
	}
	return t.event("services", p.version, func() error {
		list, err := t.units(ctx, p)
		if err != nil {
			return err
		}
		t.learn(ctx, p, list)
		start := anchors(list)
		if fresh := slices.DeleteFunc(slices.Clone(start), func(u string) bool { return slices.Contains(t.running, u) }); len(fresh) > 0 {
			if out, err := t.system.do(ctx, with([]string{"systemctl", "start", "--no-block", "--"}, fresh...)...); err != nil {
				return t.unhealthy(ctx, []string{strings.TrimSpace(out)}, fresh)
			}
		}
		t.running = start
		return t.healthy(ctx, p, start)
	})
}

// learn takes from the units what they are, where their data are, and who runs the smoke
// commands: the first user that a unit names and that there is.
func (t *trial) learn(ctx context.Context, p pkg, list []unit) {
	t.data = dataDirs(p.name, list)
	for _, u := range list {
		if !slices.Contains(t.known, u.id) {
			t.known = append(t.known, u.id)
		}
		if u.user == "" || u.user == "root" || t.user != "" {
			continue
		}
		if _, err := t.system.do(ctx, "id", "-u", "--", u.user); err == nil {
			t.user, t.report.User = u.user, u.user
		}
	}
}

// units are the state of the package's units, and of instances that they name.
func (t *trial) units(ctx context.Context, p pkg) ([]unit, error) {
	var names, templates []string
	for _, name := range p.units {
		if isTemplate(name) {
			templates = append(templates, name)
		} else {
			names = append(names, name)
		}
	}
	if names == nil {
		return nil, nil
	}
	list, err := t.show(ctx, names)
	if more := instances(list, templates); err == nil && more != nil {
		list, err = t.show(ctx, append(names, more...))
	}
	return list, err
}

func (t *trial) show(ctx context.Context, names []string) ([]unit, error) {
	out, err := t.system.read(ctx, with([]string{"systemctl", "show", "--property=" + properties, "--"}, names...)...)
	return parseUnits(out), err
}

// healthy waits until nothing is wrong with the units for a while.
func (t *trial) healthy(ctx context.Context, p pkg, start []string) error {
	timeout, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	seen, same := "", 0
	for {
		list, err := t.units(ctx, p)
		if err != nil {
			return err
		}
		problems, bad, wait, state := look(list, start)
		switch {
		case problems != nil && (!wait || timeout.Err() != nil):
			return t.unhealthy(ctx, problems, bad)
		case problems != nil || state != seen:
			seen, same = state, 0
		default:
			same++
		}
		if same == settled {
			return nil
		}
		pause(ctx, interval)
	}
}

// look judges all units. With wait, all that is wrong may come right.
func look(list []unit, start []string) (problems, bad []string, wait bool, state string) {
	must := wanted(list, start)
	wait = true
	for _, u := range list {
		problem, may := judge(u, must[u.id])
		if problem != "" {
			problems, bad = append(problems, problem), append(bad, u.id)
			wait = wait && may
		}
		state += fmt.Sprintln(u.id, u.active, u.invocation, u.restarts)
	}
	return problems, bad, wait, state
}

func (t *trial) unhealthy(ctx context.Context, problems, units []string) error {
	argv := []string{"journalctl", "--no-pager", "--boot", "--quiet", "--lines=40"}
	for _, u := range units {
		argv = append(argv, "--unit="+u)
	}
	journal, _ := t.system.read(ctx, argv...) // it only tells more
	return &fault{problem: strings.Join(problems, "; "), journal: journal}
}

// stopped is an error if a service or process of the removed package is still
// there.
func (t *trial) stopped(ctx context.Context) error {
	if t.known != nil {
		list, err := t.show(ctx, t.known)
		if err != nil {
			return err
		}
		for _, u := range list {
			if u.active == "active" || u.active == "activating" {
				return t.unhealthy(ctx, []string{u.id + ": still " + u.active}, []string{u.id})
			}
		}
	}
	if t.user == "" {
		return nil
	}
	out, err := t.system.read(ctx, "find", "/proc", "-maxdepth", "1", "-name", "[0-9]*", "-user", t.user,
		"-exec", "cat", "{}/comm", ";")
	if err == nil && out != "" {
		return &fault{problem: fmt.Sprintf("processes of the user %s are left: %s", t.user, strings.Join(strings.Split(strings.TrimSpace(out), "\n"), ", "))}
	}
	return nil
}
