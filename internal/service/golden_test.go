package service

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pinpack/pinpack/internal/tree"
)

var update = flag.Bool("update", false, "write the golden files anew")

// models are the applications of testdata, by name.
func models(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 6 {
		t.Fatalf("models: %q, %v", files, err)
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(filepath.Base(f), ".txtar")
	}
	return files
}

// model reads one as a build would.
func model(t testing.TB, name string) App {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/" + name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	return load(t, name, archive)
}

func load(t testing.TB, name string, archive *txtar.Archive) App {
	t.Helper()
	var a App
	var list []Process
	for _, f := range archive.Files {
		var err error
		switch f.Name {
		case "Procfile":
			list, err = ParseProcfile(string(f.Data))
		case "services.toml":
			var table map[string]any
			if err = toml.Unmarshal(f.Data, &table); err == nil {
				a, err = FromTable(table)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	a.Name, a.Version, a.Prefix = name, "1.4.0-1", "/opt/"+name
	a.Summary, a.Homepage, a.Commit = "The "+name+" application", "https://example.org/"+name, "c0ffee"
	if name == "shop" {
		a.Static = []Static{
			{Dir: "/usr/share/shop/static", URL: "/static/", Encodings: []string{"br", "gzip", "zstd"}, Hashed: true},
			{Dir: "/usr/share/shop/icons", URL: "/icons/"},
		}
	}
	a, err := a.WithProcfile(list).Complete()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestGolden holds every file and script of every model.
func TestGolden(t *testing.T) {
	for _, name := range models(t) {
		t.Run(name, func(t *testing.T) {
			a := model(t, name)
			got := &txtar.Archive{}
			files := entries(t, a)
			for _, e := range files {
				if e.Path == a.helper("healthcheck.py") {
					e.Data = []byte("(as helpers/healthcheck.py)\n")
				}
				got.Files = append(got.Files, txtar.File{
					Name: strings.TrimSpace(fmt.Sprintf("%s %s %04o %s", e.Path, e.Kind, e.Mode, e.Only)), Data: e.Data,
				})
			}
			for _, format := range []string{"deb", "rpm"} {
				scripts, err := a.Scripts(format)
				if err != nil {
					t.Fatal(err)
				}
				for _, event := range events[format] {
					if scripts[event] != "" {
						got.Files = append(got.Files, txtar.File{Name: format + " " + event, Data: []byte(scripts[event])})
					}
				}
			}
			golden(t, name+".golden", txtar.Format(got))
		})
	}
}

// golden compares a text with a file of testdata.
func golden(t testing.TB, file string, got []byte) {
	t.Helper()
	file = filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; go test -update writes it):\n%s", file, diff)
	}
}

// entries are the model's files, sorted, and fit for a package of each format.
func entries(t testing.TB, a App) tree.Tree {
	t.Helper()
	files, err := a.Files()
	if err != nil {
		t.Fatal(err)
	}
	joined, err := tree.Join(files)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(joined, func(e tree.Entry) bool { return strings.HasPrefix(e.Path, "/usr/share/doc/"+a.Name+"/examples/") }) {
		t.Error("no examples")
	}
	return joined
}
