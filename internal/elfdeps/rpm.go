package elfdeps

import (
	"debug/elf"
	"maps"
	"slices"
	"strings"
)

// RPM returns the capabilities that the tree requires, sorted, in the form of
// rpm's own generator: "libpq.so.5()(64bit)", "libc.so.6(GLIBC_2.14)(64bit)".
// Sonames that deps maps to "" are left out.
//
// See tools/elfdeps.cc of rpm.
func (r *Report) RPM(deps LibDeps) []string {
	all := map[string]bool{}
	for _, o := range r.objects {
		if o.interp != "" && !o.executable {
			continue // cannot be run
		}
		wanted := func(soname string) bool {
			dep, mapped := deps[soname]
			return o.external[soname] && isCapability(soname) && !(mapped && dep == "")
		}
		bare, marker := "", ""
		if o.machine.class == elf.ELFCLASS64 {
			bare, marker = "()(64bit)", "(64bit)"
		}
		for _, soname := range o.needed {
			if wanted(soname) {
				all[soname+bare] = true
			}
		}
		for _, v := range o.versions {
			if wanted(v.library) {
				all[v.library+"("+v.name+")"+marker] = true
			}
		}
		if o.gnuHash {
			all["rtld(GNU_HASH)"] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// isCapability tells whether rpm makes a capability of a soname.
func isCapability(soname string) bool {
	if !strings.Contains(soname, ".so") {
		return false
	}
	for _, prefix := range []string{"ld.", "ld-", "ld64.", "ld64-", "lib"} {
		if strings.HasPrefix(soname, prefix) {
			return true
		}
	}
	return false
}
