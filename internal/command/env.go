package command

import (
	"os"
	"slices"
	"strings"
)

// passed names the variables of our own environment that every program gets.
// All others are withheld: on a runner they hold tokens, inputs, and paths of
// another machine (PYTHONHOME, LD_LIBRARY_PATH, pythonLocation), and a build
// that sees them is not the same build tomorrow.
var passed = []string{
	"HOME", "USER", "LOGNAME", "TMPDIR", "TERM", "CI", "GITHUB_ACTIONS",
	// proxies and a company's certificate authorities
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS",
	"XDG_CACHE_HOME", "XDG_CONFIG_HOME",
}

// installerPrefixes are the variables by which users configure the installers:
// indexes, credentials, certificates. Only installers get them.
var installerPrefixes = []string{"PIP_", "UV_", "NETRC"}

// fixed is set for every program, whatever our own environment says.
var fixed = []string{"LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TZ=UTC", "PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"}

// DefaultPath is the PATH where the one we were given cannot be trusted: a
// container action gets that of the host.
const DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// CleanPath leaves those directories out of a PATH that bring a Python of their
// own: an activated virtualenv, pyenv, conda. Programs such as pytest would be
// found there, and test with that Python. The system's directories stay.
func CleanPath(path string) string {
	var kept []string
	for _, dir := range strings.Split(path, ":") {
		system := slices.Contains(strings.Split(DefaultPath, ":"), dir)
		if _, err := os.Stat(dir + "/python3"); dir == "" || !system && err == nil {
			continue
		}
		kept = append(kept, dir)
	}
	return strings.Join(kept, ":")
}

// Clean makes the environment for programs out of our own. The path replaces
// PATH; "" keeps the given one, but for other Pythons (see CleanPath).
func Clean(environ []string, path string) []string {
	env := keep(environ, func(name string) bool { return slices.Contains(passed, name) })
	if path == "" {
		path, _ = Lookup(environ, "PATH")
		path = CleanPath(path)
	}
	if path == "" {
		path = DefaultPath
	}
	return Merge(env, append([]string{"PATH=" + path}, fixed...))
}

// Installer picks from our own environment what configures pip and uv.
func Installer(environ []string) []string {
	return keep(environ, func(name string) bool {
		return slices.ContainsFunc(installerPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	})
}

func keep(environ []string, ok func(name string) bool) []string {
	var env []string
	for _, v := range environ {
		// An empty one counts as not set; not every program sees it that way.
		if name, value, found := strings.Cut(v, "="); found && value != "" && ok(name) {
			env = append(env, v)
		}
	}
	return env
}

// Lookup finds a variable; the last one of a name counts.
func Lookup(env []string, name string) (value string, ok bool) {
	for _, v := range env {
		if n, val, found := strings.Cut(v, "="); found && n == name {
			value, ok = val, true
		}
	}
	return value, ok
}

// Merge returns env with the variables of over set, each name once, sorted.
func Merge(env, over []string) []string {
	values := map[string]string{}
	for _, v := range slices.Concat(env, over) {
		name, _, _ := strings.Cut(v, "=")
		values[name] = v
	}
	merged := make([]string, 0, len(values))
	for _, v := range values {
		merged = append(merged, v)
	}
	slices.Sort(merged)
	return merged
}
