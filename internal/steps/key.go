package steps

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
)

// digest digests all that decides what a step makes: its command, its environment, the
// files that it sees, the programs that it names, what they are interpreted by, and
// the virtualenv where one of them is in it. "" is a step that is not cached.
func (a *attempt) digest(p place) (string, error) {
	if !a.step.Cached() || a.r.Cache == "" {
		return "", nil
	}
	env := a.r.environ(a.pl, a.env, a.step, p)
	files, err := a.r.files(p.work.Dir)
	var out leadsOutError
	if errors.As(err, &out) {
		a.r.Host.Detail(fmt.Sprintf("%s is not kept in the cache: %v", a.step.Name, err))
		return "", nil
	} else if err != nil {
		return "", fmt.Errorf("look at inputs: %w", err)
	}
	tools, err := a.tools(env, p)
	if err != nil {
		return "", fmt.Errorf("look at tools: %w", err)
	}
	text, err := json.Marshal(map[string]any{
		"format": 1, "machine": a.pl.System + " " + runtime.GOARCH,
		"command": a.step.Command, "args": a.step.Args, "dir": a.step.Dir, "outputs": a.step.Outputs,
		"env": a.normal(p, command.Merge(a.base(), env)), "files": files, "tools": tools, "node": p.lock,
	})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// passing are variables that say where a build runs, not what it makes.
var passing = []string{
	"HOME", "USER", "LOGNAME", "TMPDIR", "TERM", "PATH", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS",
}

// base is the environment that every program gets, without what passes. PATH counts
// by the programs that are found on it.
func (a *attempt) base() []string {
	return slices.DeleteFunc(slices.Clone(a.r.Run.Env), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(passing, name)
	})
}

// normal puts names for the places of this build, which are others in the next.
func (a *attempt) normal(p place, env []string) []string {
	places := strings.NewReplacer(p.work.Dir, "$PROJECT", a.env.Dir, "$VENV", a.r.Scratch, "$SCRATCH")
	var list []string
	for _, v := range env {
		switch name, _, _ := strings.Cut(v, "="); name {
		case "PATH":
		case "PINPACK_PREFIX":
			list = append(list, v)
		default:
			list = append(list, places.Replace(v))
		}
	}
	return list
}

// files digests each file below a directory, but for what is locked.
func (r *Runner) files(dir string) ([]string, error) {
	var list []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		switch {
		case d.Name() == "node_modules" && d.IsDir():
			return fs.SkipDir
		case d.Name() == "node_modules" || d.IsDir():
			return nil
		case d.Type() == fs.ModeSymlink:
			to, err := os.Readlink(name)
			if err != nil {
				return err
			}
			outside, err := beyond(dir, name)
			list = append(list, rel+" -> "+to+outside)
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		sum, err := digest(name)
		list = append(list, fmt.Sprintf("%s %s %s", rel, info.Mode().Perm(), sum))
		return err
	})
	return list, err
}

// leadsOutError is a link to a folder, of whose files the step may read any.
type leadsOutError string

func (e leadsOutError) Error() string {
	return fmt.Sprintf("input %q leads to a folder that is not among the inputs", string(e))
}

// beyond digests the file outside of a directory that a link in it leads to.
func beyond(dir, link string) (string, error) {
	to, err := filepath.EvalSymlinks(link)
	if err != nil || strings.HasPrefix(to, real(dir)+"/") {
		return "", nil // it leads nowhere, or to what is digested anyway
	}
	info, err := os.Stat(to)
	switch {
	case err != nil:
		return "", nil
	case info.IsDir():
		return "", leadsOutError(filepath.Base(link))
	case !info.Mode().IsRegular():
		return "", nil // a device
	}
	sum, err := digest(to)
	if errors.Is(err, fs.ErrPermission) {
		return "", nil // the step cannot read it, either
	}
	return " " + sum, err
}

var words = regexp.MustCompile(`[A-Za-z0-9_.@%+,/-]+`)

// tools digests the programs that the step names: any word of its command that PATH
// has.
func (a *attempt) tools(env []string, p place) ([]string, error) {
	path, _ := command.Lookup(env, "PATH")
	names := append(words.FindAllString(a.step.Command, -1), a.step.Tools...)
	names = append(slices.Concat(names, a.step.Args), "sh")
	if p.tools != "" {
		names = append(names, "node")
	}
	seen := map[string]bool{}
	var list []string
	inVenv := false
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		file, ok := lookup(path, name)
		if !ok || seen[name] {
			continue
		}
		seen[name] = true
		switch {
		case strings.HasPrefix(file, a.env.Dir+"/"):
			inVenv = true
		case a.r.Overlay != "" && strings.HasPrefix(file, a.r.Overlay+"/"):
			inVenv = true
		case !strings.HasPrefix(real(file), a.r.Scratch+"/"): // what is there is locked
			sum, err := digest(file)
			if err != nil {
				return nil, err
			}
			list = append(list, name+" "+sum)
		}
		names = append(names, interpreters(file)...)
	}
	if !inVenv {
		return list, nil
	}
	whole, err := a.virtualenv()
	return append(list, whole...), err
}

// real is where a file is that a name may only lead to.
func real(file string) string {
	if to, err := filepath.EvalSymlinks(file); err == nil {
		return to
	}
	return file
}

func lookup(path, name string) (string, bool) {
	dirs := strings.Split(path, ":")
	if filepath.IsAbs(name) {
		dirs = []string{""}
	} else if strings.Contains(name, "/") {
		return "", false // an input, if anything
	}
	for _, dir := range dirs {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file, true
		}
	}
	return "", false
}

// interpreters are the words of a script's first line.
func interpreters(file string) []string {
	in, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer in.Close()
	line, _ := bufio.NewReaderSize(in, 512).ReadSlice('\n')
	if rest, ok := strings.CutPrefix(string(line), "#!"); ok {
		return strings.Fields(rest)
	}
	return nil
}

// virtualenv digests the virtualenv, and what only the tests need, file by file.
// Lists of files tell nothing more, and name where they were installed from.
func (a *attempt) virtualenv() ([]string, error) {
	list := []string{"python " + a.pl.Python.Version}
	for _, dir := range []string{a.env.Dir, a.r.Overlay} {
		if dir == "" {
			continue
		}
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && d.Name() != "__pycache__" {
				return err
			}
			if d.IsDir() {
				return fs.SkipDir
			}
			switch d.Name() {
			case "RECORD", "direct_url.json", "uv_cache.json", "_pinpack_overlay.pth":
				return nil
			}
			if !d.Type().IsRegular() {
				return nil
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(dir, name)
			list = append(list, rel+" "+sumOf([]byte(strings.NewReplacer(a.env.Dir, "$VENV", a.r.Scratch, "$SCRATCH").Replace(string(text)))))
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}
