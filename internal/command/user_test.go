package command

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// asUser is a Runner whose programs run as a user that nobody else is.
func asUser(t *testing.T, id uint32) Runner {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("not root: only root can become another user")
		}
		t.Skip("needs root: only root can become another user")
	}
	env := Merge(runner.Env, []string{"HOME=/root", "TMPDIR=/root/tmp", "XDG_CACHE_HOME=/root/.cache", "USER=root"})
	return Runner{Env: env, User: &User{ID: id, Home: "/home/of/it", Temp: "/tmp/of/it"}}
}

// ofUser lists the processes of a user that are alive: a dead one is there
// until it is waited for.
func ofUser(id uint32) []string {
	files, _ := filepath.Glob("/proc/[0-9]*/status")
	var list []string
	for _, file := range files {
		text, _ := os.ReadFile(file)
		if strings.Contains(string(text), "\nUid:\t"+strconv.Itoa(int(id))+"\t") && !strings.Contains(string(text), "\nState:\tZ") {
			name, _, _ := strings.Cut(string(text), "\n")
			list = append(list, name)
		}
	}
	return list
}

func TestUserHasNoRightsOfOurs(t *testing.T) {
	t.Parallel()
	r := asUser(t, 64901)
	got, err := r.Output(t.Context(), shell(`id -u; id -g; id -G
grep NoNewPrivs: /proc/self/status
echo "$HOME $TMPDIR $USER $LOGNAME ${XDG_CACHE_HOME-none}"
cat /proc/$PPID/environ 2>/dev/null || echo cannot read
kill -0 $PPID 2>/dev/null || echo cannot signal`))
	want := "64901\n64901\n64901\nNoNewPrivs:\t1\n/home/of/it /tmp/of/it pinpack pinpack none\ncannot read\ncannot signal\n"
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v; output (-want +got):\n%s", err, diff)
	}
	// What the thread gave up that started it, others still have.
	if got, err := runner.Output(t.Context(), shell("id -u; grep NoNewPrivs: /proc/self/status")); got != "0\nNoNewPrivs:\t0\n" || err != nil {
		t.Errorf("a program of our own has %q, %v", got, err)
	}
}

// TestUserLeavesNothingBesideAnother keeps a program of ours at work, so that
// only the user tells whose the unmarked processes are.
func TestUserLeavesNothingBesideAnother(t *testing.T) {
	t.Parallel()
	r := asUser(t, 64902)
	ctx, cancel := context.WithCancel(t.Context())
	other := make(chan error, 1)
	ready := filepath.Join(t.TempDir(), "ready")
	go func() {
		other <- runner.Run(ctx, Program{Name: "sh", Args: []string{"-c", `: >"$0"; exec sleep 60`, ready}})
	}()
	started(t, ready)
	for name, script := range map[string]string{
		"nothing":        "true",
		"a daemon":       "setsid sleep 60 & sleep 0.05",
		"without a mark": `env -i setsid sh -c 'trap "" TERM; sleep 60; sleep 60' & sleep 0.05`,
		"several":        "for i in 1 2 3 4 5; do env -i setsid sh -c 'sleep 60 & sleep 60' & done; sleep 0.05",
	} {
		if err := r.Run(t.Context(), shell(script)); err != nil {
			t.Error(err)
		}
		left := ofUser(64902)
		for i := 0; i < 50 && left != nil; i++ { // a killed process takes a moment to die
			time.Sleep(2 * time.Millisecond)
			left = ofUser(64902)
		}
		if left != nil {
			t.Errorf("%s: left: %q", name, left)
		}
	}
	cancel()
	<-other
}

func TestOwnGivesFilesToTheUser(t *testing.T) {
	t.Parallel()
	r := asUser(t, 64903)
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "file") // no file of the system: we are root
	for _, err := range []error{
		os.WriteFile(outside, nil, 0o600),
		os.Mkdir(filepath.Join(dir, "sub"), 0o755),
		os.WriteFile(filepath.Join(dir, "sub", "file"), nil, 0o600),
		os.Symlink(outside, filepath.Join(dir, "link")),
		r.Own(dir),
		(&Runner{}).Own("/nowhere"), // of our own: nothing to do
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	owner := func(name string) uint32 {
		info, err := os.Lstat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info.Sys().(*syscall.Stat_t).Uid
	}
	for _, name := range []string{"", "sub", "sub/file", "link"} {
		if got := owner(filepath.Join(dir, name)); got != 64903 {
			t.Errorf("%q belongs to %d", name, got)
		}
	}
	if owner(outside) != 0 {
		t.Error("the file behind a link changed hands")
	}
	if err := r.Own("/nowhere"); !os.IsNotExist(err) {
		t.Errorf("Own of a missing file: %v", err)
	}
}
