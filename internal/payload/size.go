package payload

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/tree"
	"github.com/pinpack/pinpack/internal/venv"
)

// Sizes adds up what each distribution takes on the server, in bytes, compiled
// modules included. What belongs to none is under "".
func Sizes(pl plan.Plan, env venv.Env, t tree.Tree, list []venv.Distribution) (map[string]int64, error) {
	site, err := filepath.Rel(env.Dir, env.Site())
	if err != nil {
		return nil, err
	}
	owner := map[string]string{}
	for _, d := range list {
		names, err := d.Files()
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			owner[path.Join(pl.Prefix, filepath.ToSlash(site), name)] = d.Name
		}
	}
	sizes := map[string]int64{}
	for _, e := range t {
		if e.Kind == tree.File {
			sizes[owner[source(e.Path)]] += e.Size
		}
	}
	return sizes, nil
}

// source is the module that a compiled one comes from (PEP 3147), or the path
// itself.
func source(name string) string {
	dir, base := path.Split(name)
	if stem, ok := strings.CutSuffix(base, ".pyc"); ok && path.Base(dir) == "__pycache__" {
		module, _, _ := strings.Cut(stem, ".cpython-")
		return path.Join(path.Dir(path.Clean(dir)), module+".py")
	}
	return name
}
