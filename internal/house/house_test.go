package house

import (
	"bufio"
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/pinpack/pinpack/"

// layers says what each package may import: packages of lower layers.
var layers = map[string]int{
	"internal/tree": 0, "internal/pep440": 0, "internal/command": 0, "internal/artifact": 0, "internal/secret": 0, "internal/signature": 0, "internal/nearest": 0, "internal/joined": 0,
	"internal/ci": 1, "internal/pep508": 1, "internal/elfdeps": 1, "internal/audit": 1, "internal/index": 1, "internal/syspkg": 1, "internal/sandbox": 1, "internal/debfile": 1, "internal/service": 1, "internal/verify": 1,
	"internal/publish/target": 1, "internal/publish/retry": 1, "internal/publish/files": 2, "internal/publish/registry": 2, "internal/publish/s3": 2,
	"internal/packagesign": 1, "internal/vulnerability": 2,
	"internal/publish/dir": 2, "internal/publish/release": 2, "internal/publish/workflow": 2, "internal/publish/oci": 2,
	"internal/project": 2, "internal/config": 2, "internal/interpreter": 2,
	"internal/rpmfile":       0,
	"internal/publish/store": 1, "internal/publish/store/storetest": 2,
	"internal/testreport": 0, "internal/step": 1,
	"internal/license": 0, "internal/sbom": 1, "internal/inspect": 2,
	"internal/publish/apt": 2, "internal/publish/yum": 2, "internal/publish/repository": 3,
	"internal/asset": 0, "internal/asset/reference": 0, "internal/asset/manifest": 1, "internal/asset/compress": 1,
	"internal/asset/fingerprint": 2, "internal/asset/minify": 2,
	"internal/attest": 2, "internal/attest/attesttest": 3,
	"internal/lock": 3, "internal/publish": 4,
	"internal/plan":  4,
	"internal/venv":  5,
	"internal/steps": 6, "internal/payload": 6, "internal/packager": 6,
	"internal/publish/image": 3,
	"internal/pipeline":      7,
	"internal/cli":           8,
	"cmd/pinpack":            9,
	"internal/house":         0, "internal/testkit": 0, "internal/acceptance": 0, "internal/whole": 9, "internal/e2e": 0,
}

// only says which packages may import what.
var only = map[string][]string{
	"os/exec":                                {"internal/command", "internal/testkit", "internal/acceptance"},
	"github.com/goreleaser/nfpm/v2":          {"internal/packager"},
	"github.com/sethvargo/go-githubactions":  {"internal/ci"},
	"github.com/google/go-github":            {"internal/publish/release"},
	"github.com/google/go-containerregistry": {"internal/publish/oci", "internal/publish/image"},
	"github.com/ProtonMail/go-crypto":        {"internal/signature"},
	"github.com/tdewolff/parse/v2":           {"internal/asset/reference", "internal/asset/minify"},
	"github.com/tdewolff/minify/v2":          {"internal/asset/minify"},
	"github.com/evanw/esbuild":               {"internal/asset/minify"},
	"github.com/andybalholm/brotli":          {"internal/asset/compress"},
	"github.com/minio/minio-go":              {"internal/publish/s3"},
	"github.com/spf13/cobra":                 {"internal/cli"},
	"github.com/sigstore/sigstore-go":        {"internal/attest", "internal/attest/attesttest"},
	"github.com/sigstore/rekor":              {"internal/attest"},
	"github.com/coreos/go-oidc/v3":           {"internal/attest"},
	"github.com/digitorus/timestamp":         {"internal/attest/attesttest"},
	"testing":                                {"internal/testkit", "internal/publish/store/storetest", "internal/attest/attesttest"},
	module + "internal/testkit":              {},
}

// calls says which packages may call what.
var calls = map[string][]string{
	"time.Now":     {"internal/cli", "internal/testkit", "internal/attest/attesttest"}, // a certificate is valid from now on
	"os.Getenv":    {"internal/cli", "cmd/pinpack", "internal/testkit"},
	"os.LookupEnv": {"internal/cli", "cmd/pinpack", "internal/testkit"},
	"os.Environ":   {"internal/cli", "cmd/pinpack", "internal/testkit"},
	"os.Exit":      {"cmd/pinpack"},
	"os.Getwd":     {"internal/cli"},
}

// errExec is what a package may take of os/exec that runs nothing.
var errExec = map[string]bool{"ErrNotFound": true}

type source struct {
	pkg, file string // relative to the repository
	ast       *ast.File
	text      []byte
	test      bool
}

func sources(t *testing.T) (*token.FileSet, []source) {
	t.Helper()
	root := filepath.Join("..", "..")
	fset := token.NewFileSet()
	var list []source
	for _, top := range []string{"cmd", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") {
				return err
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			f, err := parser.ParseFile(fset, name, text, parser.ParseComments)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, name)
			list = append(list, source{filepath.ToSlash(filepath.Dir(rel)), filepath.ToSlash(rel), f, text, strings.HasSuffix(name, "_test.go")})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(list) < 50 {
		t.Fatalf("found %d files: this test looks in the wrong place", len(list))
	}
	return fset, list
}

// top is all there is at the top, besides what git passes over.
var top = strings.Fields(".ci .git .github .gitignore Dockerfile README.md action.yml cmd dist go.mod go.sum internal testdata")

func TestTop(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(top, e.Name()) {
			t.Errorf("%q at the top: want only %s", e.Name(), strings.Join(top, " "))
		}
	}
}

// TestImports holds that imports go down, and that what is fenced in stays so.
func TestImports(t *testing.T) {
	_, list := sources(t)
	for _, s := range list {
		layer, ok := layers[s.pkg]
		if !ok {
			t.Errorf("%s: package %q has no layer: give it one in internal/house and in internal/README.md", s.file, s.pkg)
		}
		if s.test {
			continue
		}
		for _, i := range s.ast.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if ours, ok := strings.CutPrefix(path, module); ok && layers[ours] >= layer {
				t.Errorf("%s imports %s, which is no lower layer (%d, %d)", s.file, ours, layer, layers[ours])
			}
			for fenced, allowed := range only {
				if (path == fenced || strings.HasPrefix(path, fenced+"/")) && !slices.Contains(allowed, s.pkg) && !onlyNames(s, path) {
					t.Errorf("%s imports %s: only %q may", s.file, path, allowed)
				}
			}
		}
	}
}

// onlyNames tells whether a file uses os/exec for the names of its errors only.
func onlyNames(s source, path string) bool {
	if path != "os/exec" {
		return false
	}
	fine := true
	ast.Inspect(s.ast, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "exec" && !errExec[sel.Sel.Name] {
				fine = false
			}
		}
		return true
	})
	return fine
}

// TestCalls holds that only cli looks at the clock and the environment.
func TestCalls(t *testing.T) {
	fset, list := sources(t)
	for _, s := range list {
		if s.test {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Obj == nil {
				if allowed, ok := calls[x.Name+"."+sel.Sel.Name]; ok && !slices.Contains(allowed, s.pkg) {
					t.Errorf("%s: %s.%s: only %q may", fset.Position(sel.Pos()), x.Name, sel.Sel.Name, allowed)
				}
			}
			return true
		})
	}
}

// TestFiles holds format, length, and that each package says what it is.
func TestFiles(t *testing.T) {
	_, list := sources(t)
	documented := map[string]bool{}
	for _, s := range list {
		formatted, err := format.Source(s.text)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(formatted, s.text) {
			t.Errorf("%s is not formatted: run gofmt -w on it", s.file)
		}
		n := 0
		for lines := bufio.NewScanner(bytes.NewReader(s.text)); lines.Scan(); {
			n++
		}
		if n > 300 {
			t.Errorf("%s has %d lines: want 300 at most: split it by subject", s.file, n)
		}
		documented[s.pkg] = documented[s.pkg] || s.ast.Doc != nil
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("package %s has no doc comment", pkg)
		}
	}
}

// TestMap holds that internal/README.md names every package.
func TestMap(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range layers {
		name := strings.TrimPrefix(pkg, "internal/")
		if !strings.Contains(string(text), "`"+name+"`") && !strings.Contains(string(text), "`"+pkg+"`") && pkg != "cmd/pinpack" {
			t.Errorf("internal/README.md does not name %s", pkg)
		}
	}
}
