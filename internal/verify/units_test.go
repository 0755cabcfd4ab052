package verify

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shown is what systemctl prints of an application: a target that starts a
// server with its socket, two workers of a template, and a timer, whose service
// runs when its time comes.
const shown = `Id=shop.target
LoadState=loaded
ActiveState=active
SubState=active
UnitFileState=enabled
Wants=shop-web.service shop-worker@1.service shop-worker@2.service shop-report.timer
WantedBy=multi-user.target

Type=notify
NRestarts=0
Result=success
User=shop
StateDirectory=shop shop/cache:shop-cache
LogsDirectory=shoplog
InvocationID=0123
Id=shop-web.service
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=static
Wants=network-online.target
WantedBy=shop.target
TriggeredBy=shop-web.socket
ConditionResult=yes
ConditionTimestampMonotonic=77

Id=shop-report.timer
LoadState=loaded
ActiveState=active
UnitFileState=static
WantedBy=shop.target

Id=shop-report.service
Type=oneshot
LoadState=loaded
ActiveState=inactive
UnitFileState=static
TriggeredBy=shop-report.timer
ConditionResult=no
ConditionTimestampMonotonic=0

Id=shop-release.service
Type=oneshot
NRestarts=2
Result=exit-code
Job=17
LoadState=loaded
ActiveState=failed
UnitFileState=static
ConditionResult=no
ConditionTimestampMonotonic=9
`

func TestUnits(t *testing.T) {
	t.Parallel()
	list := parseUnits(shown)
	if len(list) != 5 {
		t.Fatalf("%d units: %+v", len(list), list)
	}
	web := unit{
		id: "shop-web.service", load: "loaded", active: "active", sub: "running", result: "success", kind: "notify", file: "static",
		invocation: "0123", user: "shop", wants: []string{"network-online.target"}, pulled: []string{"shop.target"}, triggers: []string{"shop-web.socket"},
		dirs: []string{"/var/lib/shop", "/var/lib/shop/cache", "/var/log/shoplog"},
	}
	if diff := cmp.Diff(web, list[1], cmp.AllowUnexported(unit{})); diff != "" {
		t.Errorf("unit (-want +got):\n%s", diff)
	}
	if r := list[4]; !r.job || !r.unmet || r.restarts != 2 || list[3].unmet {
		t.Errorf("release %+v, report %+v", r, list[3])
	}
	if diff := cmp.Diff([]string{"shop-worker@1.service", "shop-worker@2.service"}, instances(list, []string{"shop-worker@.service"})); diff != "" {
		t.Errorf("instances (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"shop.target"}, anchors(list)); diff != "" {
		t.Errorf("anchors (-want +got):\n%s", diff)
	}
	got := slices.Sorted(maps.Keys(wanted(list, []string{"shop.target"})))
	if diff := cmp.Diff([]string{"shop-report.timer", "shop-web.service", "shop.target"}, got); diff != "" {
		t.Errorf("wanted (-want +got):\n%s", diff)
	}
	if list := parseUnits("\n\n"); list != nil {
		t.Errorf("of nothing: %+v", list)
	}
}

// TestAnchorsOfUnitsThatCannotBeEnabled: nobody starts the first ones.
func TestAnchorsOfUnitsThatCannotBeEnabled(t *testing.T) {
	t.Parallel()
	got := anchors([]unit{
		{id: "a.timer", file: "static"}, {id: "a.service", file: "static", triggers: []string{"a.timer"}},
		{id: "b.target", file: "static"}, {id: "b.service", file: "static", pulled: []string{"b.target"}},
	})
	if diff := cmp.Diff([]string{"a.timer", "b.target"}, got); diff != "" {
		t.Errorf("anchors (-want +got):\n%s", diff)
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	service := func(active string, change func(*unit)) unit {
		u := unit{id: "x.service", load: "loaded", active: active, sub: "s", result: "success", kind: "simple"}
		if change != nil {
			change(&u)
		}
		return u
	}
	tests := map[string]struct {
		unit    unit
		may     bool // it need not run
		problem string
		wait    bool
	}{
		"active":                   {unit: service("active", nil)},
		"starting":                 {unit: service("activating", nil), problem: "x.service: still activating (s)", wait: true},
		"queued":                   {unit: service("inactive", func(u *unit) { u.job = true }), problem: "x.service: still inactive (s)", wait: true},
		"failed":                   {unit: service("failed", func(u *unit) { u.result = "exit-code" }), problem: "x.service: failed (exit-code)"},
		"failed and not wanted":    {unit: service("failed", func(u *unit) { u.result = "timeout" }), may: true, problem: "x.service: failed (timeout)"},
		"restarted":                {unit: service("active", func(u *unit) { u.restarts = 3 }), problem: "x.service: restarted 3 times or more"},
		"ended":                    {unit: service("inactive", nil), problem: "x.service: inactive: want it active"},
		"ended and not wanted":     {unit: service("inactive", nil), may: true},
		"oneshot done":             {unit: service("inactive", func(u *unit) { u.kind = "oneshot" })},
		"waits for its socket":     {unit: service("inactive", func(u *unit) { u.triggers = []string{"x.socket"} })},
		"condition not met":        {unit: service("inactive", func(u *unit) { u.unmet = true })},
		"not there":                {unit: unit{id: "x.service", load: "not-found", active: "inactive"}, problem: "x.service: not-found"},
		"not there and not wanted": {unit: unit{id: "x.service", load: "not-found", active: "inactive"}, may: true},
		"wrongly written":          {unit: unit{id: "x.service", load: "bad-setting", active: "inactive"}, problem: "x.service: bad-setting"},
	}
	for name, test := range tests {
		if problem, wait := judge(test.unit, !test.may); problem != test.problem || wait != test.wait {
			t.Errorf("%s: %q, %t; want %q, %t", name, problem, wait, test.problem, test.wait)
		}
	}
}

// TestLook: one unit that cannot come right any more ends the waiting.
func TestLook(t *testing.T) {
	t.Parallel()
	starting := unit{id: "a.service", load: "loaded", active: "activating"}
	failed := unit{id: "b.service", load: "loaded", active: "failed"}
	_, _, wait, before := look([]unit{starting}, []string{"a.service"})
	if !wait {
		t.Error("one that starts is not waited for")
	}
	problems, bad, wait, after := look([]unit{starting, failed}, []string{"a.service"})
	if wait || len(problems) != 2 || strings.Join(bad, " ") != "a.service b.service" || before == after {
		t.Errorf("%q, %q, wait %t", problems, bad, wait)
	}
}
