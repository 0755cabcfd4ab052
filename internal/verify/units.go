package verify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// unit is what systemctl(1) shows of one unit.
type unit struct {
	id, load, active, sub, result, kind, file string
	invocation, user                          string
	restarts                                  int
	job, unmet                                bool // a job waits; a condition was not met
	wants                                     []string
	pulled                                    []string // by whom it is wanted or required
	triggers                                  []string // by whom it is triggered
	dirs                                      []string // directories that systemd keeps for it, which hold data
}

// properties are those that parseUnits reads.
const properties = "Id,LoadState,ActiveState,SubState,Result,Type,UnitFileState,InvocationID,User,NRestarts,Job,ConditionResult,ConditionTimestampMonotonic," +
	"Wants,Requires,WantedBy,RequiredBy,TriggeredBy,StateDirectory,CacheDirectory,LogsDirectory,ConfigurationDirectory"

// parseUnits reads what systemctl show printed: a line for each property, and an
// empty one between units.
func parseUnits(out string) []unit {
	var list []unit
	for block := range strings.SplitSeq(strings.TrimSpace(out), "\n\n") {
		var u unit
		result, checked := "", ""
		for line := range strings.Lines(block) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			words := strings.Fields(value)
			switch name {
			case "Id":
				u.id = value
			case "LoadState":
				u.load = value
			case "ActiveState":
				u.active = value
			case "SubState":
				u.sub = value
			case "Result":
				u.result = value
			case "Type":
				u.kind = value
			case "UnitFileState":
				u.file = value
			case "InvocationID":
				u.invocation = value
			case "User":
				u.user = value
			case "NRestarts":
				u.restarts, _ = strconv.Atoi(value)
			case "Job":
				u.job = value != "" && value != "0"
			case "ConditionResult":
				result = value
			case "ConditionTimestampMonotonic":
				checked = value
			case "Wants", "Requires":
				u.wants = append(u.wants, words...)
			case "WantedBy", "RequiredBy":
				u.pulled = append(u.pulled, words...)
			case "TriggeredBy":
				u.triggers = words
			case "StateDirectory":
				u.dirs = appendDirs(u.dirs, "/var/lib/", words)
			case "CacheDirectory":
				u.dirs = appendDirs(u.dirs, "/var/cache/", words)
			case "LogsDirectory":
				u.dirs = appendDirs(u.dirs, "/var/log/", words)
			case "ConfigurationDirectory":
				u.dirs = appendDirs(u.dirs, "/etc/", words)
			}
		}
		u.unmet = result == "no" && checked != "" && checked != "0"
		if u.id != "" {
			list = append(list, u)
		}
	}
	return list
}

func appendDirs(dirs []string, base string, names []string) []string {
	for _, name := range names {
		dir, _, _ := strings.Cut(name, ":") // links to it may follow
		dirs = append(dirs, base+dir)
	}
	return dirs
}

// instances are the units that others name and that are made of the templates.
func instances(list []unit, templates []string) []string {
	var names []string
	for _, u := range list {
		for _, name := range u.wants {
			base, rest, _ := strings.Cut(name, "@")
			if i := strings.LastIndexByte(rest, '.'); i > 0 && slices.Contains(templates, base+"@"+rest[i:]) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// isTemplate tells a template, "worker@.service", from a unit.
func isTemplate(name string) bool { return strings.Contains(name, "@.") }

// anchors are the units to start: those that can be enabled; where there are
// none, those that no other one starts. The rest is started by them.
func anchors(list []unit) []string {
	var enabled, free []string
	for _, u := range list {
		switch u.file {
		case "enabled", "disabled", "enabled-runtime", "linked":
			enabled = append(enabled, u.id)
		}
		if len(u.pulled)+len(u.triggers) == 0 {
			free = append(free, u.id)
		}
	}
	if enabled != nil {
		return enabled
	}
	return free
}

// wanted are the units of the list that must run when the anchors do.
func wanted(list []unit, anchors []string) map[string]bool {
	found := map[string]bool{}
	for todo := slices.Clone(anchors); len(todo) > 0; todo = todo[1:] {
		i := slices.IndexFunc(list, func(u unit) bool { return u.id == todo[0] })
		if i < 0 || found[todo[0]] {
			continue
		}
		found[todo[0]] = true
		todo = append(todo, list[i].wants...)
	}
	return found
}

// patience is how often a service may be restarted while it is waited for.
const patience = 3

// judge says what is wrong with a unit, which must run or just may not fail;
// "" when nothing is. With wait it may come right yet.
func judge(u unit, must bool) (problem string, wait bool) {
	switch {
	case u.load != "loaded":
		if must {
			return u.id + ": " + u.load, false
		}
		return "", false
	case u.restarts >= patience:
		return fmt.Sprintf("%s: restarted %d times or more", u.id, patience), false
	case u.job, u.active == "activating", u.active == "deactivating", u.active == "reloading":
		return u.id + ": still " + u.active + " (" + u.sub + ")", true
	case u.active == "failed":
		return u.id + ": failed (" + u.result + ")", false
	case !must, u.active == "active", u.unmet, len(u.triggers) > 0, u.kind == "oneshot" && u.result == "success":
		return "", false
	}
	return fmt.Sprintf("%s: %s: want it active", u.id, u.active), false
}
