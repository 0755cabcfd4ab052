//go:build acceptance

package acceptance

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/service"
)

var updateTables = flag.Bool("update", false, "write what was measured into .github/SERVICES.md")

// documentMu is held by the test that changes the document.
var documentMu sync.Mutex

// measure holds what the document says of orchard on a system against what is
// true there: users, owners and modes, open ports, and how exposed each unit is.
func measure(t *testing.T, s *system) {
	t.Helper()
	documentMu.Lock()
	defer documentMu.Unlock()
	file := filepath.Join("../../.github/SERVICES.md")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile(`(?s)(<!-- measured on ` + s.suite + ` [^\n]*: begin -->\n).*?(<!-- measured on ` + s.suite + `: end -->)`)
	m := block.FindSubmatchIndex(data)
	if m == nil {
		t.Fatalf("find the block of %s in %s: it is not there", s.suite, file)
	}
	had, have := string(data[m[3]:m[4]]), s.table(t)
	if *updateTables {
		text := slices.Concat(data[:m[3]], []byte(have), data[m[4]:])
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(had, have); diff != "" {
		t.Errorf("%s (-said +measured); write it anew with -update:\n%s", file, diff)
	}
}

// table is what is measured, as Markdown.
func (s *system) table(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(s.sh(t, "systemctl --version | sed -n 's/^systemd \\([0-9]*\\).*/systemd \\1/p'")))
	b.WriteString("\n| path | owner | mode |\n| --- | --- | --- |\n")
	b.WriteString(s.sh(t, "stat --format '| `%n` | %U:%G | %a |' /opt/orchard /usr/libexec/orchard /var/lib/orchard /var/lib/orchard/orchard.sqlite /run/orchard /run/orchard/web.sock"))
	fmt.Fprintf(&b, "\nUser: `%s`\n", strings.TrimSpace(s.sh(t, "getent passwd orchard | sed 's/:[0-9]*:[0-9]*:/:*:*:/'")))
	var ports []string
	for _, line := range strings.Split(s.sh(t, "ss --no-header --listening --tcp --udp --processes --numeric"), "\n") {
		if strings.Contains(line, "python") || strings.Contains(line, "celery") || strings.Contains(line, "gunicorn") {
			ports = append(ports, strings.Fields(line)[4])
		}
	}
	open := "none"
	if ports != nil {
		open = strings.Join(ports, ", ")
	}
	fmt.Fprintf(&b, "\nOpen ports: %s\n", open)
	b.WriteString("\n| unit | exposure without hardening | with |\n| --- | --- | --- |\n")
	for _, unit := range []string{"orchard-web", "orchard-worker@1", "orchard-report", "orchard-release"} {
		fmt.Fprintf(&b, "| `%s.service` | %s | %s |\n", unit, s.exposure(t, s.unhardened(t, unit)), s.exposure(t, unit+".service"))
	}
	b.WriteString("\n")
	return b.String()
}

// unhardened is a unit with the same text but for what closes it in.
func (s *system) unhardened(t testing.TB, unit string) string {
	t.Helper()
	text := s.sh(t, "systemctl cat '"+unit+".service'")
	var lines []string
	for line := range strings.Lines(text) {
		key, _, _ := strings.Cut(line, "=")
		if !slices.ContainsFunc(service.Hardening, func(h service.Setting) bool { return h.Name == key }) {
			lines = append(lines, line)
		}
	}
	name := "plain-" + strings.ReplaceAll(unit, "@1", "") + ".service"
	write(t, s.path("/etc/systemd/system/"+name), strings.Join(lines, ""))
	s.sh(t, "systemctl daemon-reload")
	t.Cleanup(func() { s.sh(t, "rm /etc/systemd/system/"+name+"\nsystemctl daemon-reload") })
	return name
}

var exposureLevel = regexp.MustCompile(`exposure level for \S+: ([0-9.]+ [A-Z]+)`)

// exposure is what systemd-analyze(1) makes of a unit, from 0 to 10.
func (s *system) exposure(t testing.TB, unit string) string {
	t.Helper()
	out := s.sh(t, "systemd-analyze security --no-pager '"+unit+"'")
	m := exposureLevel.FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("systemd-analyze security %s: %s", unit, out)
	}
	return m[1]
}
