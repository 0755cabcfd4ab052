package command

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// markName is the environment variable by which the processes that a program
// leaves behind are told from those of a program running beside it.
const markName = "PINPACK_COMMAND"

// becomeSubreaper makes orphaned descendants our children, so that a program
// that daemonizes out of its process group can still be found and ended. See
// prctl(2), PR_SET_CHILD_SUBREAPER. As process 1 of a container we are one
// anyway.
var becomeSubreaper = sync.OnceFunc(func() {
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
})

// running holds the process groups of the programs at work. Its lock is held
// while one starts and while orphans are ended, so that none is taken for one.
var running = struct {
	sync.Mutex
	groups map[int]bool
}{groups: map[int]bool{}}

func start(cmd *exec.Cmd, u *User) error {
	running.Lock()
	defer running.Unlock()
	err := u.start(cmd)
	if err == nil {
		running.groups[cmd.Process.Pid] = true
	}
	return err
}

// endAll ends the process group of a program and every orphan that carries its
// mark. A mark can be lost: to a new environment, to a process title written over
// it, and between fork and exec none can be read. So the last program at work
// takes along whatever else left its group.
func endAll(pgid int, mark string) {
	_ = syscall.Kill(-pgid, syscall.SIGKILL)
	running.Lock()
	defer running.Unlock()
	delete(running.groups, pgid)
	last, ours := len(running.groups) == 0, syscall.Getpgrp()
	endOrphans(func(c child) bool {
		return c.group == pgid || c.group != ours && (last || c.has(mark))
	})
}

// EndChildren ends every child process that is left. The program calls it last
// of all, when no Runner is at work any more.
func EndChildren() { endOrphans(func(child) bool { return true }) }

// endOrphans kills and reaps children for which match holds. Killing one hands
// its own children to us, hence the rounds; a process that keeps forking ends them.
func endOrphans(match func(child) bool) {
	for range 100 {
		var found []int
		for _, c := range children() {
			// One that became another user's is not ours to end, nor to wait for.
			if match(c) && syscall.Kill(c.pid, syscall.SIGKILL) == nil {
				found = append(found, c.pid)
			}
		}
		if found == nil {
			return
		}
		for _, pid := range found {
			_, _ = syscall.Wait4(pid, nil, 0, nil)
		}
	}
}

// child is a process whose parent we are: one that we started, or an orphan.
type child struct{ pid, group int }

// has tells whether the process was started with the environment variable.
func (c child) has(variable string) bool {
	env, err := os.ReadFile("/proc/" + strconv.Itoa(c.pid) + "/environ")
	return err == nil && bytes.Contains(append([]byte{0}, env...), []byte("\x00"+variable+"\x00"))
}

// children lists ours from /proc, zombies too.
func children() []child {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	self := os.Getpid()
	var list []child
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		// "pid (name) state ppid pgrp …": the name may hold spaces and parentheses.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) < 3 || string(fields[1]) != strconv.Itoa(self) {
			continue
		}
		if group, err := strconv.Atoi(string(fields[2])); err == nil {
			list = append(list, child{pid, group})
		}
	}
	return list
}

func signalName(s syscall.Signal) string {
	if name := unix.SignalName(s); name != "" {
		return name
	}
	return "signal " + strconv.Itoa(int(s))
}
