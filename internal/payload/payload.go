// Package payload gathers what a package carries: the virtualenv, links to the
// project's commands, what asset steps made, and what tells a person which
// version this is.
package payload

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/tree"
	"github.com/pinpack/pinpack/internal/venv"
)

// parents are the directories above the prefix and above what is shipped beside
// it that are not the system's: the package owns them, so that removing it
// removes them.
func parents(pl plan.Plan) []tree.Entry {
	var list []tree.Entry
	above := func(name string) {
		for dir := path.Dir(name); !config.Shared(dir) && dir != "/"; dir = path.Dir(dir) {
			list = append(list, tree.Entry{Path: dir, Kind: tree.Dir, Mode: 0o755})
		}
	}
	above(pl.Prefix)
	for _, f := range pl.Files {
		above(f.Dest)
	}
	return list
}

// commands links the project's own console scripts into /usr/bin: all of them,
// or those that were named.
func commands(pl plan.Plan, env venv.Env) ([]tree.Entry, error) {
	own := slices.Sorted(maps.Keys(env.Wheel.Scripts))
	wanted := pl.Scripts
	if wanted == nil {
		wanted = own
	}
	var list []tree.Entry
	var errs []error
	for _, name := range wanted {
		if !slices.Contains(own, name) {
			errs = append(errs, fmt.Errorf("script %q: the project has none of this name: want some of %s, or none", name, strings.Join(own, ", ")))
			continue
		}
		if name == "python" || strings.HasPrefix(name, "python3") || name == "pip" || name == "sh" {
			errs = append(errs, fmt.Errorf("script %q: belongs to the system in /usr/bin: name the others with the input scripts", name))
			continue
		}
		list = append(list, tree.Entry{Path: "/usr/bin/" + name, Kind: tree.Symlink, Mode: 0o777, Link: pl.Prefix + "/bin/" + name})
	}
	return list, errors.Join(errs...)
}

// extra adds the files and folders that the inputs name.
func extra(pl plan.Plan) ([]tree.Entry, error) {
	files, err := extraFiles(pl, pl.Files)
	configs, configErr := extraFiles(pl, pl.ConfigFiles)
	for i := range configs {
		configs[i].Config = configs[i].Kind == tree.File
	}
	return append(files, configs...), errors.Join(err, configErr)
}

func extraFiles(pl plan.Plan, wanted []config.File) ([]tree.Entry, error) {
	var list []tree.Entry
	var errs []error
	for _, f := range wanted {
		source := filepath.Join(pl.Source, f.Source)
		info, err := inside(pl.Source, f.Source)
		if err != nil {
			var p *fs.PathError
			if errors.As(err, &p) {
				err = p.Err
			}
			if errors.Is(err, fs.ErrNotExist) {
				err = fmt.Errorf("%w: no step made it", err)
			}
			errs = append(errs, fmt.Errorf("ship %q: %w", f.Source, err))
			continue
		}
		if !info.IsDir() {
			e, err := tree.FromFile(source, f.Dest)
			errs = append(errs, err)
			list = append(list, e)
			continue
		}
		found, err := tree.FromDir(source, f.Dest)
		if err == nil && len(found) == 1 {
			err = fmt.Errorf("ship %q: the folder is empty", f.Source)
		}
		errs = append(errs, err)
		list = append(list, found...)
	}
	return list, errors.Join(errs...)
}

// inside looks a file of the project up, whose links may not lead out of it: a
// step could have made one to something that only we can read.
func inside(dir, name string) (fs.FileInfo, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Stat(name)
}

// documents are what policy and people want to find beside the application.
func documents(pl plan.Plan, env venv.Env, info *BuildInfo, shipped []shipped) ([]tree.Entry, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(info); err != nil {
		return nil, fmt.Errorf("write build-info.json: %w", err)
	}
	share, doc := "/usr/share/"+pl.Name, "/usr/share/doc/"+pl.Name
	copyright, err := copyright(pl, env, shipped)
	if err != nil {
		return nil, err
	}
	contents, err := inventory(pl, env, shipped)
	if err != nil {
		return nil, err
	}
	boms, err := sboms(pl, info, contents)
	if err != nil {
		return nil, err
	}
	list := []tree.Entry{
		{Path: doc, Kind: tree.Dir, Mode: 0o755},
		licenceFile(path.Join(doc, "copyright"), copyright),
		{Path: share, Kind: tree.Dir, Mode: 0o755},
		tree.Text(path.Join(share, "build-info.json"), text.String()),
	}
	if slices.ContainsFunc(pl.Packages, func(p plan.Package) bool { return p.Format == "deb" }) {
		log, err := changelog(pl)
		if err != nil {
			return nil, err
		}
		e := tree.Text(path.Join(doc, "changelog.Debian.gz"), log)
		e.Only = "deb"
		list = append(list, e, overrides(pl))
	}
	return append(list, boms...), nil
}

// changelog is Debian's (deb-changelog(5)), compressed as policy 12.7 wants it.
func changelog(pl plan.Plan) (string, error) {
	version := ""
	for _, p := range pl.Packages {
		if p.Format == "deb" {
			version = p.FullVersion(pl.Iteration)
		}
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(z, "%s (%s) unstable; urgency=medium\n\n  * %s\n\n -- %s  %s\n", pl.Name, version, pl.Change(), pl.Metadata.Maintainer, pl.Time.Format(time.RFC1123Z))
	if err := z.Close(); err != nil {
		return "", err
	}
	return out.String(), nil
}
