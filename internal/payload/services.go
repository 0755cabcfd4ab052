package payload

import (
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/service"
	"github.com/pinpack/pinpack/internal/tree"
	"github.com/pinpack/pinpack/internal/venv"
)

// services are the processes; nil: there are none. Only now it is known which
// programs the virtualenv has.
func services(pl plan.Plan, env venv.Env) (*service.App, error) {
	if pl.Services == nil {
		return nil, nil
	}
	app := *pl.Services
	entries, err := os.ReadDir(env.Bin())
	if err != nil {
		return nil, fmt.Errorf("list programs: %w", err)
	}
	app.Commands = []string{}
	for _, e := range entries {
		app.Commands = append(app.Commands, e.Name())
	}
	return &app, nil
}

// serviceFiles are those of the processes: units, users, directories, examples.
// The examples also tell of the files that are shipped besides.
func serviceFiles(pl plan.Plan, env venv.Env, shipped []tree.Entry) ([]tree.Entry, error) {
	app, err := services(pl, env)
	if app == nil {
		return nil, err
	}
	app.Static = static(pl.Name, shipped)
	list, err := app.Files()
	if err != nil {
		return nil, err
	}
	conffiles := app.Configuration()
	for i, e := range list {
		list[i].Config = slices.Contains(conffiles, e.Path)
	}
	return list, nil
}

// codings are the content codings (RFC 9110, 8.4.1) of variants beside a file, by
// what is added to its name.
var codings = []struct{ suffix, name string }{{".gz", "gzip"}, {".br", "br"}, {".zst", "zstd"}}

// hashed is a name that bears a hash of the content, as Django and pinpack
// fingerprint make it.
var hashed = regexp.MustCompile(`\.[0-9a-f]{12}\.[^/]+$`)

// static are the folders that are shipped right below /usr/share/NAME.
func static(name string, shipped []tree.Entry) []service.Static {
	files := map[string]bool{}
	for _, e := range shipped {
		files[e.Path] = e.Kind == tree.File
	}
	var list []service.Static
	for _, e := range shipped {
		if e.Kind != tree.Dir || path.Dir(e.Path) != "/usr/share/"+name {
			continue
		}
		s := service.Static{Dir: e.Path, URL: "/" + path.Base(e.Path) + "/"}
		for file := range files {
			if !strings.HasPrefix(file, e.Path+"/") {
				continue
			}
			s.Hashed = s.Hashed || hashed.MatchString(file)
			for _, c := range codings {
				if files[file] && files[file+c.suffix] && !slices.Contains(s.Encodings, c.name) {
					s.Encodings = append(s.Encodings, c.name)
				}
			}
		}
		slices.Sort(s.Encodings)
		list = append(list, s)
	}
	return list
}
