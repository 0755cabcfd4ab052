//go:build acceptance

package acceptance

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"

	"github.com/pinpack/pinpack/internal/publish"
	described "github.com/pinpack/pinpack/internal/publish/files"
	"github.com/pinpack/pinpack/internal/publish/target"
	"github.com/pinpack/pinpack/internal/signature"
	"github.com/pinpack/pinpack/internal/testkit"
)

// TestRepositoriesWhileTheyChange publishes 200 versions, one after the other,
// with the oldest going, while apt, dnf and readers that are faster than either
// read again and again. None of them may ever fail.
func TestRepositoriesWhileTheyChange(t *testing.T) {
	testkit.NeedRoot(t)
	const updates = 200
	dir := filepath.Join(sharedDir(t), "site")
	s := serve(t, dir)
	keyFile := secretKey(t, "ed25519")
	text, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	key, err := signature.Read(string(text), "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	r, err := publish.OpenRepository("repo+dir:"+dir+"?keep=3&url="+s.url, target.Setup{WorkDir: "/", Time: time.Now(), Now: time.Now, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	packages := sharedDir(t)
	update := func(n int) {
		t.Helper()
		list, _, err := described.Describe(tiny(t, packages, version(n), keyFile))
		if err == nil {
			_, err = r.Publish(t.Context(), list)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	update(0)
	apt, dnf, strict := newAptClient(t, "bookworm", s), newDnfClient(t, s), newDnfClient(t, s)
	// dnf takes repomd.xml and its signature one after the other: see README. Here
	// it checks digests and packages; the reader below checks the signature, and may
	// look again.
	lenient := filepath.Join(dnf.dir, "repos/tiny.repo")
	repo, err := os.ReadFile(lenient)
	if err != nil {
		t.Fatal(err)
	}
	write(t, lenient, strings.Replace(string(repo), "repo_gpgcheck=1", "repo_gpgcheck=0", 1))
	reader := newReader(t, s, key)
	var done atomic.Bool
	var readers sync.WaitGroup
	rounds := map[string]*atomic.Int64{}
	for name, read := range map[string]func() error{"apt-get update": apt.refresh, "dnf makecache": dnf.refresh, "a reader of InRelease": reader.deb, "a reader of repomd.xml": reader.rpm} {
		n := &atomic.Int64{}
		rounds[name] = n
		readers.Go(func() {
			for !done.Load() {
				if err := read(); err != nil {
					t.Errorf("%s, round %d: %v", name, n.Load(), err)
					return
				}
				n.Add(1)
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	for n := range updates {
		update(n + 1)
	}
	done.Store(true)
	readers.Wait()
	for name, n := range rounds {
		t.Logf("%s: %d times during %d updates", name, n.Load(), updates)
		if n.Load() < 5 {
			t.Errorf("%s: %d times only", name, n.Load())
		}
	}
	installs(t, "apt", apt, "", version(updates))
	t.Logf("%d times the signature was that of the repomd.xml before or after", reader.between.Load())
	installs(t, "dnf", strict, "", version(updates))
}

// reader reads a repository as clients do, only faster, and checks all of it.
type reader struct {
	url     string
	ring    openpgp.EntityList
	between atomic.Int64
}

func newReader(t testing.TB, s *site, key *signature.Key) *reader {
	t.Helper()
	public, err := key.Public()
	if err != nil {
		t.Fatal(err)
	}
	ring, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(public))
	if err != nil {
		t.Fatal(err)
	}
	return &reader{url: s.url, ring: ring}
}

func (r *reader) fetch(name string) ([]byte, error) {
	answer, err := http.Get(r.url + "/" + name)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", name, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// named fetches a file that another names by its digest.
func (r *reader) named(name, sum string) ([]byte, error) {
	data, err := r.fetch(name)
	if err != nil {
		return nil, err
	}
	if got := sha256.Sum256(data); hex.EncodeToString(got[:]) != sum {
		return nil, fmt.Errorf("%s: its digest is %x: want %s", name, got, sum)
	}
	return data, nil
}

var (
	releaseLine = regexp.MustCompile(`(?m)^ ([0-9a-f]{64}) +\d+ (\S+)/(Packages\S*)$`)
	poolFile    = regexp.MustCompile(`(?m)^Filename: (\S+)\n(?:.*\n)*?SHA256: (\S+)$`)
)

// deb reads InRelease, every index that it names, and every package that they
// name.
func (r *reader) deb() error {
	text, err := r.fetch("dists/stable/InRelease")
	if err != nil {
		return err
	}
	block, _ := clearsign.Decode(text)
	if block == nil {
		return fmt.Errorf("InRelease is not signed: %q", text)
	}
	if _, err := block.VerifySignature(r.ring, nil); err != nil {
		return err
	}
	found := releaseLine.FindAllStringSubmatch(string(block.Plaintext), -1)
	if len(found) != 6 {
		return fmt.Errorf("InRelease names %d indexes: want 6", len(found))
	}
	for _, m := range found {
		index, err := r.named("dists/stable/"+m[2]+"/by-hash/SHA256/"+m[1], m[1])
		if err != nil {
			return err
		}
		if m[3] != "Packages" {
			continue
		}
		for _, f := range poolFile.FindAllStringSubmatch(string(index), -1) {
			if _, err := r.named(f[1], f[2]); err != nil {
				return err
			}
		}
	}
	return nil
}

// signed reads repomd.xml and its signature.
func (r *reader) signed() ([]byte, error) {
	text, err := r.fetch("repodata/repomd.xml")
	if err != nil {
		return nil, err
	}
	armored, err := r.fetch("repodata/repomd.xml.asc")
	if err != nil {
		return nil, err
	}
	_, err = openpgp.CheckArmoredDetachedSignature(r.ring, bytes.NewReader(text), bytes.NewReader(armored), nil)
	return text, err
}

// rpm reads repomd.xml, its signature, the files that it names, and every
// package that those name.
func (r *reader) rpm() error {
	text, err := r.signed()
	for range 3 {
		if err == nil {
			break
		}
		r.between.Add(1)
		time.Sleep(20 * time.Millisecond)
		text, err = r.signed()
	}
	if err != nil {
		return err
	}
	var repomd struct {
		Data []struct {
			Type     string `xml:"type,attr"`
			Checksum string `xml:"checksum"`
			Location struct {
				Href string `xml:"href,attr"`
			} `xml:"location"`
		} `xml:"data"`
	}
	if err := xml.Unmarshal(text, &repomd); err != nil || len(repomd.Data) != 3 {
		return fmt.Errorf("repomd.xml: %d files, %w", len(repomd.Data), err)
	}
	for _, d := range repomd.Data {
		packed, err := r.named(d.Location.Href, d.Checksum)
		if err != nil {
			return err
		}
		if d.Type == "primary" {
			err = r.rpms(packed)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) rpms(packed []byte) error {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	var primary struct {
		Package []struct {
			Checksum string `xml:"checksum"`
			Location struct {
				Href string `xml:"href,attr"`
			} `xml:"location"`
		} `xml:"package"`
	}
	if err := xml.NewDecoder(z).Decode(&primary); err != nil {
		return err
	}
	for _, p := range primary.Package {
		if _, err := r.named(p.Location.Href, p.Checksum); err != nil {
			return err
		}
	}
	return nil
}
