//go:build acceptance

package acceptance

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestNative builds orders in a root with nothing but pinpack, which fetches all
// that the build takes: the interpreter, a compiler, the headers of libpq. The
// .deb brings libpq, and no more, to another root.
func TestNative(t *testing.T) {
	testkit.NeedRoot(t)
	testkit.NeedNetwork(t)
	t.Parallel()
	factory := newRoot(t)
	for _, program := range []string{"/usr/bin/gcc", "/usr/bin/pg_config", "/usr/bin/git", python} {
		if factory.has(program) {
			t.Fatalf("%s is in the clean root: who needs it is not seen", program)
		}
	}
	factory.put(t, program(t), "/usr/local/bin")
	testkit.Run(t, exec.Command("chmod", "755", factory.path("/usr/local/bin/pinpack")))
	checkout(t, "orders", factory.path("/src/orders"))
	out := factory.run(t, "sh", "-euc", "pinpack build /src/orders --out /srv/dist 2>&1")
	t.Log(out)
	dist := factory.path("/srv/dist")
	orders := readResult(t, dist)
	for i, p := range orders.Packages {
		orders.Packages[i].Path = filepath.Join(dist, p.Name)
	}
	checkNative(t, orders)

	r := newRoot(t)
	clean := debs(t, r)
	r.install(t, orders.file(t, "deb"))
	came := slices.DeleteFunc(debs(t, r), func(s string) bool { return slices.Contains(clean, s) })
	t.Logf("came along: %q", came)
	for _, unwanted := range []string{"gcc", "libpq-dev", "python3-dev", "libc6-dev"} {
		if slices.ContainsFunc(came, func(s string) bool { return strings.HasPrefix(s, unwanted+"_") }) {
			t.Errorf("%s came along, which only the build needs", unwanted)
		}
	}
	r.verify(t, "orders")
	installed := stamps(t, r.path("/opt"))
	for _, user := range []string{"nobody", "root"} {
		loaded := testkit.Run(t, r.command(user, orders.Prefix+"/bin/python3", "-c", `
import psycopg2
psycopg2.extensions.libpq_version()
print(psycopg2.__file__, *{line.split()[-1] for line in open("/proc/self/maps") if "libpq" in line})`))
		if want := orders.site() + "/psycopg2/__init__.py "; !strings.HasPrefix(loaded, want) || !strings.Contains(loaded, "/usr/lib/") {
			t.Errorf("psycopg2 and its library are %q: want %s and the system's", loaded, want)
		}
		if health := testkit.Run(t, r.command(user, "orders", "health", "--offline")); !strings.HasPrefix(health, "libpq: 15.") {
			t.Errorf("orders health: %q", health)
		}
	}
	r.verify(t, "orders")
	if diff := cmp.Diff(installed, stamps(t, r.path("/opt"))); diff != "" {
		t.Errorf("what changed by running it (-before +after):\n%s", diff)
	}
	r.run(t, "apt-get", "purge", "--yes", "--quiet", "--auto-remove", "orders")
	gone(t, r, "orders")
	purged(t, r, "orders")
	if slices.ContainsFunc(debs(t, r), func(s string) bool { return strings.HasPrefix(s, "libpq5_") }) {
		t.Error("libpq5 is still there, and nobody needs it")
	}
}

// checkNative looks at what the packages depend on.
func checkNative(t *testing.T, orders result) {
	t.Helper()
	deb, rpm := read(t, orders.file(t, "deb")), read(t, orders.file(t, "rpm"))
	t.Logf("deb: %q; rpm: %q", deb.Requires, rpm.Requires)
	names := map[string]bool{}
	for _, need := range deb.Requires {
		name, _, _ := strings.Cut(need, " ")
		names[name] = true
	}
	if diff := cmp.Diff(map[string]bool{"python3.11": true, "libc6": true, "libpq5": true, "passwd": true}, names); diff != "" {
		t.Errorf("Depends (-want +got):\n%s", diff)
	}
	for _, need := range []string{python, "/bin/sh", "/usr/sbin/useradd", "libpq.so.5()(64bit)", "libc.so.6()(64bit)"} {
		if !slices.Contains(rpm.Requires, need) {
			t.Errorf("the .rpm does not require %s: %q", need, rpm.Requires)
		}
	}
	var info struct {
		BuiltHere     []struct{ Name, From string }    `json:"built_here"`
		BuildPackages []struct{ Name, Version string } `json:"build_packages"`
	}
	if err := json.Unmarshal(deb.Contents["/usr/share/orders/build-info.json"], &info); err != nil {
		t.Fatal(err)
	}
	if len(info.BuiltHere) != 2 || info.BuiltHere[0].Name != "psycopg2" || !strings.HasSuffix(info.BuiltHere[0].From, ".tar.gz") {
		t.Errorf("built_here: %v: want psycopg2 from its sdist, and orders", info.BuiltHere)
	}
	if len(info.BuildPackages) != 3 || info.BuildPackages[1].Name != "libpq-dev" || info.BuildPackages[1].Version == "" {
		t.Errorf("build_packages: %v: want what build-deps names, with versions", info.BuildPackages)
	}
}
