package service

import (
	"os/exec"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

var calendarEvents = map[string]bool{
	"daily": true, "Daily": true, "hourly UTC": true, "semi-annually": true, "*:0/15": true, "*:*:0/10": true, "12:00": true, "@1700000000": true,
	"Mon..Fri *-*-* 10:00": true, "mon,wed 12:00 Europe/Berlin": true, "*-*-* 04:00 America/New_York": true, "*-*-* 00:00 Etc/GMT+1": true,
	"*-*~1": true, "Sun *-*-1..7 03:00:00": true, "2030-01-01 00:00:00 UTC": true, "*-*-* 00:00:00.5": true, "Mon": true, "Monday, 10:00": true,
	"*-1,4,7,10-1 00:00": true, "5-1": true, "*-*-1/2": true, "Wed *-1": true, "*-02~01..07/7 00:00": true,
	"0 4 * * *": false, "@daily": false, "every day": false, "dayly": false, "25:00": false, "12:60": false, "*-13-1": false, "10": false, "": false,
	"5-1 6:00": true, "5-16:00": false, "UTC": false, "every": false, "Mon10:00": false, "Mon Tue 10:00": false, "10:00am": false, "15min": false, "*/5 * * * *": false, "1.*.1 10:00": false,
}

func TestCheckCalendar(t *testing.T) {
	t.Parallel()
	for s, want := range calendarEvents {
		if err := checkCalendar(s); (err == nil) != want {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestCalendarEventsAreThoseOfSystemd(t *testing.T) {
	t.Parallel()
	analyze := testkit.Need(t, "systemd-analyze")
	for s, want := range calendarEvents {
		if s == "" {
			continue // of which it prints how it is used
		}
		if err := exec.Command(analyze, "calendar", s).Run(); (err == nil) != want {
			t.Errorf("%q: systemd-analyze: %v, want it to be good: %v", s, err, want)
		}
	}
}
