package elfdeps

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Floor is the oldest glibc that runs a tree.
type Floor struct {
	Version string `json:"version"`        // "2.34"; "" where nothing says so
	Path    string `json:"path,omitempty"` // the first file that needs it
}

// abiVersions are glibc's versions without a number, and the first glibc to have
// each. See https://sourceware.org/glibc/wiki/Release
var abiVersions = map[string]string{
	"GLIBC_ABI_DT_RELR":       "2.36",
	"GLIBC_ABI_GNU2_TLS":      "2.42",
	"GLIBC_ABI_GNU_TLS":       "2.42",
	"GLIBC_ABI_DT_X86_64_PLT": "2.42",
}

// floorOf looks at all objects: those that a wheel brings set the floor, too.
func floorOf(objects []*object) (Floor, error) {
	var floor Floor
	var errs []error
	for _, o := range objects {
		for _, v := range o.versions {
			number, ok := strings.CutPrefix(v.name, "GLIBC_")
			if !ok {
				continue
			}
			if since, known := abiVersions[v.name]; known {
				number = since
			}
			if numbers(number) == nil {
				errs = append(errs, fmt.Errorf("read %q: needs %s of %s: no glibc is known to have it", o.path, v.name, v.library))
			} else if slices.Compare(numbers(number), numbers(floor.Version)) > 0 {
				floor = Floor{number, o.path}
			}
		}
	}
	return floor, errors.Join(errs...)
}

// numbers are the parts of a version such as 2.3.4; nil: it is no such version.
func numbers(version string) []int {
	var list []int
	for _, part := range strings.Split(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil
		}
		list = append(list, n)
	}
	return list
}

// isGlibc tells whether a library is in Debian's libc6. Not so libcrypt.so.1.
func isGlibc(soname string) bool {
	return slices.Contains(glibcLibraries, soname) || strings.HasPrefix(soname, "ld-linux") || strings.HasPrefix(soname, "ld64.so.")
}

var glibcLibraries = []string{
	"libBrokenLocale.so.1", "libanl.so.1", "libc.so.6", "libc_malloc_debug.so.0", "libdl.so.2", "libm.so.6", "libmvec.so.1",
	"libnsl.so.1", "libnss_files.so.2", "libpthread.so.0", "libresolv.so.2", "librt.so.1", "libthread_db.so.1", "libutil.so.1",
}
