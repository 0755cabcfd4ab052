package e2e

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nektos/act/pkg/model"
	"github.com/nektos/act/pkg/runner"
	"github.com/sirupsen/logrus"

	"github.com/pinpack/pinpack/internal/testkit"
)

// withNetwork serves an engine's API on another socket, where images are built
// with the machine's network. Ours has no bridge, and act cannot say --network.
func withNetwork(t *testing.T, e *testkit.Engine) (host string) {
	t.Helper()
	path := filepath.Join(filepath.Dir(e.Socket), "proxy")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: &httputil.ReverseProxy{
		FlushInterval: -1,
		Transport:     &http.Transport{Dial: func(string, string) (net.Conn, error) { return net.Dial("unix", e.Socket) }},
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "docker"})
			if q := r.Out.URL.Query(); strings.HasSuffix(r.Out.URL.Path, "/build") {
				q.Set("networkmode", "host")
				r.Out.URL.RawQuery = q.Encode()
			}
		},
	}}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Close() })
	return "unix://" + path
}

// job is one run of a workflow by act.
type job struct {
	*act
	event, ref string // name, and what was pushed
	workflow   string // text of the workflow file
	token      string // github.token
	github     *testkit.GitHub
	engine     *testkit.Engine
	host       string // of withNetwork
	checkout   *checkout

	log record
}

// environ sets what act reads of its own environment.
func (j *job) environ(t *testing.T) {
	t.Setenv("DOCKER_HOST", j.host)
	t.Setenv("ACTIONS_RUNTIME_URL", j.url)
	t.Setenv("ACTIONS_RUNTIME_TOKEN", j.act.token)
}

// run has act run the workflow for an event. What act masks in its output is
// recorded as it was.
func (j *job) run(t *testing.T) error {
	t.Helper()
	dir := t.TempDir()
	payload := map[string]any{
		"ref": j.ref, "after": j.checkout.commit, "deleted": false,
		"repository": map[string]any{"full_name": repository, "default_branch": "main"},
	}
	if j.event == "pull_request" {
		payload = map[string]any{"number": 7, "repository": payload["repository"], "pull_request": map[string]any{
			"head": map[string]any{"sha": j.checkout.commit, "ref": "topic"}, "base": map[string]any{"ref": "main"},
		}}
	}
	text, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"event.json": string(text), "workflows/package.yml": j.workflow} {
		write(t, filepath.Join(dir, name), text)
	}
	planner, err := model.NewWorkflowPlanner(filepath.Join(dir, "workflows"), true, true)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := planner.PlanEvent(j.event)
	if err != nil {
		t.Fatal(err)
	}
	r, err := runner.New(&runner.Config{
		Workdir: j.checkout.dir, BindWorkdir: true, EventName: j.event, EventPath: filepath.Join(dir, "event.json"),
		ActionCacheDir: filepath.Join(dir, "cache"), ActionOfflineMode: true, DefaultBranch: "main",
		Platforms: map[string]string{"ubuntu-latest": testkit.EngineBase}, GitHubInstance: "github.com",
		ContainerDaemonSocket: j.engine.Socket, AutoRemove: true, LogOutput: true,
		ArtifactServerPath: dir, // anything: it says that there is a server
		Token:              j.token, Secrets: map[string]string{"GITHUB_TOKEN": j.token}, InsecureSecrets: true,
		Env: map[string]string{
			"GITHUB_API_URL": j.github.APIURL(), "GITHUB_SERVER_URL": "https://github.test",
			"GITHUB_REPOSITORY": repository, "GITHUB_RUN_ID": "21", "GITHUB_RETENTION_DAYS": "90",
			// What this machine needs to reach the package index.
			"SSL_CERT_FILE": testkit.CABundle,
			// What setup actions leave for the steps that follow.
			"PYTHONHOME": "/opt/hostedtoolcache/Python", "LD_LIBRARY_PATH": "/opt/hostedtoolcache/lib",
			"DEPLOY_PASSWORD": canaryEnv,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	j.log.clear()
	err = r.NewPlanExecutor(plan)(runner.WithJobLoggerFactory(t.Context(), &j.log))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("act, for %s of %s:\n%s", j.event, j.ref, j.log.text("", false))
		}
	})
	return err
}

// record is what act logs.
type record struct {
	mu    sync.Mutex
	lines []line
}

type line struct {
	step, text string
	raw        bool // printed by the step, not by act
}

// WithJobLogger is for runner.WithJobLoggerFactory.
func (r *record) WithJobLogger() *logrus.Logger {
	l := logrus.New()
	l.SetOutput(io.Discard)
	l.SetLevel(logrus.DebugLevel)
	l.AddHook(r)
	return l
}

// Levels is for logrus.
func (r *record) Levels() []logrus.Level { return logrus.AllLevels }

// Fire is for logrus: it takes the message before act masks what is secret.
func (r *record) Fire(e *logrus.Entry) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	raw, _ := e.Data["raw_output"].(bool)
	l := line{text: strings.TrimRight(e.Message, "\r\n"), raw: raw}
	if ids, ok := e.Data["stepID"].([]string); ok && len(ids) > 0 {
		l.step = ids[0]
	}
	r.lines = append(r.lines, l)
	return nil
}

// clear forgets the run before.
func (r *record) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = nil
}

// text is what a step printed, or all of it.
func (r *record) text(step string, raw bool) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, l := range r.lines {
		if (step == "" || l.step == step) && (l.raw || !raw) {
			b.WriteString(l.text + "\n")
		}
	}
	return b.String()
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
