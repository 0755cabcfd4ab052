package command

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// attach gives a program our standard streams. On a terminal, its process group is
// made the one in the foreground, which alone may read from there and gets the
// signals that keys send; the returned function takes the terminal back.
func attach(cmd *exec.Cmd) (back func()) {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	terminal := int(os.Stdin.Fd())
	ours, err := unix.IoctlGetInt(terminal, unix.TIOCGPGRP)
	if err != nil || ours != syscall.Getpgrp() {
		return func() {} // no terminal, or not ours to give
	}
	cmd.SysProcAttr.Foreground, cmd.SysProcAttr.Ctty = true, terminal
	return func() {
		// Who is in the background and takes the terminal is stopped by this signal.
		signal.Ignore(syscall.SIGTTOU)
		defer signal.Reset(syscall.SIGTTOU)
		_ = unix.IoctlSetPointerInt(terminal, unix.TIOCSPGRP, ours)
	}
}
