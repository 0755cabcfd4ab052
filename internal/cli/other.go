package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/publish"
	"github.com/pinpack/pinpack/internal/venv"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print pinpack's own version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "pinpack "+version())
			return err
		},
	}
}

// released is set by the linker for released binaries.
var released = ""

func version() string {
	if released != "" {
		return released
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print the JSON schema of [tool.pinpack]", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := config.Schema()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), string(text))
			return err
		},
	}
}

// fetchCommand is for the image's Dockerfile.
func (a *app) fetchCommand() *cobra.Command {
	return &cobra.Command{
		Use: "fetch-uv DIR", Short: "Put the pinned uv into DIR", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return venv.FetchUV(cmd.Context(), a.proc.Environ, args[0])
		},
	}
}

// generateCommand writes the generated parts of the repository's documents; a
// test compares them.
func generateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "generate DIR", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			for name, text := range config.Documents() {
				if err := splice(args[0], name, "", text); err != nil {
					return err
				}
			}
			return splice(args[0], "README.md", "targets", publish.Markdown())
		},
	}
}

// splice writes the generated text into a section of a document of the repository.
func splice(dir, name, section, text string) error {
	file := filepath.Join(dir, name)
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	document, err := config.SpliceSection(string(old), section, text)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return os.WriteFile(file, []byte(document), 0o644)
}
