package project

import (
	"io/fs"
	"os"
)

// Open opens a project's folder for reading. A link that leads out of it is an
// error when it is read: in a pull request it could name what only we can read.
// The folder stays open as long as the program runs.
func Open(dir string) (fs.FS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return root.FS(), nil
}
