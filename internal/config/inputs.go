package config

import (
	"slices"

	"github.com/pinpack/pinpack/internal/artifact"
)

// Inputs is the one declaration of what a user can say, in the order in which
// it is shown.
var Inputs = slices.Concat(build, stepInputs, ship, verifying, signing, vulnerabilities, github)

// build is what the virtualenv is made of.
var build = []Input{
	{
		Name: "directory", Kind: Word, Default: ".", Example: "services/whois", Outside: true,
		Help:  "The project: a folder with a pyproject.toml, relative to the working directory.",
		parse: word(func(c *Config) *string { return &c.Directory }),
	},
	{
		Name: "name", Kind: Word, Example: "whois",
		Help:  "Name of the package. Default: the project's name.",
		parse: parseName,
	},
	{
		Name: "version", Kind: Word, Example: "1.4.0",
		Help:  "Version of the package (PEP 440); it is written in each format so that the order stays. Default: the project's version.",
		parse: parseVersion,
	},
	{
		Name: "snapshot", Kind: Word, Default: "auto", Choices: []string{"auto", "always", "never"},
		Help:  "Whether the version names the commit and sorts after the last release and before the next one, such as 1.4.0~pr12.g1a2b3c4; auto does so in workflows that build no tag.",
		parse: word(func(c *Config) *string { return &c.Snapshot }),
	},
	{
		Name: "iteration", Kind: Word, Default: "1", Example: "2",
		Help:  "Debian revision and RPM release: counts packages of the same version.",
		parse: parseIteration,
	},
	{
		Name: "formats", Kind: Words, Default: "deb, rpm", Choices: artifact.FormatNames(), Example: "deb",
		Help:  "Package formats to write.",
		parse: func(c *Config, v []string) error { c.Formats = unique(v); return nil },
	},
	{
		Name: "prefix", Kind: Word, Example: "/srv/whois",
		Help:  "Where the virtualenv lives on the servers. Default: /opt/<name>.",
		parse: parsePrefix,
	},
	{
		Name: "build-path", Kind: Word, Default: "auto", Choices: []string{"auto", "prefix", "stage"},
		Help:  "Where the virtualenv is built: at its prefix, or staged elsewhere and rewritten. auto takes the prefix when that can be done (root, and the path is free); both give the same files.",
		parse: word(func(c *Config) *string { return &c.BuildPath }),
	},
	{
		Name: "python", Kind: Word, Default: "system", Example: "3.12",
		Help:  "Interpreter to build with and to depend on: system (what /usr/bin/python3 is, or another /usr/bin/python3.N that the project's requires-python allows), a version, or the path of an interpreter or of its prefix.",
		parse: parsePython,
	},
	{
		Name: "python-bundle", Kind: Switch, Default: "false",
		Help:  "Ship the interpreter in the package, so that one package serves every system whose glibc is new enough. Takes an interpreter that can be moved (uv's, pyenv's, a docker image's), or a version, which uv fetches.",
		parse: toggle(func(c *Config) *bool { return &c.PythonBundle }),
	},
	{
		Name: "installer", Kind: Word, Default: "uv", Choices: []string{"uv", "pip"},
		Help:  "What builds and installs the distributions. One pinned version of it is fetched and verified when it is not there.",
		parse: word(func(c *Config) *string { return &c.Installer }),
	},
	{
		Name: "lock", Kind: Words, Example: "uv.lock",
		Help:  "Lock files, relative to the project: pylock.toml, uv.lock, poetry.lock, pdm.lock, Pipfile.lock or requirements files, with every distribution pinned with == and hashed. Default: the one that is found.",
		parse: paths(func(c *Config) *[]string { return &c.Lock }),
	},
	{
		Name: "extras", Kind: Words, Example: "postgres",
		Help:  "Extras of the project to ship.",
		parse: names(func(c *Config) *[]string { return &c.Extras }),
	},
	{
		Name: "groups", Kind: Words, Example: "production",
		Help:  "Dependency groups of the lock to ship besides the project's own dependencies. Development groups never ship by themselves.",
		parse: names(func(c *Config) *[]string { return &c.Groups }),
	},
	{
		Name: "test-groups", Kind: Words, Example: "test",
		Help:  "Dependency groups of the lock that only the tests need: installed for the steps, never shipped.",
		parse: names(func(c *Config) *[]string { return &c.TestGroups }),
	},
	{
		Name: "unpinned", Kind: Word, Default: "refuse", Choices: []string{"refuse", "allow"},
		Help:  "Whether distributions without a == pin may be shipped. Two builds may then ship different versions; build-info.json says that it was allowed.",
		parse: allow(func(c *Config) *bool { return &c.Unpinned }),
	},
	{
		Name: "unhashed", Kind: Word, Default: "refuse", Choices: []string{"refuse", "allow"},
		Help:  "Whether distributions without a hash may be shipped. The package index may then serve anything under their name; build-info.json says that it was allowed.",
		parse: allow(func(c *Config) *bool { return &c.Unhashed }),
	},
	{
		Name: "index-owners", Kind: Lines, Example: "https://pypi.example.org/simple corp-*",
		Help:  "What each additional package index may answer for, one index a line: its URL, then names or globs. Everything else comes from the default index. Needed wherever there are several indexes.",
		parse: parseIndexOwners,
	},
	{
		Name: "test-requirements", Kind: Words, Example: "requirements-test.txt",
		Help:  "Lock files of what only the tests need: installed for the steps, never shipped.",
		parse: paths(func(c *Config) *[]string { return &c.TestRequirements }),
	},
	{
		Name: "build-constraints", Kind: Words, Example: "build-constraints.txt",
		Help:  "Constraint files for build requirements: what build backends are made of.",
		parse: paths(func(c *Config) *[]string { return &c.BuildConstraints }),
	},
	{
		Name: "build-deps", Kind: Words, Example: "libpq-dev",
		Help:  "System packages that the build needs (headers, compilers): installed with the machine's package manager, and never a dependency of the package.",
		parse: parseBuildDeps,
	},
}

// ship is what goes into the package besides.
var ship = []Input{
	{
		Name: "env", Kind: Lines, Example: "DJANGO_SETTINGS_MODULE=shop.settings",
		Help:  "Environment of all steps, one variable a line: NAME=VALUE sets, NAME passes on the builder's. Nothing else of the builder's environment reaches them.",
		parse: parseEnv,
	},
	{
		Name: "files", Kind: Lines, Example: "build/static:/usr/share/shop/static",
		Help:  "More to ship, one a line as SOURCE:DESTINATION: files or folders of the project, read after the asset commands.",
		parse: parseFiles,
	},
	{
		Name: "scripts", Kind: Words, Example: "whois-server",
		Help:  "Console scripts of the project that get a link in /usr/bin, or none. Default: all of the project's own.",
		parse: parseScripts,
	},
	{
		Name: "procfile", Kind: Word, Example: "deploy/Procfile",
		Help:  "Processes to run as services, relative to the project, or none. [tool.pinpack.services] says more of them. Default: Procfile, if it is there.",
		parse: parseProcfile,
	},
	{
		Name: "maintainer-scripts", Kind: Word, Example: "debian",
		Help:  "Folder with scripts of your own to be run on servers, woven into those that pinpack makes: preinst, postinst, prerm and postrm for a .deb; pre, post, preun, postun and posttrans for an .rpm. Default: debian, if one is there.",
		parse: parseHooks,
	},
	{
		Name: "config-files", Kind: Lines, Example: "deploy/shop.env:/etc/shop/shop.env",
		Help:  "Configuration to ship, for those who have no configuration management, one file a line as SOURCE:DESTINATION. An administrator's changes are kept (conffiles, %config(noreplace)).",
		parse: parseConfigFiles,
	},
	{
		Name: "run-deps", Kind: Lines, Example: "deb:libpq5 rpm:libpq",
		Help:  "System packages that the package depends on, besides the interpreter; deb: and rpm: say for which format.",
		parse: parseRunDeps,
	},
	{
		Name: "library-packages", Kind: Words, Example: "libfoo.so.1=libfoo1",
		Help:  "Packages that bring shared libraries of which the building system knows nothing, as SONAME=PACKAGE. All others are found by reading what the virtualenv loads.",
		parse: parseLibraries,
	},
	{
		Name: "summary", Kind: Word, Example: "WHOIS for the rest of us",
		Help:  "One line on what the package is. Default: the project's description.",
		parse: line("summary", func(c *Config) *string { return &c.Summary }),
	},
	{
		Name: "description", Kind: Word,
		Help:  "Some paragraphs on what the package is. Default: the first ones of the project's readme.",
		parse: word(func(c *Config) *string { return &c.Description }),
	},
	{
		Name: "license", Kind: Word, Example: "MIT",
		Help:  "Licence as an SPDX expression. Default: the project's.",
		parse: line("license", func(c *Config) *string { return &c.License }),
	},
	{
		Name: "homepage", Kind: Word, Example: "https://example.org/whois",
		Help:  "Home page. Default: from the project's urls.",
		parse: parseHomepage,
	},
	{
		Name: "maintainer", Kind: Word, Example: "Ops <ops@example.org>",
		Help:  "Who maintains the package. Default: the project's first maintainer or author.",
		parse: parseMaintainer,
	},
	{
		Name: "section", Kind: Word, Default: "misc", Example: "web",
		Help:  "Debian section and RPM group.",
		parse: parseSection,
	},
	{
		Name: "compression", Kind: Word, Default: "auto", Example: "gzip:6",
		Help:  "zstd, gzip, xz or none, with :LEVEL (xz and none take none). auto is zstd:3, or gzip:6 where the building system's package manager cannot read zstd.",
		parse: parseCompression,
	},
	{
		Name: "audit-allow", Kind: Words, Example: "/opt/whois/lib/**/paths.txt",
		Help:  "Globs of installed paths that the audit passes over.",
		parse: parseGlobs,
	},
	{
		Name: "licenses-allow", Kind: Words, Example: "MIT BSD-* Apache-2.0 PSF-2.0",
		Help:  "Licences that distributions may have, as SPDX identifiers or globs; another one, or one that is not known, fails the build. Of a choice one is enough. Default: all.",
		parse: licences(func(c *Config) *[]string { return &c.LicensesAllow }),
	},
	{
		Name: "licenses-deny", Kind: Words, Example: "AGPL-*",
		Help:  "Licences that no distribution may have, as SPDX identifiers or globs.",
		parse: licences(func(c *Config) *[]string { return &c.LicensesDeny }),
	},
	{
		Name: "licenses-except", Kind: Words, Example: "psycopg2",
		Help:  "Distributions that need not keep to licenses-allow and licenses-deny, since somebody looked at them.",
		parse: names(func(c *Config) *[]string { return &c.LicensesExcept }),
	},
	{
		Name: "sbom", Kind: Words, Default: "cyclonedx, spdx", Choices: []string{"cyclonedx", "spdx", "none"}, Example: "none",
		Help:  "Software bills of materials, shipped in /usr/share/doc/<name> and written beside each package.",
		parse: parseSBOM,
	},
	{
		Name: "publish", Kind: Words, Example: "dir:/srv/packages",
		Help:  "Where finished packages go, as URLs, such as dir:PATH, repo+dir:PATH, oci://REGISTRY/NAME or image://REGISTRY/NAME?base=IMAGE@DIGEST; README has the table of all.",
		parse: func(c *Config, v []string) error { c.Publish = targets(v); return nil },
	},
	{
		Name: "out", Kind: Word, Default: "dist",
		Help:  "Directory for the packages, SHA256SUMS and pinpack.json, relative to the working directory.",
		parse: word(func(c *Config) *string { return &c.Out }),
	},
}
