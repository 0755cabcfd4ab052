package testkit

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

type indexFile struct {
	name           string // as it is downloaded
	project        string // normalised
	version        string
	digest         string
	requiresPython string
	body           []byte
}

// readIndexFile takes the project and version from the file's name, as installers do.
func readIndexFile(name string) (indexFile, error) {
	body, err := os.ReadFile(name)
	if err != nil {
		return indexFile{}, err
	}
	f := indexFile{name: filepath.Base(name), body: body, digest: fmt.Sprintf("%x", sha256.Sum256(body))}
	if stem, ok := strings.CutSuffix(f.name, ".tar.gz"); ok {
		i := strings.LastIndex(stem, "-")
		if i < 0 {
			return indexFile{}, fmt.Errorf("no version in name %q", f.name)
		}
		f.project, f.version = normalName(stem[:i]), stem[i+1:]
		return f, nil
	}
	stem, ok := strings.CutSuffix(f.name, ".whl")
	parts := strings.Split(stem, "-")
	if !ok || len(parts) != 5 && len(parts) != 6 {
		return indexFile{}, fmt.Errorf("unknown kind of file %q: want .whl or .tar.gz", f.name)
	}
	f.project, f.version = normalName(parts[0]), parts[1]
	f.requiresPython, err = requiresPython(body, parts[0]+"-"+parts[1]+".dist-info")
	return f, err
}

func requiresPython(wheel []byte, info string) (string, error) {
	z, err := zip.NewReader(bytes.NewReader(wheel), int64(len(wheel)))
	if err != nil {
		return "", err
	}
	file, err := z.Open(path.Join(info, "METADATA"))
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	for _, line := range lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "Requires-Python: "); ok {
			return value, err
		}
	}
	return "", err
}
