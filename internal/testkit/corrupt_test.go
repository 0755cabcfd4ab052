package testkit

import (
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var parsers = []struct {
	format, compression string
	parse               func([]byte) (Package, error)
}{
	{"deb", "gzip", parseDeb},
	{"deb", "none", parseDeb},
	{"rpm", "zstd", parseRPM},
}

// A damaged package is refused, or the damage was in what nobody reads: never
// does it read as something else, and never panics.
func TestDamage(t *testing.T) {
	for _, p := range parsers {
		data := packageBytes(t, p.format, p.compression)
		whole, err := p.parse(data)
		if err != nil {
			t.Fatal(err)
		}
		whole.Signed = false // without a digest of its own
		for at := 0; at < len(data); at += 3 {
			damaged := slices.Clone(data)
			damaged[at] ^= byte(1 + at%255)
			if got, err := p.parse(damaged); err == nil {
				got.Signed = false
				if diff := cmp.Diff(whole, got); diff != "" {
					t.Errorf("%s %s: byte %d is damaged, package (-want +got):\n%s", p.format, p.compression, at, diff)
				}
			}
		}
	}
}

func TestCutOff(t *testing.T) {
	for _, p := range parsers {
		data := packageBytes(t, p.format, p.compression)
		for size := 0; size < len(data)-1; size += 7 {
			if _, err := p.parse(data[:size]); err == nil {
				t.Errorf("%s %s: no error for %d of %d bytes", p.format, p.compression, size, len(data))
			}
		}
	}
}

// Behind the digests the header is read as carefully: a writer may be wrong and
// its digests right.
func TestDamagedRPMHeader(t *testing.T) {
	header, payload := rpmParts(t)
	for at := range header {
		damaged := slices.Clone(header)
		damaged[at] ^= byte(1 + at%255)
		if h, _, err := cutRPMHeader(damaged); err == nil {
			_, _ = unpackRPM(h, payload)
		}
	}
}

func FuzzReadDeb(f *testing.F) {
	f.Add(packageBytes(f, "deb", "none"))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = parseDeb(data) })
}

func FuzzReadRPM(f *testing.F) {
	f.Add(packageBytes(f, "rpm", "gzip"))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = parseRPM(data) })
}

func FuzzUnpackRPM(f *testing.F) {
	header, payload := rpmParts(f)
	f.Add(header, payload)
	f.Fuzz(func(_ *testing.T, header, payload []byte) {
		if h, _, err := cutRPMHeader(header); err == nil {
			_, _ = unpackRPM(h, payload)
		}
	})
}

// rpmParts returns the header of an rpm, and its payload.
func rpmParts(t testing.TB) (header, payload []byte) {
	t.Helper()
	data := packageBytes(t, "rpm", "gzip")
	signature, _, err := cutRPMHeader(data[96:])
	if err != nil {
		t.Fatal(err)
	}
	at := 96 + (len(signature.raw)+7)/8*8
	h, payload, err := cutRPMHeader(data[at:])
	if err != nil {
		t.Fatal(err)
	}
	return h.raw, payload
}

func packageBytes(t testing.TB, format, compression string) []byte {
	t.Helper()
	data, err := os.ReadFile(writePackage(t, format, compression))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
