package elfdeps

import (
	"debug/elf"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFloorIsTheHighestGlibc(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		versions map[string][]string // by path
		want     Floor
	}{
		"none":              {map[string][]string{"/a": nil}, Floor{}},
		"others' versions":  {map[string][]string{"/a": {"GLIBCXX_3.4.30", "GCC_3.0", "OPENSSL_3.0.0"}}, Floor{}},
		"by number":         {map[string][]string{"/a": {"GLIBC_2.9", "GLIBC_2.17", "GLIBC_2.2.5"}}, Floor{"2.17", "/a"}},
		"a part more":       {map[string][]string{"/a": {"GLIBC_2.2"}, "/b": {"GLIBC_2.2.5"}}, Floor{"2.2.5", "/b"}},
		"the first file":    {map[string][]string{"/a": {"GLIBC_2.28"}, "/b": {"GLIBC_2.34"}, "/c": {"GLIBC_2.34"}}, Floor{"2.34", "/b"}},
		"packed relocation": {map[string][]string{"/a": {"GLIBC_2.34", "GLIBC_ABI_DT_RELR"}}, Floor{"2.36", "/a"}},
	} {
		var objects []*object
		for _, file := range []string{"/a", "/b", "/c"} {
			o := &object{path: file}
			for _, v := range test.versions[file] {
				o.versions = append(o.versions, version{"libc.so.6", v})
			}
			objects = append(objects, o)
		}
		if got, err := floorOf(objects); got != test.want || err != nil {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, test.want)
		}
	}
}

func TestFloorRefusesVersionsOfNoKnownGlibc(t *testing.T) {
	t.Parallel()
	_, err := floorOf([]*object{{path: "/a.so", versions: []version{{"libc.so.6", "GLIBC_ABI_NEW"}, {"libm.so.6", "GLIBC_2.x"}}}})
	want := "read \"/a.so\": needs GLIBC_ABI_NEW of libc.so.6: no glibc is known to have it\n" +
		"read \"/a.so\": needs GLIBC_2.x of libm.so.6: no glibc is known to have it"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRPMCapabilities(t *testing.T) {
	t.Parallel()
	amd64 := machine{class: elf.ELFCLASS64}
	all := func(o *object) *object {
		o.external = map[string]bool{}
		for _, soname := range o.needed {
			o.external[soname] = true
		}
		return o
	}
	inside := &object{machine: amd64, needed: []string{"libin.so.1"}, versions: []version{{"libin.so.1", "IN_1"}}}
	for name, test := range map[string]struct {
		object *object
		deps   LibDeps
		want   []string
	}{
		"64 bit": {all(&object{machine: amd64, needed: []string{"libc.so.6", "libc.so.6"}, versions: []version{{"libc.so.6", "GLIBC_2.14"}}, gnuHash: true}), nil,
			[]string{"libc.so.6()(64bit)", "libc.so.6(GLIBC_2.14)(64bit)", "rtld(GNU_HASH)"}},
		"32 bit":               {all(&object{needed: []string{"libc.so.6"}, versions: []version{{"libc.so.6", "GLIBC_2.4"}}}), nil, []string{"libc.so.6", "libc.so.6(GLIBC_2.4)"}},
		"what is in the tree":  {inside, nil, nil},
		"odd names":            {all(&object{machine: amd64, needed: []string{"plugin.so", "libodd", "/usr/lib/libx.so", "ld-linux-x86-64.so.2", "ld64.so.1"}}), nil, []string{"ld-linux-x86-64.so.2()(64bit)", "ld64.so.1()(64bit)"}},
		"a program to be run":  {all(&object{machine: amd64, needed: []string{"liba.so"}, interp: "/lib/ld.so", executable: true}), nil, []string{"liba.so()(64bit)"}},
		"a program not to be":  {all(&object{machine: amd64, needed: []string{"liba.so"}, interp: "/lib/ld.so"}), nil, nil},
		"what the user brings": {all(&object{machine: amd64, needed: []string{"liba.so", "libb.so"}}), LibDeps{"liba.so": "", "libb.so": "b"}, []string{"libb.so()(64bit)"}},
	} {
		if diff := cmp.Diff(test.want, (&Report{objects: []*object{test.object}}).RPM(test.deps)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
