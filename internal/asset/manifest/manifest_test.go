package manifest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNames(t *testing.T) {
	t.Parallel()
	const h = "0123456789ab"
	for name, want := range map[string]string{
		"app.css": "app." + h + ".css", "js/app.min.js": "js/app.min." + h + ".js", "a.js.map": "a.js." + h + ".map", "LICENSE": "LICENSE." + h,
		"d.d/LICENSE": "d.d/LICENSE." + h, ".htaccess": ".htaccess." + h, "x.fedcba987654": "x." + h + ".fedcba987654", "a.fedcba987654.css": "a.fedcba987654." + h + ".css",
	} {
		if got := Hashed(name, h); got != want || !IsHashed(name, got) {
			t.Errorf("%s: %s, %v; want %s", name, got, IsHashed(name, got), want)
		}
	}
	for _, now := range []string{"app.css", "app.0123456789AB.css", "app.0123456789a.css", "0123456789ab.css", "app-0123456789ab.css", ".0123456789ab", ""} {
		if name, hash, ok := Split(now); ok {
			t.Errorf("%q was taken for %q with %q", now, name, hash)
		}
	}
}

// FuzzNames holds that a hash can be taken out again of every name.
func FuzzNames(f *testing.F) {
	for _, name := range []string{"a/b.css", "LICENSE", ".x", "a.", "..a", "a.0123456789ab"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" || strings.HasSuffix(name, "/") {
			return
		}
		if original, hash, ok := Split(Hashed(name, "fedcba987654")); !ok || original != name || hash != "fedcba987654" {
			t.Errorf("%q became %q, and that %q with %q, %v", name, Hashed(name, "fedcba987654"), original, hash, ok)
		}
	})
}

func TestForms(t *testing.T) {
	t.Parallel()
	m := Map{"b.js": "b.0123456789ab.js", "a <&>.css": "a <&>.fedcba987654.css", "i.html": "i.html"}
	want := map[string]string{
		"django": "{\n  \"paths\": {\n    \"a <&>.css\": \"a <&>.fedcba987654.css\",\n    \"b.js\": \"b.0123456789ab.js\",\n    \"i.html\": \"i.html\"\n  },\n  \"version\": \"1.1\",\n  \"hash\": \"HASH\"\n}\n",
		"json":   "{\n  \"a <&>.css\": \"a <&>.fedcba987654.css\",\n  \"b.js\": \"b.0123456789ab.js\",\n  \"i.html\": \"i.html\"\n}\n",
		"vite":   "{\n  \"a <&>.css\": {\n    \"file\": \"a <&>.fedcba987654.css\",\n    \"src\": \"a <&>.css\",\n    \"isEntry\": true\n  },\n  \"b.js\": {\n    \"file\": \"b.0123456789ab.js\",\n    \"src\": \"b.js\",\n    \"isEntry\": true\n  },\n  \"i.html\": {\n    \"file\": \"i.html\",\n    \"src\": \"i.html\"\n  }\n}\n",
	}
	for _, form := range Forms {
		out, err := Parse(form.Name)
		if err != nil || out.File != form.File {
			t.Fatalf("%s: %+v, %v", form.Name, out, err)
		}
		text := string(out.Render(m))
		if i := strings.Index(text, `"hash": "`); i >= 0 {
			text = text[:i] + `"hash": "HASH` + text[i+len(`"hash": "`)+Digits:]
		}
		if diff := cmp.Diff(want[form.Name], text); diff != "" {
			t.Errorf("%s (-want +got):\n%s", form.Name, diff)
		}
		again, ok := form.read(out.Render(m))
		if diff := cmp.Diff(m, again); diff != "" || !ok {
			t.Errorf("%s, read again: %v (-want +got):\n%s", form.Name, ok, diff)
		}
	}
	for text, form := range map[string]int{`{"paths": {}, "version": "2"}`: 0, `[]`: 1, `{"a": "b"}`: 2, `{"a": {"b": 1}}`: 2, `nope`: 0} {
		if m, ok := Forms[form].read([]byte(text)); ok {
			t.Errorf("%s was read as %s: %v", text, Forms[form].Name, m)
		}
	}
}
