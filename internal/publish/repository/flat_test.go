package repository_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/apt"
	"github.com/pinpack/pinpack/internal/publish/release"
	"github.com/pinpack/pinpack/internal/publish/repository"
)

// keeper is a target that remembers what it was given.
type keeper struct {
	names []string
	text  map[string]string
}

func (k *keeper) Publish(_ context.Context, list []artifact.Artifact) ([]artifact.Receipt, error) {
	k.text = map[string]string{}
	for _, a := range list {
		k.names = append(k.names, a.Name)
		if a.Format == "index" {
			k.text[a.Name] = readAll(a.Path)
		}
	}
	return nil, nil
}

func TestFlatRepositoryIsOfTheAssets(t *testing.T) {
	t.Parallel()
	deb := pack(t, "deb", "app", "1.0~rc1", "amd64", "x")
	temp := t.TempDir()
	var k keeper
	var said []string
	f := repository.Flat{Inner: &k, Index: apt.Flat{Name: release.StoredName, Key: newKey(t, packet.PubKeyAlgoEdDSA), Time: built}, Temp: temp, Say: func(s string) { said = append(said, s) }}
	if _, err := f.Publish(t.Context(), []artifact.Artifact{deb, pack(t, "rpm", "app", "1.0~rc1", "amd64", "x")}); err != nil {
		t.Fatal(err)
	}
	want := []string{"app_1.0~rc1-1_amd64.deb", "app-1.0~rc1-1.x86_64.rpm", "Packages", "Packages.gz", "Release", "Release.gpg", "InRelease", "key.asc"}
	if diff := cmp.Diff(want, k.names); diff != "" || said != nil {
		t.Errorf("said %q; files (-want +got):\n%s", said, diff)
	}
	if text := k.text["Packages"]; !strings.Contains(text, "\nFilename: app_1.0.rc1-1_amd64.deb\nSize: ") || !strings.Contains(text, "\nSHA256: "+deb.SHA256+"\n") {
		t.Errorf("Packages:\n%s\nwant it to name the asset as GitHub does", text)
	}
	if text := k.text["Release"]; !strings.HasPrefix(text, "Origin: app\nLabel: app\nDate: Sun, 01 Mar 2026 12:00:00 UTC\nArchitectures: amd64\nSHA256:\n ") {
		t.Errorf("Release:\n%s", text)
	}
	if left, _ := filepath.Glob(temp + "/*"); left != nil {
		t.Errorf("left %q", left)
	}
	k, f.Index.Key = keeper{}, nil
	if _, err := f.Publish(t.Context(), []artifact.Artifact{deb}); err != nil || len(k.names) != 4 || len(said) != 1 || !strings.Contains(said[0], "NOT SIGNED") {
		t.Errorf("without a key: %v, %q, said %q", err, k.names, said)
	}
	k = keeper{}
	if _, err := f.Publish(t.Context(), nil); err != nil || k.names != nil {
		t.Errorf("without packages: %v, %q", err, k.names)
	}
}
