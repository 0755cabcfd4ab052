package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/target"
	"github.com/pinpack/pinpack/internal/testkit"
)

// place is a service of the test's, and how it is reached.
type place struct {
	service string
	urls    []string // %s is its host
	env     map[string]string
	blind   bool // it does not say what it holds
	serial  bool
}

var places = []place{
	{service: "gitea", urls: []string{"gitea://%s/me?distribution=bookworm&component=contrib&group=el9/stable"}, env: map[string]string{"GITEA_TOKEN": "good-token"}},
	{service: "gitlab", urls: []string{"gitlab://%s/team/app"}, env: map[string]string{"GITLAB_TOKEN": "good-token"}},
	{service: "gitlab-debian", urls: []string{"gitlab://good-token@%s/team/app?type=debian&distribution=bookworm"}},
	{service: "artifactory", urls: []string{"artifactory://%s/debs?format=deb&distribution=bookworm&distribution=trixie", "artifactory://%s/artifactory/rpms?format=rpm&path=el9/noarch"}, env: map[string]string{"JF_ACCESS_TOKEN": "good-token"}},
	{service: "nexus", urls: []string{"nexus://ci:good-token@%s/debs?format=deb", "nexus://%s/rpms?format=rpm&path=el9"}, env: map[string]string{"NEXUS_USERNAME": "ci", "NEXUS_PASSWORD": "good-token"}},
	{service: "gemfury", urls: []string{"gemfury://acme?scheme=http&host=%s"}, env: map[string]string{"FURY_TOKEN": "good-token"}, blind: true},
	{service: "cloudsmith", urls: []string{"cloudsmith://acme/apps?scheme=http&host=%s&deb=debian/bookworm&deb=debian/trixie&rpm=el/9"}, env: map[string]string{"CLOUDSMITH_API_KEY": "good-token"}},
	{service: "packagecloud", urls: []string{"packagecloud://me/apps?scheme=http&host=%s&deb=debian/bookworm&rpm=el/9"}, env: map[string]string{"PACKAGECLOUD_TOKEN": "good-token"}},
	{service: "pulp", urls: []string{"pulp://%s?deb=debs&rpm=rpms&distribution=bookworm"}, env: map[string]string{"PULP_USERNAME": "ci", "PULP_PASSWORD": "good-token"}},
	{service: "put", urls: []string{"http+put://%s/files/{name}/{file}?dist=bookworm&v={version}&header=x-key:${MY_KEY}&checksum-header=x-sum"}, env: map[string]string{"MY_KEY": "good-token"}},
}

// world is a service and targets at it.
type world struct {
	*testing.T
	place
	*testkit.Service
	masked map[string]bool
}

func newWorld(t *testing.T, p place) *world {
	t.Helper()
	p.urls = slices.Clone(p.urls)
	return &world{t, p, testkit.NewService(t, p.service), map[string]bool{}}
}

func (w *world) open(change func(*target.Setup)) []*Target {
	w.Helper()
	var list []*Target
	for _, u := range w.urls {
		link := fmt.Sprintf(strings.ReplaceAll(u, "%s", "%[1]s"), w.Host())
		s := target.Setup{
			Getenv: func(name string) string { return w.env[name] }, Now: time.Now, Say: func(string) {},
			Mask: func(v string) { w.masked[v] = true },
		}
		if change != nil {
			change(&s)
		}
		scheme, _, _ := strings.Cut(link, ":")
		k, ok := Find(scheme)
		if !ok {
			w.Fatalf("no kind %q", scheme)
		}
		t, err := Open(k, link, s)
		if err != nil {
			w.Fatal(err)
		}
		t.client.retry.Sleep = func(ctx context.Context, _ time.Duration) error { return context.Cause(ctx) }
		t.client.stall = 20 * time.Second
		list = append(list, t)
	}
	return list
}

// publish publishes to all targets at the place. Receipts are checked where it
// succeeds.
func (w *world) publish(list []artifact.Artifact, change func(*target.Setup)) error {
	w.Helper()
	var errs []error
	var receipts []artifact.Receipt
	for _, t := range w.open(change) {
		r, err := t.Publish(w.Context(), list)
		errs, receipts = append(errs, err), append(receipts, r...)
	}
	err := errors.Join(errs...)
	for _, r := range receipts {
		if strings.Contains(r.URL+r.Target, "good-token") || !strings.Contains(r.URL, "://") {
			w.Errorf("receipt %+v", r)
		}
	}
	if err == nil {
		taken := 0
		for _, a := range list {
			for _, t := range w.open(nil) {
				if t.Takes(a) {
					taken++
				}
			}
		}
		if len(receipts) != taken {
			w.Errorf("%d receipts, want %d: %v", len(receipts), taken, receipts)
		}
	}
	return err
}

func (w *world) check() error {
	var errs []error
	for _, t := range w.open(nil) {
		errs = append(errs, t.Check(w.Context()))
	}
	return errors.Join(errs...)
}

// packages are a .deb, an .rpm and a file beside them, whose names and versions
// have in them what URLs escape.
func packages(t *testing.T, content string) []artifact.Artifact {
	t.Helper()
	dir := t.TempDir()
	var list []artifact.Artifact
	for _, p := range []struct{ name, format, version, arch string }{
		{"demo_1.0~rc1+b-1_all.deb", "deb", "1.0~rc1+b-1", "all"},
		{"demo-1.0~rc1+b-1.noarch.rpm", "rpm", "1:1.0~rc1+b-1", "noarch"},
		{"demo_1.0~rc1+b-1_all.deb.cdx.json", "json", "1.0~rc1+b-1", "all"},
	} {
		text := fmt.Sprintf("name: demo\nformat: %s\nversion: %s\narch: %s\n%s\n", p.format, p.version, p.arch, strings.Repeat(content, 5000))
		path := filepath.Join(dir, p.name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		sum, size, err := artifact.Digest(path)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, artifact.Artifact{Path: path, Name: p.name, Format: p.format, Package: "demo", Version: p.version, Arch: p.arch, Size: size, SHA256: sum})
	}
	return list
}

func eachPlace(t *testing.T, test func(*world)) {
	for _, p := range places {
		t.Run(p.service, func(t *testing.T) {
			t.Parallel()
			test(newWorld(t, p))
		})
	}
}

// clean is what a service holds after one clean run.
func clean(t *testing.T, p place, content string) (state map[string]string, requests int) {
	t.Helper()
	w := newWorld(t, p)
	if err := w.publish(packages(t, content), nil); err != nil {
		t.Fatal(err)
	}
	return w.Files(), len(w.Requests())
}

func TestPublish(t *testing.T) {
	t.Parallel()
	eachPlace(t, func(w *world) {
		if err := w.check(); err != nil {
			w.Fatal(err)
		}
		list := packages(w.T, "one")
		if err := w.publish(list, nil); err != nil {
			w.Fatal(err)
		}
		first := w.Files()
		there := map[string]bool{}
		for _, sum := range first {
			there[sum] = true
		}
		for _, a := range list {
			if takes := w.open(nil)[0].Takes(a) || w.open(nil)[len(w.urls)-1].Takes(a); takes != there[a.SHA256] {
				w.Errorf("%s: taken %v, there %v", a.Name, takes, there[a.SHA256])
			}
		}
		if w.blind { // the same again cannot be told from another
			if err := w.publish(list, nil); !errors.Is(err, ErrUnknown) {
				w.Errorf("again: %v, want ErrUnknown", err)
			}
			for i := range w.urls {
				w.urls[i] += "&if-exists=skip"
			}
		}
		if err := w.publish(list, nil); err != nil {
			w.Errorf("again: %v", err)
		}
		w.holds(first, "again")
		if !w.masked["good-token"] {
			w.Errorf("masked %v, want the token", w.masked)
		}
		if w.service == "pulp" && !(w.PulpPublished("deb") && w.PulpPublished("rpm")) {
			w.Error("the repositories are not published")
		}
	})
}

func (w *world) holds(want map[string]string, when string) {
	w.Helper()
	if diff := cmp.Diff(want, w.Files()); diff != "" {
		w.Errorf("%s: what it holds (-want +got):\n%s", when, diff)
	}
}

func TestPublishOther(t *testing.T) {
	t.Parallel()
	eachPlace(t, func(w *world) {
		if err := w.publish(packages(w.T, "one"), nil); err != nil {
			w.Fatal(err)
		}
		before, other := w.Files(), packages(w.T, "two")
		err := w.publish(other, nil)
		if want := map[bool]error{true: ErrUnknown, false: ErrOther}[w.blind]; !errors.Is(err, want) {
			w.Errorf("another content: %v, want %v", err, want)
		}
		w.holds(before, "another content")
		err = w.publish(other, func(s *target.Setup) { s.Overwrite = true })
		if w.blind {
			if err == nil || !strings.Contains(err.Error(), "will not have it replaced") {
				w.Errorf("overwrite: %v", err)
			}
			w.holds(before, "overwrite")
			return
		}
		if err != nil {
			w.Fatal(err)
		}
		want, _ := clean(w.T, w.place, "two")
		if w.service == "gitlab" || w.service == "gitlab-debian" { // which keeps what was there
			for name, sum := range maps.Clone(want) {
				want[name+" #2"], want[name] = sum, before[name]
			}
		}
		w.holds(want, "overwrite")
		if w.service == "pulp" && !(w.PulpPublished("deb") && w.PulpPublished("rpm")) {
			w.Error("the repositories are not published")
		}
	})
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	eachPlace(t, func(w *world) {
		if w.service == "gemfury" || w.service == "put" {
			w.Skip("the service has no call that tells")
		}
		bad := func(s string) string { return strings.Replace(s, "good-token", "bad-token1", 1) }
		env, urls := w.env, w.urls
		w.env, w.urls = map[string]string{}, nil
		for name, value := range env {
			w.env[name] = bad(value)
		}
		for _, u := range urls {
			w.urls = append(w.urls, bad(u))
		}
		err := w.check()
		if text := fmt.Sprint(err); !strings.Contains(text, "401 Unauthorized: who are you?: want credentials that the service knows: them in ") || strings.Contains(text, "bad-token1") {
			w.Errorf("Check with a wrong token: %v", err)
		}
		w.Fail(&testkit.ServiceFault{Status: 403})
		if err := w.check(); err == nil || !strings.Contains(err.Error(), "403 Forbidden: ordered by the test: want credentials that may do this") {
			w.Errorf("Check without rights: %v", err)
		}
		w.Fail()
		if files := w.Files(); len(files) > 0 {
			w.Errorf("it holds %v", files)
		}
	})
}
