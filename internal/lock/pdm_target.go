package lock

import (
	"fmt"
	"strings"

	"github.com/pinpack/pinpack/internal/pep508"
)

// pdmTarget is a kind of interpreter that a lock was made for:
// https://pdm-project.org/latest/usage/lock-targets/
type pdmTarget struct {
	RequiresPython string `toml:"requires_python"`
	Platform       string `toml:"platform"` // "linux", "manylinux_2_28_aarch64"; "" for any
	Implementation string `toml:"implementation"`
}

// checkTargets refuses a lock for other interpreters: what it leaves out, this one may
// need. PDM refuses it, too.
func checkTargets(file string, targets []pdmTarget, env pep508.Environment) error {
	if env == nil || len(targets) == 0 {
		return nil
	}
	var known []string
	for _, t := range targets {
		if t.fits(env) {
			return nil
		}
		known = append(known, strings.Join(strings.Fields(t.RequiresPython+" "+t.Platform+" "+t.Implementation), " "))
	}
	return fmt.Errorf("read lock %q: Python %s on %s %s is none of its targets: want one of %s, or another target by \"pdm lock --append\"",
		file, env["python_full_version"], env["sys_platform"], env["platform_machine"], clip(strings.Join(known, ", ")))
}

// platforms are the systems that targets name, as sys_platform has them.
var platforms = map[string]string{
	"linux": "linux", "manylinux": "linux", "alpine": "linux", "musllinux": "linux", "windows": "win32", "macos": "darwin",
}

func (t pdmTarget) fits(env pep508.Environment) bool {
	system, rest, detailed := strings.Cut(t.Platform, "_")
	machine := env["platform_machine"]
	switch {
	case t.RequiresPython != "" && !within(env["python_full_version"], t.RequiresPython):
		return false
	case t.Implementation != "" && t.Implementation != env["implementation_name"]:
		return false
	case t.Platform == "":
		return true
	case platforms[system] != env["sys_platform"]:
		return false
	case !detailed && platforms[system] == "linux": // short for x86_64
		return machine == "x86_64"
	}
	return !detailed || strings.HasSuffix(rest, strings.ToLower(machine))
}
