package payload

import (
	"time"

	"github.com/pinpack/pinpack/internal/elfdeps"
	"github.com/pinpack/pinpack/internal/interpreter"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/sbom"
	"github.com/pinpack/pinpack/internal/service"
	"github.com/pinpack/pinpack/internal/syspkg"
	"github.com/pinpack/pinpack/internal/venv"
)

// BuildInfo is /usr/share/<name>/build-info.json: "this server runs this
// version" by one cat.
type BuildInfo struct {
	Name          string              `json:"name"`
	Version       string              `json:"version"` // PEP 440
	Iteration     string              `json:"iteration"`
	Commit        string              `json:"commit,omitempty"`
	Modified      bool                `json:"modified,omitempty"` // the tree differed from the commit
	Built         time.Time           `json:"built"`              // SOURCE_DATE_EPOCH, so that it can be built again
	System        string              `json:"system,omitempty"`   // that it was built on, "debian:12"
	Prefix        string              `json:"prefix"`
	Python        string              `json:"python"`
	Interpreter   string              `json:"interpreter"`
	Bundle        *Bundle             `json:"bundle,omitempty"` // of the interpreter
	Lock          []string            `json:"lock"`
	Unpinned      bool                `json:"unpinned,omitempty"` // distributions without a version were allowed
	Unhashed      bool                `json:"unhashed,omitempty"` // distributions without a hash were allowed
	Glibc         elfdeps.Floor       `json:"glibc,omitzero"`     // the oldest that runs it
	Depends       map[string][]string `json:"depends"`            // by format
	Distributions []venv.Distribution `json:"distributions"`
	Services      *service.Container  `json:"services,omitempty"`       // its processes, for a container
	BuiltHere     []venv.Built        `json:"built_here,omitempty"`     // from source, with what
	BuildPackages []syspkg.Package    `json:"build_packages,omitempty"` // of the system, for the build

	arch     string                   // that the payload is for, as Go's GOARCH
	contents map[string]sbom.Contents // by format
}

// Bundle is what is in a bundled interpreter besides itself.
type Bundle struct {
	Libraries []interpreter.Library `json:"libraries,omitempty"` // of the building system
	Removed   []string              `json:"removed,omitempty"`   // modules that cannot work, and why
	Stripped  bool                  `json:"stripped"`
}

func describe(pl plan.Plan, env venv.Env) (BuildInfo, error) {
	info := BuildInfo{
		Name: pl.Name, Version: pl.Version, Iteration: pl.Iteration, Commit: pl.Commit, Modified: pl.Dirty,
		Built: pl.Time, System: pl.System, Prefix: pl.Prefix, Python: pl.Python.Version, Interpreter: pl.Python.Target,
		Lock: pl.Lock.Files, BuiltHere: env.Built, BuildPackages: env.Packages,
	}
	// What was allowed and not made use of is no news.
	for _, r := range pl.Lock.Requirements {
		info.Unpinned = info.Unpinned || !r.Pinned()
		info.Unhashed = info.Unhashed || len(r.Hashes) == 0
	}
	if env.Bundle != nil {
		info.Bundle = &Bundle{env.Bundle.Libraries, env.Bundle.Removed, env.Bundle.Stripped}
	}
	var err error
	if app, err := services(pl, env); err != nil {
		return info, err
	} else if app != nil {
		info.Services = app.Container()
	}
	info.Distributions, err = env.Distributions()
	return info, err
}
