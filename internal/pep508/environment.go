package pep508

import "slices"

// Environment is what markers compare with, by the names of the specification:
// python_version, python_full_version, os_name, sys_platform, platform_release,
// platform_system, platform_version, platform_machine,
// platform_python_implementation, implementation_name, implementation_version. A name
// that is missing stands for the empty text.
type Environment map[string]string

// Active is what is chosen besides the environment. Names in it are normalised.
//
// uv.lock tells conflicting extras apart by extras of its own making, such as
// "extra-3-foo-cpu" for the extra cpu of foo and "group-3-foo-dev" for its group dev.
// They are names like any other here: whoever reads a uv.lock adds those of what is
// chosen to Extras.
type Active struct {
	Extras []string // `extra == "x"`, and PEP 751's `"x" in extras`
	Groups []string // PEP 751's `"x" in dependency_groups`
}

// variables are the names that a marker may hold, with the older spellings of some.
var variables = []struct {
	name    string
	aliases []string
	version bool // compared as a version where both sides are one
}{
	{name: "python_version", version: true},
	{name: "python_full_version", version: true},
	{name: "os_name", aliases: []string{"os.name"}},
	{name: "sys_platform", aliases: []string{"sys.platform"}},
	{name: "platform_release", version: true},
	{name: "platform_system"},
	{name: "platform_version", aliases: []string{"platform.version"}},
	{name: "platform_machine", aliases: []string{"platform.machine"}},
	{name: "platform_python_implementation", aliases: []string{"platform.python_implementation", "python_implementation"}},
	{name: "implementation_name"},
	{name: "implementation_version", version: true},
	{name: "extra"},
	{name: "extras"},
	{name: "dependency_groups"},
}

// lookUp returns a variable's own name, and "" for what is none.
func lookUp(word string) (name string, version bool) {
	for _, v := range variables {
		if word == v.name || slices.Contains(v.aliases, word) {
			return v.name, v.version
		}
	}
	return "", false
}
