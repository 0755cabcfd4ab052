package whole

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pinpack/pinpack/internal/cli"
)

// TestMain makes the test itself the program, under the name pinpack.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pinpack": func() {
		os.Exit(cli.Main(cli.Process{Args: os.Args[1:], Environ: os.Environ(), Stdout: os.Stdout, Stderr: os.Stderr}))
	}})
}
