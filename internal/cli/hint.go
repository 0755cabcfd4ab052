package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"syscall"

	"github.com/pinpack/pinpack/internal/asset/fingerprint"
	"github.com/pinpack/pinpack/internal/asset/minify"
	"github.com/pinpack/pinpack/internal/asset/reference"
	"github.com/pinpack/pinpack/internal/attest"
	"github.com/pinpack/pinpack/internal/audit"
	"github.com/pinpack/pinpack/internal/ci"
	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/elfdeps"
	"github.com/pinpack/pinpack/internal/index"
	"github.com/pinpack/pinpack/internal/interpreter"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/payload"
	"github.com/pinpack/pinpack/internal/pipeline"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/project"
	"github.com/pinpack/pinpack/internal/publish"
	"github.com/pinpack/pinpack/internal/publish/oci"
	"github.com/pinpack/pinpack/internal/publish/repository"
	"github.com/pinpack/pinpack/internal/signature"
	"github.com/pinpack/pinpack/internal/steps"
	"github.com/pinpack/pinpack/internal/syspkg"
	"github.com/pinpack/pinpack/internal/venv"
	"github.com/pinpack/pinpack/internal/verify"
)

// hint says what to do about a likely mistake, in lower case, without a full
// stop; "" when there is nothing to say. Lower layers know nothing of hints.
func hint(err error) string {
	var (
		cmd   *command.Error
		step  *steps.Error
		slow  steps.TimeoutError
		found *audit.Error
		fetch *venv.FetchError
		build *venv.BuildError
		lib   *elfdeps.NoPackageError
		root  *syspkg.NotRootError
		owner *index.Unowned
		parts *publish.Incomplete
		login *oci.Refused
		right *attest.PermissionError

		licence *payload.LicenseError
	)
	var known *pipeline.VulnerableError
	switch {
	case errors.As(err, &known):
		return "lock a version without it, or say why it does no harm: vulnerability-ignore: ID until=YYYY-MM-DD REASON"
	case errors.Is(err, interpreter.ErrNone):
		return "apt-get install python3, or dnf install python3; as root, pinpack build does it by itself where there is apt-get"
	case errors.Is(err, project.ErrNoMetadata):
		return "give the project's folder: pinpack build DIR, or the input directory"
	case errors.Is(err, syscall.ENOSPC) && errors.As(err, &parts):
		return "a disk is full: make room there, and run it again, or only publish: pinpack publish FILE... --publish URL; what is there already is not sent again"
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full: set TMPDIR or the input out to a place with more room"
	case errors.As(err, &fetch) && errors.Is(err, index.ErrHash):
		return "the package index serves another file than the one pinpack was made with: look at its mirror or proxy"
	case errors.Is(err, interpreter.ErrNotPackaged):
		return "servers get the interpreter from a package of theirs, or with python-bundle inside of this one"
	case errors.Is(err, interpreter.ErrSystemBundle):
		return "the system's Python cannot be moved: say python: 3.12, for one that uv fetches, or the prefix of another"
	case errors.Is(err, verify.ErrNoEngine):
		return "it takes a docker engine, which a container finds by its socket (/var/run/docker.sock, DOCKER_HOST), or root with systemd-nspawn: apt-get install systemd-container debootstrap"
	case errors.Is(err, lock.ErrNotFound):
		return "lock what is tested: uv lock, poetry lock, pdm lock, pipenv lock, or pip-compile --generate-hashes"
	case errors.Is(err, plan.ErrStale):
		return "lock again, and commit the lock together with pyproject.toml: uv lock, poetry lock, pdm lock, pipenv lock, pip-compile"
	case errors.Is(err, plan.ErrShallow):
		return "with: fetch-depth: 0 in the step actions/checkout"
	case errors.Is(err, lock.ErrDisagree):
		return "remove the one that nobody uses, lock both again, or name one: --lock uv.lock"
	case errors.Is(err, signature.ErrExpired):
		return "make its life longer where it is kept, and export it again: gpg --quick-set-expire FINGERPRINT 2y '*'"
	case errors.Is(err, signature.ErrLocked) || errors.Is(err, signature.ErrPassphrase):
		return "the input signing-passphrase, or the variable PINPACK_SIGNING_PASSPHRASE, has the key's passphrase"
	case errors.Is(err, repository.ErrNotFound):
		return "pinpack repo list URL shows what there is; a version is written in full, with its revision: NAME=1.4.0-1"
	case errors.Is(err, fingerprint.ErrMissing):
		return "mend the reference or add the file; --allow-missing GLOB passes over files that are not meant to be there, --url says where the folder is served"
	case errors.Is(err, reference.ErrSyntax), errors.Is(err, minify.ErrSyntax):
		return "mend the file, or leave it as it is with --exclude GLOB"
	case errors.Is(err, index.ErrUntrusted):
		return "set SSL_CERT_FILE to the certificates of your company's authority: it reaches uv, pip and pinpack"
	case errors.As(err, &owner):
		return "say which names come from it with the input index-owners, such as index-owners: " + owner.URLs[0] + " corp-*"
	case errors.As(err, &lib):
		return fmt.Sprintf("install its package on the building system, ship the library, or say library-packages: %s=PACKAGE", lib.Soname)
	case errors.As(err, &root):
		return "run it as root, or build as root"
	case errors.As(err, &build) && build.Missing() != "":
		return build.Missing() + " was not found: have the package that brings it installed by the input build-deps, such as build-deps: gcc python3-dev libpq-dev"
	case errors.As(err, &login) && login.Registry == "ghcr.io":
		return "the job needs permissions: {packages: write}; for a package that was first pushed by hand, also Manage Actions access in its settings"
	case errors.As(err, &login):
		return "set REGISTRY_USERNAME and REGISTRY_PASSWORD, or run docker login " + login.Registry + "; the account must have the right to push"
	case errors.Is(err, attest.ErrNoToken), errors.As(err, &right):
		return "give the job permissions: {contents: read, id-token: write, attestations: write}; pull requests from forks never have them"
	case errors.As(err, &parts):
		return "run it again once that is put right, or only publish: pinpack publish FILE... --publish URL; what is there already is not sent again"
	case errors.As(err, &licence):
		return "if somebody looked at it and it is right, say licenses-except: " + strings.ToLower(licence.Name)
	case errors.As(err, &found):
		return "if a finding is no harm, name the file with the input audit-allow"
	case errors.Is(err, steps.ErrNoTests):
		return "what is in your package is tested where it is installed: python -m pytest --pyargs PACKAGE, python manage.py test PACKAGE.tests, or say test-directory: project"
	case errors.As(err, &step) && errors.As(err, &slow):
		return "a longer time is given by the input step-timeout, or by timeout in a step of [tool.pinpack.steps]"
	case errors.As(err, &step):
		if errors.As(err, &cmd) && cmd.Status == 127 {
			return "a command was not found: what tests need goes into the lock or into test-requirements"
		}
		if cmd != nil && strings.Contains(strings.ToLower(cmd.Tail), "no space left") {
			return "the disk is full: set TMPDIR or the input out to a place with more room"
		}
		if cmd != nil && cmd.Signal == "SIGKILL" {
			return "nothing of pinpack's ends a step so: it was the step itself, or the kernel, for want of memory"
		}
		return ""
	case errors.As(err, &fetch):
		return "put " + fetch.Tool + " " + fetch.Version + " on PATH, or set UV_DEFAULT_INDEX to an index that has it and can be reached"
	case errors.As(err, &cmd):
		return toolHint(cmd)
	case errors.Is(err, fs.ErrPermission):
		return "build as root, or to a place that is yours with build-path stage and out"
	}
	return ""
}

// toolHint reads what the installers say.
func toolHint(e *command.Error) string {
	says := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(strings.ToLower(e.Tail), w) {
				return true
			}
		}
		return false
	}
	switch {
	case errors.Is(e.Err, exec.ErrNotFound):
		return fmt.Sprintf("install %s, or put it on PATH", e.Program)
	case says("hash mismatch", "do not match the hashes"):
		return "the file is not the one that was locked: if the change is right, lock again"
	case says("no space left"):
		return "the disk is full: set TMPDIR to a place with more room"
	case says("python.h: no such file", "command 'gcc' failed: no such file", "unable to execute 'gcc'", "no such file or directory: 'gcc'", "no such file or directory: 'cc'"):
		return "a distribution is compiled here: apt-get install gcc python3-dev, or lock a version that has a wheel"
	case says("no module named venv", "no module named 'venv'"):
		return "the interpreter lacks its venv module: apt-get install python3-venv"
	case says("dns error", "failed to lookup address", "connection refused", "network is unreachable", "name or service not known"):
		return "the package index cannot be reached: look at the network, a proxy, or PIP_INDEX_URL and UV_DEFAULT_INDEX"
	case says("could not find a version", "no matching distribution", "was not found in the package registry", "no solution found"):
		return "the package index cannot be reached, or has no such file for this interpreter and machine: look at PIP_INDEX_URL or UV_DEFAULT_INDEX, or lock again"
	}
	return ""
}

// shown tells whether the user has already seen the program's output.
func (a *app) shown(err error) bool {
	var step *steps.Error
	return a.action || a.level == ci.Verbose || a.level != ci.Quiet && errors.As(err, &step)
}
