package image

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// firstID is the user and group of an application, where the base has none of its
// name: no system hands it out, and Kubernetes sees by the number that it is not
// root.
const firstID = 10001

// accounts are /etc/passwd and /etc/group (passwd(5), group(5)).
type accounts struct {
	passwd, group string
	changed       bool
}

// find looks a name up and returns its number and the fourth field.
func find(text, name string) (id int, ok bool) {
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimRight(line, "\n"), ":")
		if len(f) > 2 && f[0] == name {
			id, err := strconv.Atoi(f[2])
			return id, err == nil
		}
	}
	return 0, false
}

// free is a number that neither users nor groups have.
func (a accounts) free() int {
	var taken []int
	for _, text := range []string{a.passwd, a.group} {
		for line := range strings.Lines(text) {
			if f := strings.Split(line, ":"); len(f) > 2 {
				if n, err := strconv.Atoi(strings.TrimSpace(f[2])); err == nil {
					taken = append(taken, n)
				}
			}
		}
	}
	id := firstID
	for slices.Contains(taken, id) {
		id++
	}
	return id
}

// add adds a user and a group, where they are not there, and returns their numbers.
func (a *accounts) add(user, group, home string) (uid, gid int) {
	gid, ok := find(a.group, group)
	if !ok {
		gid = a.free()
		a.group, a.changed = appendLine(a.group, fmt.Sprintf("%s:x:%d:", group, gid)), true
	}
	uid, ok = find(a.passwd, user)
	if !ok {
		uid = a.free()
		if user == group && gid >= firstID { // the group has taken it a moment ago
			uid = gid
		}
		a.passwd, a.changed = appendLine(a.passwd, fmt.Sprintf("%s:x:%d:%d:%s application:%s:/usr/sbin/nologin", user, uid, gid, user, home)), true
	}
	return uid, gid
}

func appendLine(text, line string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text + line + "\n"
}
