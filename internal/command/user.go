package command

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// User is another user, for programs that are not to be trusted: they can
// neither read our environment nor signal us, have no other groups, and can
// gain no rights by setuid programs. Nothing else on the machine may run as
// this user: what is left of it after a program is ended.
type User struct {
	ID   uint32 // user and group
	Home string // HOME
	Temp string // TMPDIR
}

// environ replaces what names our own directories.
func (u *User) environ(env []string) []string {
	if u == nil {
		return env
	}
	env = keep(env, func(name string) bool { return name != "XDG_CACHE_HOME" && name != "XDG_CONFIG_HOME" })
	return Merge(env, []string{"HOME=" + u.Home, "TMPDIR=" + u.Temp, "USER=pinpack", "LOGNAME=pinpack"})
}

// start starts the program as the user. no_new_privs (prctl(2)) belongs to a
// thread and cannot be taken back: the thread ends with the goroutine, as it is
// never unlocked.
func (u *User) start(cmd *exec.Cmd) error {
	if u == nil {
		return cmd.Start()
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: u.ID, Gid: u.ID, Groups: []uint32{}}
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			done <- err
			return
		}
		done <- cmd.Start()
	}()
	return <-done
}

// End kills every process of the user: kill(2) of -1, by the user, reaches all
// of them at once, also one that forks all the while or hides from /proc. Of
// root that would be every process of the machine.
func (u *User) End() {
	if u == nil || u.ID == 0 {
		return
	}
	all := exec.Command("/bin/sh", "-c", "kill -KILL -1")
	all.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	all.Env = []string{"PATH=" + DefaultPath}
	if start(all, u) == nil {
		_ = all.Wait()
		endAll(all.Process.Pid, markName+"=") // nobody's: it only reaps
	}
}

// Own gives files and directories, with all that is in them, to the Runner's
// user. Without one they are ours already.
func (r *Runner) Own(paths ...string) error {
	if r.User == nil {
		return nil
	}
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(name, int(r.User.ID), int(r.User.ID))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
