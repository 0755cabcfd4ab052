// Command pinpack turns a repository with a Python application into .deb and
// .rpm packages of its tested virtualenv.
package main

import (
	"os"

	"github.com/pinpack/pinpack/internal/cli"
)

func main() {
	os.Exit(cli.Main(cli.Process{
		Args: os.Args[1:], Environ: os.Environ(), Stdout: os.Stdout, Stderr: os.Stderr,
	}))
}
