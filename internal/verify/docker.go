package verify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/command"
)

// docker is a container of a docker engine. Until boot its process 1 is a shell
// that waits, so that systemd can be installed first.
type docker struct {
	run         *command.Runner
	image, name string
}

func checkDocker(ctx context.Context, run *command.Runner, image string) error {
	if isPath(image) {
		return errors.New("want the name of an image")
	}
	if _, err := run.Find("docker"); err != nil {
		return err
	}
	_, err := run.Output(ctx, command.Program{Name: "docker", Args: []string{"version", "--format", "{{.Server.Version}}"}})
	return explained(err)
}

func newDocker(run *command.Runner, image, _ string) machine {
	return &docker{run: run, image: image, name: unique()}
}

// waiting is what a container does until it is to boot. With cgroups of version
// 2, it has a view of its own of them, which docker mounts read-only.
const waiting = `mkfifo /run/boot && read -r version </run/boot && rm /run/boot
[ "$version" = 1 ] || mount -o remount,rw /sys/fs/cgroup
exec /lib/systemd/systemd`

// open starts the container with as few rights as systemd needs: these flags
// are measured for cgroups of version 1. AppArmor would forbid systemd's mounts.
func (d *docker) open(ctx context.Context) error {
	args := []string{
		"run", "--detach", "--name", d.name, "--label", "pinpack.verify=1", "--env", "container=docker",
		"--cap-add", "SYS_ADMIN", "--security-opt", "apparmor=unconfined", "--tmpfs", "/run", "--tmpfs", "/run/lock",
	}
	version, err := d.cgroups(ctx)
	if err != nil {
		return err
	}
	if version == "1" {
		args = append(args, "--volume", "/sys/fs/cgroup:/sys/fs/cgroup:ro")
	} else {
		args = append(args, "--cgroupns", "private")
	}
	return d.docker(ctx, append(args, "--entrypoint", "/bin/sh", d.image, "-c", waiting)...)
}

// cgroups is the version of the engine's control groups, "1" or "2".
func (d *docker) cgroups(ctx context.Context) (string, error) {
	out, err := d.run.Output(ctx, command.Program{Name: "docker", Args: []string{"info", "--format", "{{.CgroupVersion}}"}})
	return strings.TrimSpace(out), err
}

func (d *docker) program(user string, argv []string) command.Program {
	return command.Program{Name: "docker", Args: append([]string{"exec", "--user", user, "--workdir", "/", d.name}, argv...)}
}

func (d *docker) put(ctx context.Context, file, to string) error {
	return d.docker(ctx, "cp", file, d.name+":"+to)
}

func (d *docker) boot(ctx context.Context) error {
	version, err := d.cgroups(ctx)
	if err != nil {
		return err
	}
	return d.docker(ctx, "exec", d.name, "sh", "-c", "echo "+version+" >/run/boot")
}

func (d *docker) close() error {
	// A cancelled context is no reason to leave the container.
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err := d.docker(ctx, "rm", "--force", "--volumes", d.name)
	if failed := (*command.Error)(nil); errors.As(err, &failed) && strings.Contains(failed.Tail, "No such container") {
		return nil
	}
	return err
}

func (d *docker) docker(ctx context.Context, args ...string) error {
	return d.run.Run(ctx, command.Program{Name: "docker", Args: args})
}

// explained adds to the error of a program the last line that it printed of an
// error, or its very last one.
func explained(err error) error {
	failed := (*command.Error)(nil)
	if !errors.As(err, &failed) || failed.Tail == "" {
		return err
	}
	lines := strings.Split(failed.Tail, "\n")
	line := lines[len(lines)-1]
	for _, l := range lines {
		if strings.Contains(strings.ToLower(l), "error") {
			line = l
		}
	}
	return fmt.Errorf("%w: %s", err, line)
}
