package testkit

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var fullWheel = Wheel{
	Name: "Demo.App", Version: "1.0", RequiresPython: ">=3.8", Tag: "py2.py3-none-any",
	Requires: []string{"flask>=2"}, Metadata: []string{"License: MIT"},
	Files:   map[string]string{"demo/__init__.py": "", "demo/a,b.py": "x = 1\n"},
	Scripts: map[string]string{"demo": "demo:main", "admin": "demo:admin"},
	Data:    map[string]string{"scripts/run": "#!python\n"},
}

func TestWheel(t *testing.T) {
	name := fullWheel.Write(t, t.TempDir())
	if got, want := filepath.Base(name), "demo_app-1.0-py2.py3-none-any.whl"; got != want {
		t.Errorf("name is %q, want %q", got, want)
	}
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var got []string
	var record [][]string
	var recorded string
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if path.Base(f.Name) == "RECORD" {
			recorded = string(body)
			continue
		}
		got = append(got, f.Mode().String()+" "+f.Name, string(body))
		sum := sha256.Sum256(body)
		digest := "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:])
		record = append(record, []string{f.Name, digest, strconv.Itoa(len(body))})
	}
	record = append(record, []string{"demo_app-1.0.dist-info/RECORD", "", ""})
	rows, err := csv.NewReader(strings.NewReader(recorded)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(record, rows); diff != "" {
		t.Error("RECORD (-want +got):\n" + diff)
	}
	want := []string{
		"-rw-r--r-- demo/__init__.py", "",
		"-rw-r--r-- demo/a,b.py", "x = 1\n",
		"-rwxr-xr-x demo_app-1.0.data/scripts/run", "#!python\n",
		"-rw-r--r-- demo_app-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: Demo.App\nVersion: 1.0\n" +
			"Requires-Python: >=3.8\nRequires-Dist: flask>=2\nLicense: MIT\n",
		"-rw-r--r-- demo_app-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: testkit\nRoot-Is-Purelib: true\n" +
			"Tag: py2-none-any\nTag: py3-none-any\n",
		"-rw-r--r-- demo_app-1.0.dist-info/entry_points.txt", "[console_scripts]\nadmin = demo:admin\ndemo = demo:main\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("wheel (-want +got):\n" + diff)
	}
}

func TestWheelIsReproducible(t *testing.T) {
	first, second := fullWheel.Write(t, t.TempDir()), fullWheel.Write(t, t.TempDir())
	a, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("the same wheel was written in two ways")
	}
	sum := sha256.Sum256(a)
	if got, want := SHA256(t, first), hex.EncodeToString(sum[:]); got != want {
		t.Errorf("SHA-256 is %q, want %q", got, want)
	}
}

func TestWheelRefusesPathTwice(t *testing.T) {
	wheel := Wheel{Name: "demo", Version: "1", Files: map[string]string{"demo-1.dist-info/WHEEL": ""}}
	got := ending(t, func(t testing.TB) { wheel.Write(t, "") })
	if want := `fatal: write wheel "demo": "demo-1.dist-info/WHEEL" is there twice`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
