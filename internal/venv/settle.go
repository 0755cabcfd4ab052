package venv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/plan"
)

// trimmed lists what no server needs, as globs below the virtualenv: scripts
// for interactive shells, headers, and what installers note for themselves.
var trimmed = []string{
	"bin/activate*", "bin/Activate.ps1", "bin/deactivate*", "bin/pydoc.bat", "include",
	".gitignore", "CACHEDIR.TAG", ".lock",
	"lib/python3*/site-packages/" + overlayFile,
	"lib/python3*/site-packages/*.dist-info/direct_url.json",
	"lib/python3*/site-packages/*.dist-info/uv_*.json",
	"lib/python3*/site-packages/*.dist-info/REQUESTED",
	"lib/python3*/site-packages/*.dist-info/INSTALLER",
	"lib/python3*/site-packages/_virtualenv.p*",
}

// Settle makes the virtualenv what is shipped: it removes what no server
// needs, writes the final path over the one it was built at, compiles all
// modules in a way that depends on nothing but them, and brings every
// distribution's RECORD in line.
func (b Builder) Settle(ctx context.Context, env Env) error {
	if err := env.Sound(); err != nil {
		return err
	}
	if err := env.trim(); err != nil {
		return fmt.Errorf("trim virtualenv: %w", err)
	}
	if err := env.writeConfig(); err != nil {
		return err
	}
	if err := env.detach(); err != nil {
		return fmt.Errorf("detach from python %q: %w", env.Python.From.Path, err)
	}
	if env.Dir != env.Prefix {
		if err := env.rewrite(); err != nil {
			return fmt.Errorf("rewrite virtualenv for %s: %w", env.Prefix, err)
		}
	}
	if err := env.normalise(); err != nil {
		return fmt.Errorf("normalise modes: %w", err)
	}
	if err := env.writeRecords(); err != nil {
		return fmt.Errorf("write RECORD: %w", err)
	}
	return b.compile(ctx, env)
}

func (e Env) trim() error {
	for _, glob := range trimmed {
		found, err := filepath.Glob(filepath.Join(e.Dir, glob))
		if err != nil {
			return err
		}
		for _, f := range found {
			if err := os.RemoveAll(f); err != nil {
				return err
			}
		}
	}
	return filepath.WalkDir(e.Dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "__pycache__" {
			if err := os.RemoveAll(name); err != nil {
				return err
			}
			return filepath.SkipDir
		}
		return nil
	})
}

// writeConfig writes pyvenv.cfg anew: the one that venv wrote holds the command
// line, and each tool writes it another way. See
// https://docs.python.org/3/library/site.html.
func (e Env) writeConfig() error {
	text := fmt.Sprintf("home = %s\ninclude-system-site-packages = false\nversion = %s\nexecutable = %s\n",
		filepath.Dir(e.Python.Target), e.Python.Version, e.Python.Target)
	if err := os.WriteFile(filepath.Join(e.Dir, "pyvenv.cfg"), []byte(text), 0o644); err != nil {
		return fmt.Errorf("write pyvenv.cfg: %w", err)
	}
	return nil
}

// rewrite puts the final path into every text file that names the path of the
// build. A program's first line is the usual place. Files which are not text
// are left alone: should one hold the path, the audit refuses it.
func (e Env) rewrite() error {
	return filepath.WalkDir(e.Dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil || info.Size() > 4<<20 {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil || !bytes.Contains(data, []byte(e.Dir)) || bytes.IndexByte(data, 0) >= 0 {
			return err
		}
		return os.WriteFile(name, relocate(data, e.Dir, e.Prefix), info.Mode().Perm())
	})
}

// relocate replaces a path in text. A script whose interpreter's path was too
// long for the kernel starts with a shell's line instead (pip's and uv's way);
// it gets the direct form again, as it would have had at the final path.
func relocate(data []byte, from, to string) []byte {
	data = bytes.ReplaceAll(data, []byte(from), []byte(to))
	lines := bytes.SplitN(data, []byte("\n"), 4)
	if len(lines) == 4 && bytes.Equal(lines[0], []byte("#!/bin/sh")) && bytes.HasPrefix(lines[1], []byte("'''exec' ")) && bytes.Equal(lines[2], []byte("' '''")) {
		exe, _, _ := strings.Cut(strings.TrimPrefix(string(lines[1]), "'''exec' "), ` "$0"`)
		exe = strings.Trim(exe, `'"`)
		if len(exe)+3 <= 127 && !strings.ContainsAny(exe, " '\"") {
			return slices.Concat([]byte("#!"+exe+"\n"), lines[3])
		}
	}
	return data
}

// normalise gives every file the mode that it will have when it is installed,
// whatever the umask was and whatever a wheel said.
func (e Env) normalise() error {
	return filepath.WalkDir(e.Dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.Type() == fs.ModeSymlink {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if d.IsDir() || info.Mode()&0o111 != 0 {
			mode = 0o755
		}
		if info.Mode().Perm() == mode && info.Mode()&(fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky) == 0 {
			return nil
		}
		return os.Chmod(name, mode)
	})
}

// compile byte-compiles every module, sorted, in one process, with hash-based
// pycs that are never checked against the source (PEP 552): they do not depend
// on times, and root running the application does not rewrite them. The names
// in them are those of the final path.
func (b Builder) compile(ctx context.Context, env Env) error {
	script, err := b.write("compile.py", compileScript)
	if err != nil {
		return err
	}
	var list strings.Builder
	for _, lib := range []string{"lib", path.Join(plan.BundleDir, "lib")} {
		err = filepath.WalkDir(filepath.Join(env.Dir, lib), func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && strings.HasSuffix(name, ".py") && !strings.Contains(name, "\n") {
				list.WriteString(name + "\n" + env.Prefix + strings.TrimPrefix(name, env.Dir) + "\n")
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("list modules: %w", err)
		}
	}
	out, err := b.Run.Output(ctx, command.Program{
		Name: env.Python.Path, Args: []string{"-S", "-s", script}, Stdin: strings.NewReader(list.String()), Output: b.Output,
	})
	if err != nil {
		return fmt.Errorf("compile modules: %w", err)
	}
	for line := range strings.Lines(out) {
		b.say("not compiled, and shipped as it is: " + strings.TrimSpace(line))
	}
	return nil
}

// compileScript reads pairs of lines, a file and the name it goes by, and
// prints the files that are no Python of this version (templates, mostly).
const compileScript = `import py_compile, sys
names = sys.stdin.read().split("\n")
for file, name in zip(names[0::2], names[1::2]):
    try:
        py_compile.compile(file, dfile=name, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    except py_compile.PyCompileError as e:
        print(name)
`
