package service

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// calendar is a calendar event as systemd.time(7) has it: a word, or some of days of
// the week, date and time; and where it is that late.
var calendar = func() *regexp.Regexp {
	const (
		day    = `(?:mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)`
		number = `[0-9]+(?:\.[0-9]+)?`
		some   = `(?:(?:\*|` + number + `(?:\.\.` + number + `)?)(?:/` + number + `)?)`
		part   = `(` + some + `(?:,` + some + `)*)`
	)
	return regexp.MustCompile(`(?i)^(` +
		`(?:minutely|hourly|daily|weekly|monthly|quarterly|semi-?annually|bi-?annually|yearly|annually|@[0-9]+)(?: +|$)|` +
		`(?:` + day + `(?:(?:\.\.|-|,)` + day + `)*(?:,? +|$))?` +
		`(?:(?:` + part + `-)?` + part + `[-~]` + part + `(?: +|$))?` +
		`(?:` + part + `:` + part + `(?::` + part + `)?(?: +|$))?` +
		`)(?:[A-Z][A-Z0-9+-]*(?:/[A-Z0-9_+-]+)*)?$`)
}()

var repeated = regexp.MustCompile(`/[0-9.]+`)

// checkCalendar refuses what systemd would refuse, but for time zones that it does not
// know.
func checkCalendar(s string) error {
	wrong := fmt.Errorf("calendar event %q: want one as systemd.time(7) has it, such as daily, *:0/15 or Mon..Fri *-*-* 04:00", s)
	m := calendar.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil || m[1] == "" { // a zone alone
		return wrong
	}
	for i, most := range []float64{9999, 12, 31, 23, 59, 60} {
		for _, n := range strings.FieldsFunc(repeated.ReplaceAllString(strings.ReplaceAll(m[i+2], "..", ","), ""), func(r rune) bool { return r == ',' || r == '*' }) {
			if v, err := strconv.ParseFloat(n, 64); err != nil || v > most {
				return wrong
			}
		}
	}
	return nil
}
