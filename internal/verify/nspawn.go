package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pinpack/pinpack/internal/command"
)

// nspawn is a container of systemd-nspawn(1) over a root directory of its own.
// It is not booted for the commands before boot; after it, they enter its
// namespaces, and it has no network.
type nspawn struct {
	run               *command.Runner
	image, name, root string
	leader            int // the container's process 1, as we see it; 0 before boot
	end               context.CancelFunc
	ended             chan error
}

func checkNspawn(_ context.Context, run *command.Runner, image string) error {
	if os.Geteuid() != 0 {
		return errors.New("want root")
	}
	tools := []string{"systemd-nspawn", "nsenter"}
	switch {
	case !isPath(image):
		if _, err := suiteFor(image); err != nil {
			return err
		}
		tools = append(tools, "debootstrap")
	default:
		if _, err := os.Stat(image); err != nil {
			return err
		}
	}
	var errs []error
	for _, name := range tools {
		_, err := run.Find(name)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func newNspawn(run *command.Runner, image, temp string) machine {
	name := unique()
	return &nspawn{run: run, image: image, name: name, root: filepath.Join(temp, name)}
}

func (n *nspawn) open(ctx context.Context) error { return makeRoot(ctx, n.run, n.image, n.root) }

// withheld are the rights that systemd-nspawn keeps from a container, and that
// a command which enters one from outside would have.
const withheld = "-sys_module,-sys_rawio,-sys_time,-syslog,-wake_alarm,-block_suspend,-bpf,-perfmon"

// program takes users by setpriv(1), which every root has: util-linux is
// essential.
func (n *nspawn) program(user string, argv []string) command.Program {
	words := []string{"--directory", n.root, "--register=no", "--keep-unit", "--pipe", "--quiet", "--as-pid2", "--"}
	name := "systemd-nspawn"
	if n.leader != 0 {
		name, words = "nsenter", []string{"--target", strconv.Itoa(n.leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd", "--"}
	}
	if user == "root" {
		words = append(words, "setpriv", "--bounding-set", withheld, "--")
	} else {
		words = append(words, "sh", "-c", `exec setpriv --reuid "$0" --regid "$(id -g "$0")" --init-groups -- "$@"`, user)
	}
	return command.Program{Name: name, Args: append(words, argv...)}
}

func (n *nspawn) put(ctx context.Context, file, to string) error {
	return n.run.Run(ctx, command.Program{Name: "cp", Args: []string{"--", file, filepath.Join(n.root, to)}})
}

// boot runs the container beside us. It tells of itself as services do, see
// sd_notify(3): the leader's number first, and READY when its systemd is up.
func (n *nspawn) boot(ctx context.Context) error {
	address := "@" + n.name
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("listen for systemd-nspawn: %w", err)
	}
	defer socket.Close()
	// It is ended by close, in whose time the cancelled context is of no use.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	n.end, n.ended = end, make(chan error, 1)
	go func() {
		err := n.run.Run(life, command.Program{
			Name: "systemd-nspawn",
			Args: []string{"--boot", "--directory", n.root, "--machine", n.name, "--register=no", "--keep-unit", "--private-network", "--console=pipe", "--notify-ready=yes", "--quiet"},
			Env:  []string{"NOTIFY_SOCKET=" + address},
		})
		n.ended <- err
		socket.Close()
	}()
	stop := context.AfterFunc(ctx, func() { socket.Close() })
	defer stop()
	timeout := time.AfterFunc(time.Minute, func() { socket.Close() })
	defer timeout.Stop()
	message := make([]byte, 4096)
	for {
		size, err := socket.Read(message)
		if err != nil {
			return n.notBooted(ctx)
		}
		for line := range bytes.Lines(message[:size]) {
			name, value, _ := strings.Cut(strings.TrimSpace(string(line)), "=")
			switch name {
			case "X_NSPAWN_LEADER_PID":
				n.leader, _ = strconv.Atoi(value)
			case "READY":
				return nil
			}
		}
	}
}

// notBooted is why there was no READY.
func (n *nspawn) notBooted(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	select {
	case err := <-n.ended:
		n.ended <- err
		return errors.Join(errors.New("boot: systemd-nspawn ended"), err)
	default:
		return errors.New("boot: systemd is not up after a minute")
	}
}

func (n *nspawn) close() error {
	if n.ended != nil {
		if n.leader > 0 {
			_ = syscall.Kill(n.leader, syscall.SIGKILL) // all of the container ends with it
		} else {
			n.end()
		}
		select {
		case <-n.ended: // not well, of course
		case <-time.After(10 * time.Second):
			n.end()
			<-n.ended
		}
		n.end()
	}
	return os.RemoveAll(n.root)
}
