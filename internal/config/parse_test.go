package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/verify"
)

func TestParsersTake(t *testing.T) {
	t.Parallel()
	long := "/srv/" + strings.Repeat("x", 75)
	tests := []struct {
		input, value string
		want         func(*Config)
	}{
		{"directory", "services/whois", func(c *Config) { c.Directory = "services/whois" }},
		{"signing-key", "a\r\nb\n", func(c *Config) { c.Signing.Key = "a\r\nb" }},
		{"signing-passphrase", "correct horse", func(c *Config) { c.Signing.Passphrase = "correct horse" }},
		{"audit-vulnerabilities", "high", func(c *Config) { c.Vulnerabilities.Audit = "high" }},
		{"vulnerability-database", "/srv/osv", func(c *Config) { c.Vulnerabilities.Source = "/srv/osv" }},
		{"vulnerability-ignore", "GHSA-1 until=2027-01-31 no XML\n", func(c *Config) {
			c.Vulnerabilities.Ignore = []Ignore{{ID: "GHSA-1", Until: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), Reason: "no XML"}}
		}},
		{"deb-signature", "none", func(c *Config) { c.Signing.Deb = "none" }},
		{"name", "whois", func(c *Config) { c.Name = "whois" }},
		{"name", "0ad-data+x.y-1", func(c *Config) { c.Name = "0ad-data+x.y-1" }},
		{"version", "1.4.0", func(c *Config) { c.Version = "1.4.0" }},
		{"version", "24.04", func(c *Config) { c.Version = "24.04" }},
		{"version", "1!2.0rc1.post2.dev3+local.1", func(c *Config) { c.Version = "1!2.0rc1.post2.dev3+local.1" }},
		{"iteration", "2", func(c *Config) { c.Iteration = "2" }},
		{"iteration", "0.1~bpo12+1.fc40", func(c *Config) { c.Iteration = "0.1~bpo12+1.fc40" }},
		{"formats", "rpm", func(c *Config) { c.Formats = []string{"rpm"} }},
		{"formats", "rpm,deb rpm", func(c *Config) { c.Formats = []string{"rpm", "deb"} }},
		{"prefix", "/srv/whois", func(c *Config) { c.Prefix = "/srv/whois" }},
		{"prefix", "/usr/lib/whois/", func(c *Config) { c.Prefix = "/usr/lib/whois" }},
		{"prefix", "/opt//x/../a.b_c-d+e~f", func(c *Config) { c.Prefix = "/opt/a.b_c-d+e~f" }},
		{"prefix", long, func(c *Config) { c.Prefix = long }},
		{"build-path", "stage", func(c *Config) { c.BuildPath = "stage" }},
		{"python", "3.11", func(c *Config) { c.Python = "3.11" }},
		{"python", "/usr/bin/python3.11", func(c *Config) { c.Python = "/usr/bin/python3.11" }},
		{"installer", "pip", func(c *Config) { c.Installer = "pip" }},
		{"lock", "a.txt, locks/../b.txt", func(c *Config) { c.Lock = []string{"a.txt", "b.txt"} }},
		{"test-requirements", "t.txt", func(c *Config) { c.TestRequirements = []string{"t.txt"} }},
		{"build-constraints", "./c.txt", func(c *Config) { c.BuildConstraints = []string{"c.txt"} }},
		{"test", "pytest -k 'a, b'\nruff check", func(c *Config) {
			c.Steps.Test, c.Steps.Auto = []string{"pytest -k 'a, b'", "ruff check"}, false
		}},
		{"test", "none", func(c *Config) { c.Steps.Auto = false }},
		{"test", "auto", func(*Config) {}},
		{"before", "make", func(c *Config) { c.Steps.Before = []string{"make"} }},
		{"after-install", "make", func(c *Config) { c.Steps.AfterInstall = []string{"make"} }},
		{"test-directory", "project", func(c *Config) { c.Steps.TestDirectory = "project" }},
		{"test-reports", "a.xml b/*.xml", func(c *Config) { c.Steps.Reports = []string{"a.xml", "b/*.xml"} }},
		{"test-retries", "2", func(c *Config) { c.Steps.Retries = 2 }},
		{"after-test", "make", func(c *Config) { c.Steps.AfterTest = []string{"make"} }},
		{"after-package", "make", func(c *Config) { c.Steps.AfterPackage = []string{"make"} }},
		{"step-timeout", "1h30m", func(c *Config) { c.Steps.Timeout = 90 * time.Minute }},
		{"step-output", "500kB", func(c *Config) { c.Steps.Output = 500e3 }},
		{"step-output", "2G", func(c *Config) { c.Steps.Output = 2e9 }},
		{"step-logs", "logs", func(c *Config) { c.Steps.Logs = "logs" }},
		{"assets", "make css", func(c *Config) { c.Steps.Assets = []string{"make css"} }},
		{"env", "A=x=y\nTOKEN\n_B9=", func(c *Config) { c.Env = []string{"A=x=y", "TOKEN", "_B9="} }},
		{"files", "build/static : /usr/share/shop/static/\nshop.conf:/etc/shop.conf", func(c *Config) {
			c.Files = []File{{"build/static", "/usr/share/shop/static"}, {"shop.conf", "/etc/shop.conf"}}
		}},
		{"scripts", "whois-server, whois", func(c *Config) { c.Scripts = []string{"whois-server", "whois"} }},
		{"scripts", "none", func(c *Config) { c.Scripts = []string{} }},
		{"run-deps", "deb:libpq5 (>= 13) rpm:libpq\nlibxml2, adduser", func(c *Config) {
			c.RunDeps = []Dependency{{"deb", "libpq5 (>= 13)"}, {"rpm", "libpq"}, {"", "libxml2"}, {"", "adduser"}}
		}},
		{"run-deps", "rpm:libpq >= 13 rpm:/usr/bin/openssl deb:a | b", func(c *Config) {
			c.RunDeps = []Dependency{{"rpm", "libpq >= 13"}, {"rpm", "/usr/bin/openssl"}, {"deb", "a | b"}}
		}},
		{"run-deps", "rpm:libpq.so.5()(64bit) rpm:perl(DBI) >= 1.6 deb:libc6:i386", func(c *Config) {
			c.RunDeps = []Dependency{{"rpm", "libpq.so.5()(64bit)"}, {"rpm", "perl(DBI) >= 1.6"}, {"deb", "libc6:i386"}}
		}},
		{"summary", "WHOIS, for the rest of us", func(c *Config) { c.Summary = "WHOIS, for the rest of us" }},
		{"description", "One.\n\nTwo.", func(c *Config) { c.Description = "One.\n\nTwo." }},
		{"license", "MIT OR Apache-2.0", func(c *Config) { c.License = "MIT OR Apache-2.0" }},
		{"homepage", "http://example.org", func(c *Config) { c.Homepage = "http://example.org" }},
		{"maintainer", "Ops <ops@example.org>", func(c *Config) { c.Maintainer = "Ops <ops@example.org>" }},
		{"maintainer", "Jürgen Öl <j@example.org>", func(c *Config) { c.Maintainer = "Jürgen Öl <j@example.org>" }},
		{"section", "contrib/net", func(c *Config) { c.Section = "contrib/net" }},
		{"compression", "zstd:22", func(c *Config) { c.Compression = "zstd:22" }},
		{"compression", "gzip", func(c *Config) { c.Compression = "gzip" }},
		{"compression", "none", func(c *Config) { c.Compression = "none" }},
		{"snapshot", "always", func(c *Config) { c.Snapshot = "always" }},
		{"python", "3.12.1", func(c *Config) { c.Python = "3.12.1" }},
		{"python-bundle", "true", func(c *Config) { c.PythonBundle = true }},
		{"extras", "Postgres redis_cache postgres", func(c *Config) { c.Extras = []string{"postgres", "redis-cache"} }},
		{"groups", "production", func(c *Config) { c.Groups = []string{"production"} }},
		{"test-groups", "Test.Unit, lint", func(c *Config) { c.TestGroups = []string{"test-unit", "lint"} }},
		{"unpinned", "allow", func(c *Config) { c.Unpinned = true }},
		{"unpinned", "refuse", func(*Config) {}},
		{"unhashed", "allow", func(c *Config) { c.Unhashed = true }},
		{"index-owners", "https://pypi.example.org/simple corp-*, Corp.Auth\nhttp://b/ *", func(c *Config) {
			c.IndexOwners = []IndexOwner{{"https://pypi.example.org/simple", []string{"corp-*", "corp-auth"}}, {"http://b/", []string{"*"}}}
		}},
		{"build-deps", "libpq-dev, g++ libpq-dev", func(c *Config) { c.BuildDeps = []string{"libpq-dev", "g++"} }},
		{"library-packages", "libfoo.so.1=libfoo1 libbar-2.so=bar:amd64", func(c *Config) {
			c.LibraryPackages = []Library{{"libfoo.so.1", "libfoo1"}, {"libbar-2.so", "bar:amd64"}}
		}},
		{"procfile", "deploy/Procfile", func(c *Config) { c.Procfile = "deploy/Procfile" }},
		{"procfile", "none", func(c *Config) { c.Procfile = "none" }},
		{"maintainer-scripts", "debian", func(c *Config) { c.Hooks = "debian" }},
		{"config-files", "deploy/a.env:/etc/shop/a.env", func(c *Config) { c.ConfigFiles = []File{{"deploy/a.env", "/etc/shop/a.env"}} }},
		{"licenses-allow", "MIT, BSD-*", func(c *Config) { c.LicensesAllow = []string{"MIT", "BSD-*"} }},
		{"licenses-deny", "AGPL-*", func(c *Config) { c.LicensesDeny = []string{"AGPL-*"} }},
		{"licenses-except", "Zope.Interface", func(c *Config) { c.LicensesExcept = []string{"zope-interface"} }},
		{"sbom", "spdx", func(c *Config) { c.SBOM = []string{"spdx"} }},
		{"sbom", "none", func(c *Config) { c.SBOM = nil }},
		{"audit-allow", "/opt/whois/**/[a-z]*.txt /opt/x?", func(c *Config) { c.AuditAllow = []string{"/opt/whois/**/[a-z]*.txt", "/opt/x?"} }},
		{"publish", "dir:/srv/a dir:b", func(c *Config) { c.Publish = []string{"dir:/srv/a", "dir:b"} }},
		{"out", "/tmp/out", func(c *Config) { c.Out = "/tmp/out" }},
		{"verify", "true", func(c *Config) { c.Verify.Wanted = true }},
		{"verify-on", "debian:13, rpm=base", func(c *Config) {
			c.Verify.On = []verify.Target{{Format: "deb", Image: "debian:13"}, {Format: "rpm", Image: "base"}}
		}},
		{"verify-previous", "old files/a_1_all.deb\nhttps://example.org/a,b.rpm", func(c *Config) {
			c.Verify.Previous = []string{"old files/a_1_all.deb", "https://example.org/a,b.rpm"}
		}},
		{"verify-smoke", "a b, c\nd", func(c *Config) { c.Verify.Smoke = []string{"a b, c", "d"} }},
		{"verify-engine", "nspawn", func(c *Config) { c.Verify.Engine = "nspawn" }},
		{"verify-timeout", "90s", func(c *Config) { c.Verify.Timeout = 90 * time.Second }},
		{"token", "x", func(c *Config) { c.GitHub.Token = "x" }},
		{"release", "draft", func(c *Config) { c.GitHub.Release = "draft" }},
		{"tag", "v1", func(c *Config) { c.GitHub.Tag = "v1" }},
		{"release-name", "One", func(c *Config) { c.GitHub.ReleaseName = "One" }},
		{"release-notes", "Fixes.\n\nMore.", func(c *Config) { c.GitHub.ReleaseNotes = "Fixes.\n\nMore." }},
		{"prerelease", "true", func(c *Config) { c.GitHub.Prerelease = "true" }},
		{"make-latest", "false", func(c *Config) { c.GitHub.MakeLatest = "false" }},
		{"release-repository", "true", func(c *Config) { c.GitHub.ReleaseRepository = true }},
		{"overwrite", "true", func(c *Config) { c.GitHub.Overwrite = true }},
		{"artifact", "files", func(c *Config) { c.GitHub.Artifact = "files" }},
		{"artifact-name", "a", func(c *Config) { c.GitHub.ArtifactName = "a" }},
		{"artifact-retention", "14", func(c *Config) { c.GitHub.ArtifactRetention = 14 }},
		{"artifact-compression", "9", func(c *Config) { c.GitHub.ArtifactCompression = 9 }},
		{"comment", "true", func(c *Config) { c.GitHub.Comment = true }},
	}
	said := map[string]bool{}
	for _, test := range tests {
		said[test.input] = true
		want := defaults
		test.want(&want)
		got, err := Read(flags(test.input, test.value))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("--%s %q: %v; config (-want +got):\n%s", test.input, test.value, err, diff)
		}
	}
	for _, name := range Names() {
		if !said[name] {
			t.Errorf("no case has the input %s", name)
		}
	}
}

func TestParsersRefuse(t *testing.T) {
	t.Parallel()
	const (
		debianName = ": want two or more of a-z, 0-9, +, - and ., the first a letter or digit"
		inside     = ": want a path inside of the project, relative to it"
		prefixChar = ": want letters, digits and / . _ - + ~ only: it stands in the first line of scripts"
		ownWay     = ": each format writes versions its own way: want deb:libpq5 (>= 13) or rpm:libpq >= 13"
		noName     = ": want a package's name, such as libpq5, deb:libpq5 or rpm:libpq"
	)
	tests := []struct{ input, value, want string }{
		{"name", "Whois", `package name "Whois"` + debianName},
		{"name", "x", `package name "x"` + debianName},
		{"name", "-ab", `package name "-ab"` + debianName},
		{"name", "a_b", `package name "a_b"` + debianName},
		{"release", "yes", `unknown value "yes": want auto, draft, publish or never`},
		{"overwrite", "yes", `unknown value "yes": want true or false`},
		{"artifact-retention", "0", `value "0": want days from 1 to 400`},
		{"artifact-compression", "10", `value "10": want a level from 0 to 9`},
		{"release-name", "a\nb", `release name "a\nb": want one line`},
		{"version", "one", `parse version "one": want a PEP 440 version such as 1.2.3, 1.2.3rc1 or 1.2.post1`},
		{"test", "auto\npytest", `auto beside other commands: want auto alone, or the commands`},
		{"test-retries", "many", `test-retries "many": want a number from 0 to 10`},
		{"test-directory", "x", `unknown value "x": want copy or project`},
		{"step-timeout", "10", `time "10": want a second or more, such as 90s, 10m or 1h30m`},
		{"step-output", "10", `size "10": want one such as 500kB, 256MB or 1GB`},
		{"step-output", "0M", `size "0M": want more than nothing`},
		{"iteration", "rc1", `iteration "rc1": want a digit, then letters, digits, +, . or ~`},
		{"iteration", "1-2", `iteration "1-2": want a digit, then letters, digits, +, . or ~`},
		{"formats", "apk", `unknown value "apk": want deb or rpm`},
		{"build-path", "venv", `unknown value "venv": want auto, prefix or stage`},
		{"installer", "poetry", `unknown value "poetry": want uv or pip`},
		{"prefix", "whois", `prefix "whois": relative: want an absolute path such as /opt/whois`},
		{"prefix", "/", `prefix "/": belongs to the system: want a directory of its own, such as /opt/NAME`},
		{"prefix", "/usr/", `prefix "/usr/": belongs to the system: want a directory of its own, such as /opt/NAME`},
		{"prefix", "/opt/x/..", `prefix "/opt/x/..": belongs to the system: want a directory of its own, such as /opt/NAME`},
		{"prefix", "/tmp/x", `prefix "/tmp/x": nothing that is installed stays there: want a path such as /opt/NAME`},
		{"prefix", "/opt/my app", `prefix "/opt/my app"` + prefixChar},
		{"prefix", "/opt/a:b", `prefix "/opt/a:b"` + prefixChar},
		{"prefix", "/opt/ü", `prefix "/opt/ü"` + prefixChar},
		{"prefix", "/opt/" + strings.Repeat("x", 76), `prefix "/opt/` + strings.Repeat("x", 76) + `": 81 characters: want 80 at most: the kernel reads 127 of a script's first line`},
		{"python", "python3", `python "python3": want system, a version such as 3.11, or an absolute path such as /usr/bin/python3.11`},
		{"python", "3", `python "3": want system, a version such as 3.11, or an absolute path such as /usr/bin/python3.11`},
		{"python", "2.7", `python "2.7": want system, a version such as 3.11, or an absolute path such as /usr/bin/python3.11`},
		{"lock", "../a.txt ok.txt /b.txt", `path "../a.txt"` + inside + "\n" + `path "/b.txt"` + inside},
		{"test-requirements", "..", `path ".."` + inside},
		{"build-constraints", "/etc/passwd", `path "/etc/passwd"` + inside},
		{"env", "A=1\n1B=x\na-b", `variable "1B": want NAME or NAME=VALUE` + "\n" + `variable "a-b": want NAME or NAME=VALUE`},
		{"files", "static\na:\n:b", `file "static": want SOURCE:DESTINATION, such as build/static:/usr/share/shop/static` + "\n" +
			`file "a:": want SOURCE:DESTINATION, such as build/static:/usr/share/shop/static` + "\n" +
			`file ":b": want SOURCE:DESTINATION, such as build/static:/usr/share/shop/static`},
		{"files", "../x:/srv/x", `file "../x:/srv/x": source "../x"` + inside},
		{"files", "x:srv/x", `file "x:srv/x": destination "srv/x": want an absolute path that is no directory of the system`},
		{"files", "x:/usr/share/", `file "x:/usr/share/": destination "/usr/share/": want an absolute path that is no directory of the system`},
		{"scripts", "none whois", `none beside 1 others: want none alone, or the scripts' names`},
		{"scripts", "../whois", `script "../whois": want a name without /`},
		{"run-deps", "libpq5 (>= 13)", `dependency "libpq5 (>= 13)"` + ownWay},
		{"run-deps", "libpq >= 13", `dependency "libpq >= 13"` + ownWay},
		{"run-deps", "libpq>=13", `dependency "libpq>=13"` + ownWay},
		{"run-deps", "perl(DBI)", `dependency "perl(DBI)"` + ownWay},
		{"run-deps", "a | b", `dependency "a | b"` + ownWay},
		{"run-deps", "rpm:libpq (>= 13) deb:libpq5 >= 13", `dependency "rpm:libpq (>= 13)"` + ownWay + "\n" + `dependency "deb:libpq5 >= 13"` + ownWay},
		{"run-deps", "deb: ${misc:Depends}", `dependency "deb:"` + noName + "\n" + `dependency "${misc:Depends}"` + noName},
		{"run-deps", "libpq5 (>= 13\nrpm:x >=", `dependency "libpq5 (>= 13": a parenthesis is not closed` + "\n" + `dependency "rpm:x >=": nothing follows ">="`},
		{"summary", "one\ntwo", `summary "one\ntwo": want one line`},
		{"license", "MIT\nFiles: x", `license "MIT\nFiles: x": want one line`},
		{"homepage", "example.org", `homepage "example.org": want a URL such as https://example.org/`},
		{"homepage", "ftp://example.org", `homepage "ftp://example.org": want a URL such as https://example.org/`},
		{"homepage", "https://", `homepage "https://": want a URL such as https://example.org/`},
		{"maintainer", "Ops", `maintainer "Ops": want Name <address@example.org>`},
		{"maintainer", "ops@example.org", `maintainer "ops@example.org": want Name <address@example.org>`},
		{"section", "my section", `section "my section": want a word such as web or contrib/net`},
		{"compression", "brotli", `unknown compression "brotli": want zstd, gzip, xz or none, or auto`},
		{"compression", "gzip:10", `compression "gzip:10": want a level from 1 to 9`},
		{"compression", "zstd:", `compression "zstd:": want a level from 1 to 22`},
		{"compression", "zstd:fast", `compression "zstd:fast": want a level from 1 to 22`},
		{"compression", "xz:6", `compression "xz:6": xz takes no level`},
		{"compression", "none:0", `compression "none:0": none takes no level`},
		{"compression", "auto:3", `compression "auto:3": auto takes no level`},
		{"python", "3.12.x", `python "3.12.x": want system, a version such as 3.11, or an absolute path such as /usr/bin/python3.11`},
		{"extras", "a b! -c", `name "b!": want letters, digits, -, _ and .` + "\n" + `name "-c": want letters, digits, -, _ and .`},
		{"index-owners", "https://pypi.example.org/simple\npypi corp\nhttps://me:pw@b/ x\nhttps://b/ a/b", strings.Join([]string{
			`index owner "https://pypi.example.org/simple": want a URL and the names it may answer for, such as https://pypi.example.org/simple corp-*`,
			`index owner "pypi corp": want an index's URL first, such as https://pypi.example.org/simple`,
			`index owner "https://…@b/ x": holds credentials: want them in the environment (UV_INDEX_NAME_PASSWORD, PIP_EXTRA_INDEX_URL) or in netrc`,
			`index owner "https://b/": name "a/b": want a distribution's name, or a glob such as corp-*`,
		}, "\n")},
		{"build-deps", "libpq-dev -y --purge", `package "-y": want a name such as libpq-dev` + "\n" + `package "--purge": want a name such as libpq-dev`},
		{"library-packages", "libfoo.so.1 libfoo=x liba.so=b liba.so=c", strings.Join([]string{
			`library "libfoo.so.1": want SONAME=PACKAGE, such as libfoo.so.1=libfoo1`,
			`library "libfoo=x": want SONAME=PACKAGE, such as libfoo.so.1=libfoo1`,
			`library "liba.so": is there already: want it once`,
		}, "\n")},
		{"procfile", "../Procfile", `path "../Procfile": want a path inside of the project, relative to it`},
		{"maintainer-scripts", "/etc", `path "/etc": want a path inside of the project, relative to it`},
		{"config-files", "a.env:/etc", `file "a.env:/etc": destination "/etc": want an absolute path that is no directory of the system`},
		{"verify-on", "nowhere debian:12 apk=x", `target "nowhere": which packages does it take: want deb=nowhere or rpm=nowhere` + "\n" + `target "apk=x": which packages does it take: want deb=apk=x or rpm=apk=x`},
		{"verify-engine", "podman", `unknown value "podman": want auto, docker or nspawn`},
		{"verify-timeout", "soon", `value "soon": want a time of more than 0, such as 90s or 2m`},
		{"verify-timeout", "0s", `value "0s": want a time of more than 0, such as 90s or 2m`},
		{"licenses-allow", "BSD", `licence "BSD": not in the SPDX list: want an identifier of it, or a glob such as BSD-*`},
		{"sbom", "none spdx", "none beside 1 others: want none alone, or formats"},
		{"vulnerability-ignore", "GHSA-1 for ever", `vulnerability "GHSA-1 for ever": want ID until=YYYY-MM-DD and a reason, such as GHSA-xxxx-xxxx-xxxx until=2027-01-31 we parse no XML`},
		{"audit-allow", "lib/* /opt/[", `pattern "lib/*": want a glob of absolute paths, such as /opt/NAME/lib/**` + "\n" + `pattern "/opt/[": want a glob of absolute paths, such as /opt/NAME/lib/**`},
	}
	for _, test := range tests {
		_, err := Read(flags(test.input, test.value))
		where := "flag --" + test.input + ": "
		want := where + strings.ReplaceAll(test.want, "\n", "\n"+where)
		if err == nil || err.Error() != want {
			t.Errorf("--%s %q:\ngot  %v\nwant %s", test.input, test.value, err, want)
		}
	}
}

// TestTargetsMayHaveCommas holds that a list in a target's query stays in it.
func TestTargetsMayHaveCommas(t *testing.T) {
	t.Parallel()
	c, err := Read(Source{Where: "flag --%s", Values: map[string][]string{"publish": {"apt+dir:x?suite=bookworm,trixie&url=https://example.org, dir:y", "dir:z"}}})
	want := []string{"apt+dir:x?suite=bookworm,trixie&url=https://example.org", "dir:y", "dir:z"}
	if diff := cmp.Diff(want, c.Publish); diff != "" || err != nil {
		t.Errorf("%v; targets (-want +got):\n%s", err, diff)
	}
}
