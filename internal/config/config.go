// Package config declares every input once, and reads them all: from the
// command line's flags, the action's inputs, and [tool.pinpack] in
// pyproject.toml. The same declaration renders action.yml's inputs, README's
// table and the JSON schema of [tool.pinpack].
package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/joined"
	"github.com/pinpack/pinpack/internal/nearest"
	"github.com/pinpack/pinpack/internal/service"
	"github.com/pinpack/pinpack/internal/step"
)

// Config is what the user asked for, parsed. What was not asked for is empty;
// the plan decides it.
type Config struct {
	Directory        string          // the project, relative to the working directory
	Name             string          // the package's name
	Version          string          // PEP 440
	Snapshot         string          // "auto", "always" or "never"
	Iteration        string          // Debian revision, RPM release
	Formats          []string        // of artifact.Formats
	Prefix           string          // absolute path of the virtualenv on the target machine
	BuildPath        string          // "auto", "prefix" or "stage"
	Python           string          // "system", a version, or the path of an interpreter or of its prefix
	PythonBundle     bool            // ship the interpreter
	Installer        string          // "uv" or "pip"
	Lock             []string        // lock files, relative to the project
	Extras           []string        // of the project, normalised
	Groups           []string        // dependency groups to ship, normalised
	TestGroups       []string        // dependency groups for the steps alone, normalised
	Unpinned         bool            // allow what has no version
	Unhashed         bool            // allow what has no hash
	IndexOwners      []IndexOwner    // what each additional package index may answer for
	TestRequirements []string        // lock files, relative to the project
	BuildConstraints []string        // constraint files, relative to the project
	BuildDeps        []string        // system packages that the build needs
	LibraryPackages  []Library       // who brings a shared library
	Steps            step.Inputs     // what is said of tests, assets and hooks
	Env              []string        // NAME or NAME=VALUE, for the steps
	Files            []File          // additional files to ship
	ConfigFiles      []File          // files to ship that an administrator may change
	Procfile         string          // relative to the project, "none", or "" for the usual one
	Hooks            string          // folder of the project's own maintainer scripts, relative to it; ""
	Services         service.App     // what [tool.pinpack.services] says
	Scripts          []string        // console scripts to link; nil: all of the project's
	Summary          string          // one line
	Description      string          // some paragraphs
	License          string          // SPDX expression
	Homepage         string          // URL
	Maintainer       string          // Name <address>
	Section          string          // Debian section, RPM group
	RunDeps          []Dependency    // system packages that the package depends on
	Compression      string          // "auto", "zstd", "gzip", "xz" or "none", with ":level"
	AuditAllow       []string        // globs of installed paths that the audit passes over
	LicensesAllow    []string        // globs of SPDX identifiers; nil: all
	LicensesDeny     []string        // globs of SPDX identifiers
	LicensesExcept   []string        // distributions that need not keep to these, normalised
	SBOM             []string        // formats of SBOMs; empty: none
	Publish          []string        // URLs of targets
	Out              string          // directory for the results
	Verify           Verify          // whether and how packages are verified
	Vulnerabilities  Vulnerabilities // whether known ones are looked for
	Signing          Signing         // what is signed with
	GitHub           GitHub          // what happens on GitHub besides
}

// GitHub is what the user asked for of the action alone.
type GitHub struct {
	Token               string // secret
	Release             string // "auto", "draft", "publish" or "never"
	Tag                 string // of the release
	ReleaseName         string
	ReleaseNotes        string // "generated", a file of the project, or the text
	Prerelease          string // "auto", "true" or "false"
	MakeLatest          string // "auto", "true" or "false"
	ReleaseRepository   bool   // make the release a flat repository for apt
	Overwrite           bool   // replace published files of other content
	Artifact            string // "auto", "zip", "files" or "never"
	ArtifactName        string
	ArtifactRetention   int // days; 0: the repository's
	ArtifactCompression int // 0 to 9
	Comment             bool
}

// File is something of the project to ship beside the virtualenv.
type File struct {
	Source string `json:"source"` // relative to the project
	Dest   string `json:"dest"`   // absolute path on the target machine
}

// IndexOwner says which distributions a package index may answer for.
type IndexOwner struct {
	URL   string   `json:"url"`
	Names []string `json:"names"` // globs of normalised names
}

// Library says which package brings a shared library.
type Library struct {
	Soname  string `json:"soname"`
	Package string `json:"package"` // in Debian's notation
}

// Dependency is a system package that the package needs at run time.
type Dependency struct {
	Format string `json:"format,omitempty"` // of artifact.Formats; "": every format
	Spec   string `json:"spec"`             // in the format's own notation
}

// Input declares one input.
type Input struct {
	Name    string // the flag, action input and pyproject key
	Help    string // one sentence or two, plain text
	Default string // as a user would write it
	Example string //
	Choices []string
	Outside bool   // cannot be said in pyproject.toml
	Secret  bool   // never shown
	Action  string // default in action.yml, where it is an expression
	Kind    Kind   //
	parse   func(c *Config, values []string) error
}

// Kind says how many values an input takes and how they are told apart.
type Kind string

// The kinds of inputs.
const (
	Word  Kind = "word"  // one value
	Words Kind = "words" // several, apart by commas, white space or lines
	Lines Kind = "lines" // several, one a line; a flag may be repeated

	Switch Kind = "switch" // true or false; a flag alone is true
)

// Find returns the declaration of an input.
func Find(name string) (Input, bool) {
	i := slices.IndexFunc(Inputs, func(in Input) bool { return in.Name == name })
	if i < 0 {
		return Input{}, false
	}
	return Inputs[i], true
}

// Source is one place where inputs come from.
type Source struct {
	Where   string              // for errors: "flag --%s", with the input's name put in
	Without string              // what the names of inputs begin with and is not said here: VerifyPrefix
	Values  map[string][]string // by the input's name; an empty list is not given
	// Services is what the table of services says, which is no input; nil: nothing.
	Services *service.App
	Steps    []step.Step // what the table of steps says, which is no input
	Fixed    []error     // what was wrong before a value could be read
}

// Read parses the inputs of several sources, the strongest first. The error
// joins everything that is wrong; the Config then has the defaults in those
// places.
func Read(sources ...Source) (Config, error) {
	var c Config
	var errs []error
	for _, s := range sources {
		errs = append(errs, s.Fixed...)
		if s.Services != nil {
			c.Services = *s.Services
		}
		c.Steps.Named = append(c.Steps.Named, s.Steps...)
		names := make([]string, 0, len(s.Values))
		for name := range s.Values {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if _, ok := Find(name); !ok {
				errs = append(errs, unknown(s.where(name), name))
			}
		}
	}
	for _, in := range Inputs {
		where, values := "default of "+in.Name, in.split([]string{in.Default})
		for _, s := range sources {
			if v := in.split(s.Values[in.Name]); len(v) > 0 {
				where, values = s.where(in.Name), v
				break
			}
		}
		if len(values) == 0 {
			continue
		}
		if err := in.check(values); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", where, err))
		} else {
			errs = append(errs, joined.At(where, in.parse(&c, values)))
		}
	}
	return c, errors.Join(errs...)
}

// check holds what the declaration alone says of the values.
func (in Input) check(values []string) error {
	if (in.Kind == Word || in.Kind == Switch) && len(values) > 1 {
		return fmt.Errorf("%d values: want one", len(values))
	}
	for _, v := range values {
		if in.Secret { // its value is in no error, and lines may end in any way
			continue
		}
		if i := strings.IndexFunc(v, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' }); i >= 0 {
			return fmt.Errorf("value %q: holds a control character", v)
		}
		if in.Kind == Switch && v != "true" && v != "false" {
			return fmt.Errorf("unknown value %q: want true or false", v)
		}
		if in.Choices != nil && !slices.Contains(in.Choices, v) {
			return fmt.Errorf("unknown value %q: want %s", v, orList(in.Choices))
		}
	}
	return nil
}

// split tells the values of an input apart. Blank ones count as not given.
func (in Input) split(given []string) []string {
	var values []string
	for _, g := range given {
		switch in.Kind {
		case Words:
			values = append(values, strings.FieldsFunc(g, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })...)
		case Lines:
			g = strings.ReplaceAll(strings.ReplaceAll(g, "\r\n", "\n"), "\\\n", " ")
			for line := range strings.Lines(g) {
				if line = strings.TrimSpace(line); line != "" {
					values = append(values, line)
				}
			}
		default:
			if g = strings.TrimSpace(g); g != "" {
				values = append(values, g)
			}
		}
	}
	return values
}

func unknown(where, name string) error {
	err := fmt.Errorf("%s: unknown input %q", where, name)
	if near := nearest.Of(name, Names()); near != "" {
		return fmt.Errorf("%w: did you mean %q?", err, near)
	}
	return fmt.Errorf("%w: want one of %s", err, strings.Join(Names(), ", "))
}

// Names lists the inputs' names as they are declared.
func Names() []string {
	names := make([]string, len(Inputs))
	for i, in := range Inputs {
		names[i] = in.Name
	}
	return names
}

func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
