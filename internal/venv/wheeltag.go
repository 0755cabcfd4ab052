package venv

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
)

// pythonTags is what decides which wheels fit a Python on Linux.
type pythonTags struct {
	Minor    int    // 11 of 3.11
	ABI      string // "cp311"; "cp313t" without the global interpreter lock
	Platform string // "linux_x86_64"
	Glibc    [2]int // 0.0 where there is none
	Musl     [2]int
}

// interpreterScript prints an interpreter as JSON. A 32-bit Python on a 64-bit
// kernel takes 32-bit wheels.
const interpreterScript = `import json, os, re, struct, subprocess, sys, sysconfig
def version(text):
    found = re.search(r"(\d+)\.(\d+)", text)
    return [int(found.group(1)), int(found.group(2))] if found else [0, 0]
platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
if struct.calcsize("P") == 4:
    platform = {"linux_x86_64": "linux_i686", "linux_aarch64": "linux_armv7l"}.get(platform, platform)
glibc = musl = [0, 0]
try:
    glibc = version(os.confstr("CS_GNU_LIBC_VERSION") or "")
except (AttributeError, OSError, ValueError):
    import glob
    for loader in glob.glob("/lib/ld-musl-*.so.1"):
        said = subprocess.Popen([loader], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, universal_newlines=True).communicate()[1]
        musl = version(said.partition("Version")[2])
soabi = (sysconfig.get_config_var("SOABI") or "cpython-%d%d" % sys.version_info[:2]).split("-")
print(json.dumps({"Minor": sys.version_info[1], "ABI": "cp" + soabi[1], "Platform": platform, "Glibc": glibc, "Musl": musl}))
`

// askInterpreter has a Python say which wheels it takes.
func (b Builder) askInterpreter(ctx context.Context, python string) (pythonTags, error) {
	var i pythonTags
	out, err := b.Run.Output(ctx, command.Program{Name: python, Args: []string{"-I", "-S", "-c", interpreterScript}})
	if err == nil {
		err = json.Unmarshal([]byte(out), &i)
	}
	if err != nil {
		return i, fmt.Errorf("ask %q for its platform: %w", python, err)
	}
	return i, nil
}

// fits tells whether a wheel, by its file name, is for the interpreter. See
// https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/.
func (i pythonTags) fits(wheel string) bool {
	parts := strings.Split(strings.TrimSuffix(wheel, ".whl"), "-")
	if len(parts) < 5 {
		return false
	}
	tags := parts[len(parts)-3:]
	for python := range strings.SplitSeq(tags[0], ".") {
		for abi := range strings.SplitSeq(tags[1], ".") {
			for platform := range strings.SplitSeq(tags[2], ".") {
				if i.takes(python, abi, platform) {
					return true
				}
			}
		}
	}
	return false
}

func (i pythonTags) takes(python, abi, platform string) bool {
	if platform == "any" {
		return abi == "none" && i.speaks(python)
	}
	return i.takesABI(python, abi) && i.runs(platform)
}

// takesABI takes what was compiled for this minor version, for the stable ABI of
// an older one, and what calls no C API of Python.
func (i pythonTags) takesABI(python, abi string) bool {
	if abi == "none" {
		return i.speaks(python)
	}
	minor, err := strconv.Atoi(strings.TrimPrefix(python, "cp3"))
	if err != nil || !strings.HasPrefix(python, "cp3") {
		return false
	}
	stable := abi == "abi3" && minor >= 2 && minor <= i.Minor && !strings.HasSuffix(i.ABI, "t")
	return abi == i.ABI && minor == i.Minor || stable
}

// speaks takes py3, py311 and older, cp311.
func (i pythonTags) speaks(python string) bool {
	if python == "py3" || python == "cp3"+strconv.Itoa(i.Minor) {
		return true
	}
	minor, err := strconv.Atoi(strings.TrimPrefix(python, "py3"))
	return err == nil && strings.HasPrefix(python, "py3") && minor <= i.Minor
}

// legacy are the manylinux tags before PEP 600, and the glibc that they want.
var legacy = map[string][2]int{"manylinux1": {2, 5}, "manylinux2010": {2, 12}, "manylinux2014": {2, 17}}

var libcTag = regexp.MustCompile(`^(manylinux|musllinux)_([0-9]+)_([0-9]+)_(.+)$`)

// runs takes the platform itself, and those that want no newer C library.
func (i pythonTags) runs(platform string) bool {
	arch := strings.TrimPrefix(i.Platform, "linux_")
	if platform == i.Platform {
		return true
	}
	name, rest, _ := strings.Cut(platform, "_")
	if want, ok := legacy[name]; ok {
		return rest == arch && atLeast(i.Glibc, want)
	}
	m := libcTag.FindStringSubmatch(platform)
	if m == nil || m[4] != arch {
		return false
	}
	major, _ := strconv.Atoi(m[2])
	minor, _ := strconv.Atoi(m[3])
	have := i.Glibc
	if m[1] == "musllinux" {
		have = i.Musl
	}
	return atLeast(have, [2]int{major, minor})
}

func atLeast(have, want [2]int) bool {
	return have[0] == want[0] && have[1] >= want[1]
}
