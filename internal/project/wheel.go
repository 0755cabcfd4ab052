package project

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// metadataLimit bounds what is read of one metadata file, in bytes: a wheel may
// claim little and unpack to gigabytes.
const metadataLimit = 16 << 20

// ReadWheel reads the metadata and console scripts of a built wheel.
// https://packaging.python.org/en/latest/specifications/binary-distribution-format/
func ReadWheel(name string) (Project, error) {
	r, err := zip.OpenReader(name)
	if err != nil {
		return Project{}, fmt.Errorf("read wheel %q: %w", name, err)
	}
	defer r.Close()
	p, err := readWheel(r)
	if err != nil {
		return Project{}, fmt.Errorf("read wheel %q: %w", name, err)
	}
	p.File = filepath.Base(name)
	return p, nil
}

func readWheel(fsys fs.FS) (Project, error) {
	found, err := fs.Glob(fsys, "*.dist-info/METADATA")
	if err != nil || len(found) != 1 {
		return Project{}, fmt.Errorf("it has %d files *.dist-info/METADATA: want a wheel, which has one", len(found))
	}
	text, err := readLimited(fsys, found[0])
	if err != nil {
		return Project{}, err
	}
	p, h, err := parseMetadata(text)
	if err != nil {
		return Project{}, fmt.Errorf("%s: %w", found[0], err)
	}
	info := path.Dir(found[0])
	p.LicenseFiles = licenseFiles(fsys, info, h["license-file"])

	src := &source{file: found[0]}
	if p.Version == "" {
		src.wrong("Version", "missing: want the distribution's version")
	}
	var errs []error
	points, err := readLimited(fsys, info+"/entry_points.txt")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		errs = append(errs, err)
	}
	file, err := parseINI(points, "=")
	if err != nil {
		errs = append(errs, fmt.Errorf("%s/entry_points.txt: %w", info, err))
	}
	if scripts := file["console_scripts"]; len(scripts) > 0 {
		p.Scripts = trimReferences(scripts)
	}
	src.check(p, "Name", "Version", "Requires-Python", "console_scripts")
	if err := errors.Join(append(src.errs, errs...)...); err != nil {
		return Project{}, err
	}
	return p, nil
}

// licenseFiles returns where the named files are in the wheel: in licenses/ since
// metadata 2.4, beside METADATA before.
func licenseFiles(fsys fs.FS, info string, names []string) []string {
	var files []string
	for _, name := range names {
		for _, file := range []string{path.Join(info, "licenses", name), path.Join(info, name), path.Join(info, path.Base(name))} {
			if i, err := fs.Stat(fsys, file); err == nil && !i.IsDir() && strings.HasPrefix(file, info+"/") {
				files = append(files, file)
				break
			}
		}
	}
	return sorted(files)
}

// readLimited returns the text of a file, with any bytes that are not UTF-8 replaced.
func readLimited(fsys fs.FS, name string) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", fmt.Errorf("read %q: %w", name, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, metadataLimit+1))
	if err != nil {
		return "", fmt.Errorf("read %q: %w", name, err)
	}
	if len(text) > metadataLimit {
		return "", fmt.Errorf("read %q: it is larger than %d MiB", name, metadataLimit>>20)
	}
	return strings.ToValidUTF8(string(text), "\ufffd"), nil
}
