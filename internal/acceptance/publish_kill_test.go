//go:build acceptance

package acceptance

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/rpmpack"

	"github.com/pinpack/pinpack/internal/testkit"
)

// killed is a kind of place to publish to. fresh makes an empty one, of which it
// gives the URL and what it holds; nothing that tells one fresh place from another.
type killed struct {
	name  string
	env   []string
	fresh func(t *testing.T, n int) (url string, state func() map[string]string)
	// together: the rounds run at the same time. A bucket's lock outlives a killed
	// run for half a minute.
	together bool
}

// TestPublishKilled kills `pinpack publish` at a random moment, ten times for each
// kind of place, and runs it again: what is there then is what one clean run
// brings there.
func TestPublishKilled(t *testing.T) {
	pinpack := program(t)
	dist := packagesToPublish(t)
	places := append(killedServices(), killedDirectories()...)
	places = append(places, killedServers(t)...)
	for _, p := range places {
		t.Run(p.name, func(t *testing.T) {
			run := func(url string) *exec.Cmd {
				cmd := exec.Command(pinpack, "publish", "--quiet", dist, "--publish", url)
				cmd.Env = append(os.Environ(), append(p.env, "SOURCE_DATE_EPOCH=1700000000")...)
				cmd.Dir = t.TempDir()
				return cmd
			}
			url, state := p.fresh(t, 0)
			started := time.Now()
			testkit.Run(t, run(url))
			took, want := time.Since(started), state()
			if len(want) < 2 {
				t.Fatalf("a clean run brings %v", want)
			}
			var kills atomic.Int32
			round := func(n int) {
				url, state := p.fresh(t, n)
				cmd := run(url)
				if err := cmd.Start(); err != nil {
					t.Error(err)
					return
				}
				// From the moment on at which it can have begun.
				time.Sleep(took/5 + rand.N(took))
				_ = cmd.Process.Kill()
				if err := cmd.Wait(); err != nil {
					kills.Add(1)
				}
				if _, err := testkit.Output(run(url)); err != nil {
					t.Error(err)
				} else if diff := cmp.Diff(want, state()); diff != "" {
					t.Errorf("killed and run again (-clean +got):\n%s", diff)
				}
			}
			var group sync.WaitGroup
			for n := 1; n <= 10; n++ {
				if group.Go(func() { round(n) }); !p.together {
					group.Wait()
				}
			}
			group.Wait()
			t.Logf("a clean run takes %v; %d of 10 were killed before their end", took.Round(time.Millisecond), kills.Load())
		})
	}
}

// packagesToPublish are a directory of real packages that take a moment to send.
func packagesToPublish(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	noise := make([]byte, 2<<20)
	source := rand.NewChaCha8([32]byte{})
	_, _ = source.Read(noise)
	deb, err := os.ReadFile(testkit.BuildDeb(t, "demo", "1.0~rc1+b-1", string(noise)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := rpmpack.NewRPM(rpmpack.RPMMetaData{Name: "demo", Version: "1.0~rc1+b", Release: "1", Arch: "noarch", BuildTime: time.Unix(1700000000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	r.AddFile(rpmpack.RPMFile{Name: "/opt/demo/data", Body: noise, Mode: 0o644})
	var rpm bytes.Buffer
	if err := r.Write(&rpm); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"demo_1.0~rc1+b-1_all.deb": deb, "demo-1.0~rc1+b-1.noarch.rpm": rpm.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// killedServices are the services of which we have a stand-in.
func killedServices() []killed {
	var list []killed
	for service, p := range map[string]struct{ url, env string }{
		"gitea":        {"gitea://%s/me?distribution=bookworm&component=contrib&group=el9/stable", "GITEA_TOKEN=good-token"},
		"gitlab":       {"gitlab://%s/team/app", "GITLAB_TOKEN=good-token"},
		"gemfury":      {"gemfury://acme?scheme=http&host=%s&if-exists=skip", "FURY_TOKEN=good-token"},
		"cloudsmith":   {"cloudsmith://acme/apps?scheme=http&host=%s&deb=debian/bookworm&rpm=el/9", "CLOUDSMITH_API_KEY=good-token"},
		"packagecloud": {"packagecloud://me/apps?scheme=http&host=%s&deb=debian/bookworm&rpm=el/9", "PACKAGECLOUD_TOKEN=good-token"},
		"pulp":         {"pulp://ci:good-token@%s?deb=debs&rpm=rpms&distribution=bookworm", "X=x"},
		"put":          {"http+put://%s/files/{name}/{file}?dist=bookworm&v={version}&header=x-key:${MY_KEY}&checksum-header=x-sum", "MY_KEY=good-token"},
	} {
		list = append(list, killed{service, []string{p.env}, func(t *testing.T, _ int) (string, func() map[string]string) {
			s := testkit.NewService(t, service)
			return fmt.Sprintf(p.url, s.Host()), func() map[string]string {
				state := s.Files()
				if service == "pulp" {
					state["published"] = fmt.Sprint(s.PulpPublished("deb"), s.PulpPublished("rpm"))
				}
				return state
			}
		}, false})
	}
	return list
}

func killedDirectories() []killed {
	var list []killed
	for _, scheme := range []string{"dir:", "repo+dir:"} {
		list = append(list, killed{scheme, nil, func(t *testing.T, _ int) (string, func() map[string]string) {
			dir := t.TempDir()
			return scheme + dir + map[string]string{"repo+dir:": "?url=https://packages.example.org"}[scheme], func() map[string]string { return finished(t, dir) }
		}, false})
	}
	return list
}

// finished is what is in a directory, but for temporary files, which nobody serves.
func finished(t *testing.T, dir string) map[string]string {
	t.Helper()
	state := testkit.TreeDump(t, dir)
	for name := range state {
		if strings.HasPrefix(filepath.Base(name), ".") || strings.Contains(name, "/.") {
			delete(state, name)
		}
	}
	return state
}

// killedServers are real servers: aptly, and a bucket of versitygw's.
func killedServers(t *testing.T) []killed {
	t.Helper()
	bucket := testkit.StartBucket(t)
	var env []string
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"} {
		env = append(env, name+"="+bucket.Env(name))
	}
	var list []killed
	for _, scheme := range []string{"s3", "repo+s3"} {
		list = append(list, killed{scheme, env, func(t *testing.T, n int) (string, func() map[string]string) {
			prefix := fmt.Sprintf("%s/%d", scheme, n)
			return scheme + "://packages/" + prefix + map[string]string{"repo+s3": "?url=https://packages.example.org"}[scheme], func() map[string]string { return finished(t, filepath.Join(bucket.Dir, prefix)) }
		}, scheme == "repo+s3"})
	}
	var repos []string
	for n := range 11 {
		repos = append(repos, fmt.Sprintf("apps%d", n))
	}
	aptly := testkit.StartAptly(t, repos...)
	return append(list, killed{"aptly", nil, func(t *testing.T, n int) (string, func() map[string]string) {
		url := fmt.Sprintf("aptly://%s/apps%d?prefix=p%d&distribution=bookworm", aptly.Host, n, n)
		return url, func() map[string]string {
			state := finished(t, filepath.Join(aptly.Public, fmt.Sprintf("p%d", n)))
			for name := range state {
				if base := filepath.Base(name); strings.Contains(base, "Release") { // bear the time
					state[name] = "there"
				}
			}
			packages, err := os.ReadFile(filepath.Join(aptly.Public, fmt.Sprintf("p%d/dists/bookworm/main/binary-amd64/Packages", n)))
			if err != nil {
				t.Fatal(err)
			}
			state["Packages"] = fmt.Sprintf("%x", sha256.Sum256(packages))
			return state
		}
	}, false})
}
