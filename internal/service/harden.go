package service

import "slices"

// Setting is a directive that closes a process in.
type Setting struct {
	Name  string
	Value string // the default; "" is not set unless asked for
	Why   string // what it prevents, or why it is not set
}

// Hardening is what every process is closed in with. Each can be loosened, and
// those without a default tightened, by its name. gunicorn, uvicorn, uWSGI and
// celery were seen to work under the defaults.
var Hardening = []Setting{
	{"UMask", "0077", "What it writes is for its own user."},
	{"NoNewPrivileges", "yes", "No program that it starts has more rights: neither sudo nor set-user-ID."},
	{"CapabilityBoundingSet", "", "No capability of root is in reach (CAP_NET_BIND_SERVICE where it binds a low port itself)."},
	{"AmbientCapabilities", "", "As the bounding set."},
	{"ProtectSystem", "strict", "The file system is read-only but for the application's directories."},
	{"ReadWritePaths", "", "Not set: more directories that it may write to."},
	{"ProtectHome", "yes", "Home directories are out of sight."},
	{"PrivateTmp", "yes", "/tmp and /var/tmp are its own."},
	{"PrivateMounts", "yes", "What it mounts nobody else sees."},
	{"PrivateDevices", "yes", "No devices but /dev/null and the like: say no for GPUs and serial ports."},
	{"DevicePolicy", "closed", "As above, for devices that would be made."},
	{"PrivateUsers", "", "Not set: yes hides other users, but fails where user namespaces are switched off (user.max_user_namespaces=0)."},
	{"PrivateNetwork", "", "Not set: yes leaves no network."},
	{"IPAddressAllow", "", "Not set: addresses to which IPAddressDeny does not apply."},
	{"IPAddressDeny", "", "Not set: pinpack does not know whom the application talks to."},
	{"PrivateIPC", "", "Not set: yes hides System V IPC of others (systemd 248)."},
	{"ProtectProc", "invisible", "Processes of other users are out of sight."},
	{"ProcSubset", "", "Not set: pid hides /proc/meminfo and /proc/cpuinfo, which psutil and others read."},
	{"ProtectKernelTunables", "yes", "/proc/sys and /sys are read-only."},
	{"ProtectKernelModules", "yes", "No kernel module is loaded."},
	{"ProtectKernelLogs", "yes", "The kernel's log is out of reach."},
	{"ProtectControlGroups", "yes", "Control groups are read-only."},
	{"ProtectClock", "yes", "The clock is not set."},
	{"ProtectHostname", "yes", "The host's name is not set."},
	{"RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6", "Only local and internet sockets: add AF_NETLINK for what lists network interfaces."},
	{"RestrictNamespaces", "yes", "No namespaces are made: say no for browsers that sandbox themselves."},
	{"RestrictRealtime", "yes", "No realtime scheduling, which can stop a machine."},
	{"RestrictSUIDSGID", "yes", "No set-user-ID or set-group-ID file is made."},
	{"RemoveIPC", "yes", "What it leaves of System V IPC is removed."},
	{"KeyringMode", "private", "Kernel keys are its own."},
	{"LockPersonality", "yes", "The execution domain stays as it is."},
	{"MemoryDenyWriteExecute", "", "Not set: yes stops code that is made at run time, but breaks JITs (numba, PyPy) and callbacks of old libffi."},
	{"SystemCallArchitectures", "native", "No calls of other architectures."},
	{"SystemCallFilter", "@system-service", "What services need. Without @privileged and @resources gunicorn's workers fail."},
	{"SystemCallErrorNumber", "EPERM", "Other calls fail with an error that Python reports, instead of killing the process."},
}

// always are written even when they are empty, which is what closes them.
var always = []string{"CapabilityBoundingSet", "AmbientCapabilities"}

func settingNames() []string {
	names := make([]string, len(Hardening))
	for i, s := range Hardening {
		names[i] = s.Name
	}
	return names
}

// hardening is what a process is closed in with, as directives and values.
func (a App) hardening(p Process) [][2]string {
	var list [][2]string
	for _, s := range Hardening {
		value, set := s.Value, s.Value != "" || slices.Contains(always, s.Name)
		if slices.Contains(always, s.Name) && p.capability() {
			value = "CAP_NET_BIND_SERVICE"
		}
		for _, own := range []map[string]string{a.Harden, p.Harden} {
			if v, ok := own[s.Name]; ok {
				value, set = v, v != ""
			}
		}
		if set {
			list = append(list, [2]string{s.Name, value})
		}
	}
	return list
}
