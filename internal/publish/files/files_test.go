package files

import (
	"bufio"
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/rpmpack"

	"github.com/pinpack/pinpack/internal/artifact"
)

// packed is an RPM that another writer than ours made.
func packed(t *testing.T, epoch uint32) []byte {
	t.Helper()
	r, err := rpmpack.NewRPM(rpmpack.RPMMetaData{
		Name: "demo", Version: "1.0~rc1", Release: "2", Epoch: epoch, Arch: "noarch", BuildTime: time.Unix(1700000000, 0),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.AddFile(rpmpack.RPMFile{Name: "/opt/demo", Body: bytes.Repeat([]byte("x"), 1000), Mode: 0o644})
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(data []byte) (identity, error) { return readRPM(bufio.NewReader(bytes.NewReader(data))) }

func TestReadRPM(t *testing.T) {
	t.Parallel()
	for epoch, version := range map[uint32]string{0: "1.0~rc1-2", 3: "3:1.0~rc1-2"} {
		got, err := read(packed(t, epoch))
		want := identity{"demo", version, "noarch", time.Unix(1700000000, 0).UTC()}
		if got != want || err != nil {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
}

func TestBesideBelongsToItsPackage(t *testing.T) {
	t.Parallel()
	list := []artifact.Artifact{
		{Name: "a_1_all.deb", Format: "deb", Package: "a", Version: "1", Arch: "all"},
		{Name: "b-2.noarch.rpm", Format: "rpm", Package: "b", Version: "2", Arch: "noarch"},
		{Name: "b-2.noarch.rpm.cdx.json"}, {Name: "b-2.noarch.cdx.json"}, {Name: "SHA256SUMS"},
	}
	var got []string
	for _, a := range beside(list) {
		got = append(got, a.Name+" "+a.Package+" "+a.Version)
	}
	want := []string{"a_1_all.deb a 1", "b-2.noarch.rpm b 2", "b-2.noarch.rpm.cdx.json b 2", "b-2.noarch.cdx.json b 2", "SHA256SUMS a 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
