package service

import "strings"

// unit is a file in the notation of units, which supervisord and circus share.
type unit struct {
	b   strings.Builder
	sep string // between key and value
}

func newUnit(app App, sep, comment string) *unit {
	u := &unit{sep: sep}
	u.b.WriteString(comment + " Made by pinpack for " + app.Name + ". A new version replaces this file: change it by a file of your own.\n")
	return u
}

func (u *unit) section(name string) { u.b.WriteString("\n[" + name + "]\n") }

// set writes a key with a value, once for each value. Without any it is left out.
func (u *unit) set(key string, values ...string) {
	for _, v := range values {
		u.b.WriteString(key + u.sep + v + "\n")
	}
}

// optional leaves the key out when the value is "".
func (u *unit) optional(key, value string) {
	if value != "" {
		u.set(key, value)
	}
}

func (u *unit) String() string { return u.b.String() }
