package release

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/signature"
	"github.com/pinpack/pinpack/internal/testkit"
)

func signingKey(t *testing.T, name string) *signature.Key {
	t.Helper()
	text, err := os.ReadFile("../../signature/testdata/keys/" + name + ".asc")
	if err != nil {
		t.Fatal(err)
	}
	k, err := signature.Read(string(text), "", time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func with(k *signature.Key) func(*Options) { return func(o *Options) { o.Key = k } }

// signed wants the release's checksums signed by the key, and the public key in it.
func signed(t *testing.T, r testkit.GitHubRelease, k *signature.Key) {
	t.Helper()
	sig, sums, public := r.Asset(sigName), r.Asset(sumsName), r.Asset(keyName)
	if sig == nil || sums == nil || public == nil {
		t.Fatalf("%v: no signature, or no key", r)
	}
	if err := k.Verify(bytes.NewReader(sums.Content), sig.Content); err != nil {
		t.Errorf("%v: %v", r, err)
	}
	if want, err := k.Public(); err != nil || !bytes.Equal(public.Content, want) {
		t.Errorf("%v: another public key, or %v", r, err)
	}
}

func TestChecksumsAreSigned(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"rsa", "nistp256"} { // of the second each signature is another
		w := newWorld(t)
		k := signingKey(t, name)
		list := packages(t, "x", "a.deb")
		w.publish(list, with(k))
		w.holds(false, list, sigName, keyName)
		signed(t, w.Releases(repo)[0], k)
		before := len(w.Writes())
		w.publish(list, with(k))
		if after := w.Writes()[before:]; slices.ContainsFunc(after, func(s string) bool { return strings.Contains(s, "asset") }) {
			t.Errorf("%s: a second run wrote %q", name, after)
		}
		more := packages(t, "x", "b.rpm")
		w.publish(more, with(k))
		w.whole(w.Releases(repo)[0], append(list, more...), sigName, keyName)
		signed(t, w.Releases(repo)[0], k)
	}
}

// TestWrongSignatureGoes has a job without the key change the checksums.
func TestWrongSignatureGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := signingKey(t, "ed25519")
	list := packages(t, "x", "a.deb")
	w.publish(list, with(k))
	more := packages(t, "x", "b.rpm")
	w.publish(more)
	w.whole(w.Releases(repo)[0], append(list, more...), keyName)
	w.publish(more, with(k))
	signed(t, w.Releases(repo)[0], k)
	other := signingKey(t, "rsa") // the key was changed
	w.publish(more, with(other))
	signed(t, w.Releases(repo)[0], other)
}

func TestMatrixJobsSign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := signingKey(t, "ed25519")
	var all []artifact.Artifact
	var work sync.WaitGroup
	w.Fail(testkit.GitHubFault{Method: "POST", Path: createPath, Nth: 1, Last: 3, Before: meet(3)})
	for _, arch := range []string{"amd64", "arm64", "armhf"} {
		list := packages(t, "x", "demo_1.0_"+arch+".deb")
		all = append(all, list...)
		target := w.target(with(k), func(o *Options) { o.Say = nil })
		work.Go(func() {
			if _, err := target.Publish(t.Context(), list); err != nil {
				t.Errorf("%s: %v", arch, err)
			}
		})
	}
	work.Wait()
	w.whole(w.Releases(repo)[0], all, sigName, keyName)
	signed(t, w.Releases(repo)[0], k)
}
