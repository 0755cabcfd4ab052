package repository_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	"github.com/goreleaser/nfpm/v2/rpm"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish"
	"github.com/pinpack/pinpack/internal/publish/repository"
	"github.com/pinpack/pinpack/internal/publish/target"
	"github.com/pinpack/pinpack/internal/signature"
)

// built is the time of the packages, and now that of the clock.
var (
	built = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	now   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
)

// pack makes a small package. text is what its one file holds.
func pack(t testing.TB, format, name, version, arch, text string) artifact.Artifact {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "text")
	if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := artifact.FormatFor(format)
	if err != nil {
		t.Fatal(err)
	}
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: name, Arch: arch, Version: version, Release: "1", VersionSchema: "none", Maintainer: "A <a@example.org>", MTime: built,
		Description: "A & <b>\nMore of it.", Homepage: "https://example.org/?a&b", License: "MIT",
		Overridables: nfpm.Overridables{
			Contents: files.Contents{{Source: source, Destination: "/usr/share/" + name + "/text"}, {Source: source, Destination: "/usr/bin/" + name, FileInfo: &files.ContentFileInfo{Mode: 0o755, MTime: built}}},
			RPM:      nfpm.RPM{BuildHost: "localhost"},
		},
	})
	var b bytes.Buffer
	if format == "deb" {
		err = deb.Default.Package(info, &b)
	} else {
		err = rpm.DefaultRPM.Package(info, &b)
	}
	if err != nil {
		t.Fatal(err)
	}
	file := name + "_" + version + "-1_" + f.Arches[arch] + ".deb"
	if format == "rpm" {
		file = name + "-" + version + "-1." + f.Arches[arch] + ".rpm"
	}
	path := filepath.Join(dir, file)
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	sum, size, err := artifact.Digest(path)
	if err != nil {
		t.Fatal(err)
	}
	return artifact.Artifact{Path: path, Name: file, Format: format, Package: name, Version: version + "-1", Arch: f.Arches[arch], Size: size, SHA256: sum}
}

// both are the packages of a version, for both families.
func both(t testing.TB, version string) []artifact.Artifact {
	t.Helper()
	return []artifact.Artifact{pack(t, "deb", "app", version, "all", version), pack(t, "rpm", "app", version, "all", version)}
}

// newKey makes a secret key.
func newKey(t testing.TB, algorithm packet.PublicKeyAlgorithm) *signature.Key {
	t.Helper()
	c := &packet.Config{Algorithm: algorithm, RSABits: 3072, Time: func() time.Time { return built }}
	e, err := openpgp.NewEntity("Releases", "", "releases@example.org", c)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.PrivateKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.SerializePrivateWithoutSigning(w, c); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	k, err := signature.Read(b.String(), "", built)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// setup is what the tests open repositories with.
func setup(t testing.TB, dir string, key *signature.Key) target.Setup {
	return target.Setup{
		WorkDir: dir, Time: built, Now: func() time.Time { return now }, Key: key,
		Say: func(line string) { t.Log(line) },
	}
}

func open(t testing.TB, url string, s target.Setup) *repository.Target {
	t.Helper()
	r, err := publish.OpenRepository(url, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func publishTo(t testing.TB, r *repository.Target, list ...artifact.Artifact) []artifact.Receipt {
	t.Helper()
	receipts, err := r.Publish(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	return receipts
}

func read(t testing.TB, elem ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// listed are the packages of a repository, one a line.
func listed(t testing.TB, r *repository.Target) string {
	t.Helper()
	list, err := r.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, p := range list {
		b.WriteString(strings.Join(strings.Fields(strings.Join([]string{p.Format, p.Suite, p.Name, p.Version, p.Arch, p.File}, " ")), " ") + "\n")
	}
	return b.String()
}

// hexDigest is a SHA-256 in a file's name.
var hexDigest = regexp.MustCompile(`[0-9a-f]{64}`)

func openURL(t testing.TB, url string) (*repository.Target, error) {
	return publish.OpenRepository(url, setup(t, t.TempDir(), nil))
}

// readAll is a file's text, or why there is none.
func readAll(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
