package pep440

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// These tests hold our order, and the ports in vercmp_test.go, against the real
// tools, each started once.

// samples returns what the tools are asked about: the versions whose order is
// promised, then some whose order is not, then noise for the ports alone.
func samples(t *testing.T) (versions []Version, packaged []PackageVersion) {
	t.Helper()
	list := append(ordered(), "1", "1.0.0", "1.0.0rc1", "1.0.0.post1",
		"1.0+cu92", "1.0+cu118", "1.0+g1a2b", "1.0+g10", "1.0+acm", "1.0.post1+cu92")
	versions = parseAll(t, list)
	for _, v := range versions {
		packaged = append(packaged, v.Debian())
	}
	for i, v := range versions[1:] {
		packaged = append(packaged, v.Snapshot(versions[i], Build{Pull: i % 2, Commit: "1a2b3c4", Time: snapshotTime}))
	}
	random := rand.New(rand.NewPCG(4, 40))
	for range 150 {
		noise := []byte("1")
		for range random.IntN(9) {
			noise = append(noise, "0019az.+~~"[random.IntN(10)])
		}
		packaged = append(packaged, PackageVersion{Version: string(noise)})
	}
	return versions, packaged
}

// checkTool fails when a tool's answer for a pair of samples is not the port's, or
// not PEP 440's where that is promised.
func checkTool(t *testing.T, versions []Version, packaged []PackageVersion, i, j, got, port int) {
	t.Helper()
	if got != port {
		t.Errorf("%s and %s compare as %d, by our port as %d", packaged[i], packaged[j], got, port)
	}
	if i < len(versions) && j < len(versions) && kept(versions[i], versions[j]) {
		if want := versions[i].Compare(versions[j]); got != want {
			t.Errorf("%s and %s compare as %d, as %s and %s they do as %d",
				versions[i], versions[j], want, packaged[i], packaged[j], got)
		}
	}
}

func TestDpkgAgrees(t *testing.T) {
	t.Parallel()
	need(t, "dpkg", "dpkg (apt-get install dpkg)")
	versions, packaged := samples(t)
	var pairs [][2]int
	for i := range len(packaged) - 1 {
		pairs = append(pairs, [2]int{i, i + 1})
	}
	random := rand.New(rand.NewPCG(4, 40))
	for n := range randomPairs() {
		i, j := random.IntN(len(packaged)), random.IntN(len(packaged))
		if n%2 == 0 { // near each other, where the order is decided late
			j = min(i+random.IntN(100), len(packaged)-1)
		}
		pairs = append(pairs, [2]int{i, j})
	}
	// dpkg answers one question a process: ask whether the port is right.
	var in strings.Builder
	for _, p := range pairs {
		a, b := packaged[p[0]], packaged[p[1]]
		port := dpkgCompare(a, b)
		checkTool(t, versions, packaged, p[0], p[1], port, port)
		fmt.Fprintln(&in, a, []string{"lt", "eq", "gt"}[port+1], b)
	}
	cmd := exec.Command("sh", "-c", `while read -r a op b; do dpkg --compare-versions "$a" "$op" "$b" || echo "$a $op $b"; done`)
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("run dpkg: %v: %s", err, out)
	}
	if len(out) > 0 {
		t.Errorf("dpkg disagrees with our port of it:\n%s", out)
	}
	t.Logf("dpkg compared %d pairs", len(pairs))
}

func TestRPMAgrees(t *testing.T) {
	t.Parallel()
	need(t, "rpm", "rpm (apt-get install rpm)")
	versions, packaged := samples(t)
	var list strings.Builder
	for _, p := range packaged {
		fmt.Fprintf(&list, "%q,", p)
	}
	// One line for each version, one character for each that follows it.
	script := `local list = {` + list.String() + `}
		local sign = {[-1]="<", [0]="=", [1]=">"}
		for i = 1, #list do
			local line = {}
			for j = i+1, #list do line[#line+1] = sign[rpm.vercmp(list[i], list[j])] end
			print(table.concat(line), "\n")
		end`
	out, err := exec.Command("rpm", "--eval", "%{lua:"+script+"}").CombinedOutput()
	if err != nil {
		t.Fatalf("run rpm: %v: %s", err, out)
	}
	lines := strings.Fields(string(out))
	if len(lines) != len(packaged)-1 {
		t.Fatalf("rpm printed %d lines for %d versions: %.200q", len(lines), len(packaged), out)
	}
	pairs := 0
	for i, line := range lines {
		if len(line) != len(packaged)-i-1 {
			t.Fatalf("rpm answered %.200q for version %d of %d", line, i, len(packaged))
		}
		for n, answer := range line {
			j := i + 1 + n
			got := strings.IndexRune("<=>", answer) - 1
			checkTool(t, versions, packaged, i, j, got, rpmCompare(packaged[i], packaged[j]))
			pairs++
		}
	}
	t.Logf("rpm compared %d pairs", pairs)
}

// TestPackagingAgrees sorts with the library pip itself uses.
func TestPackagingAgrees(t *testing.T) {
	t.Parallel()
	const script = `
import sys
from pip._vendor.packaging.version import Version
for s in sorted(sys.stdin.read().split(), key=Version): print(Version(s))`
	python := testkit.NeedPip(t)
	list := ordered()
	rand.New(rand.NewPCG(4, 40)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	cmd := exec.Command(python, "-c", script)
	cmd.Stdin = strings.NewReader(strings.Join(list, "\n"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run packaging: %v", err)
	}
	versions := parseAll(t, list)
	slices.SortFunc(versions, Version.Compare)
	theirs := strings.Fields(string(out))
	for i, v := range versions {
		if theirs[i] != v.String() {
			t.Fatalf("version %d in order is %s, to packaging it is %s", i, v, theirs[i])
		}
	}
}

// need skips a test on a machine without the program, but never in CI.
func need(t *testing.T, program, install string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("no %s here: this proof must run in CI; install %s", program, install)
	}
	t.Skipf("no %s here: install %s", program, install)
}

// randomPairs is how many random pairs dpkg is asked about, at 2 ms each.
func randomPairs() int {
	switch {
	case os.Getenv("CI") == "true":
		return 10000
	case testing.Short():
		return 0
	default:
		return 1500
	}
}
