package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/packagesign"
	"github.com/pinpack/pinpack/internal/secret"
	"github.com/pinpack/pinpack/internal/signature"
)

// variables are those of the environment that inputs may be in, where an
// argument would show a secret to everybody.
var variables = map[string]string{
	"PINPACK_SIGNING_KEY":        config.SigningKey,
	"PINPACK_SIGNING_PASSPHRASE": config.SigningPassphrase,
}

// fromVariables are the inputs that are in variables of their own.
func (a *app) fromVariables() []config.Source {
	var list []config.Source
	for variable, input := range variables {
		if v := a.getenv(variable); v != "" {
			list = append(list, config.Source{Where: "variable " + variable + " (input %s)", Values: map[string][]string{input: {v}}})
		}
	}
	return list
}

// readKey makes the text of a key of what the user gave, which may be a path, and
// keeps it secret.
func (a *app) readKey(s *config.Signing, dir string) error {
	a.keep(secret.New("the input "+config.SigningPassphrase, s.Passphrase))
	if s.Key == "" {
		return nil
	}
	read := func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		return os.ReadFile(name)
	}
	text, file, err := signature.Text(s.Key, read)
	if err != nil {
		if file == "" {
			a.keepKey(s.Key)
		}
		s.Key = "" // told here, and nothing more to tell
		return err
	}
	if file != "" && !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	s.Key, s.File = text, file
	a.keepKey(text)
	return nil
}

func (a *app) keepKey(text string) {
	for _, piece := range signature.Hidden(text) {
		a.keep(secret.New("the input "+config.SigningKey, piece))
	}
}

// openKey opens the signing key for a command that has no plan; nil if there is
// none. Its signatures bear the given time.
func (a *app) openKey(s config.Signing, dir string, at time.Time) (*signature.Key, error) {
	if err := a.readKey(&s, dir); err != nil || s.Key == "" {
		return nil, err
	}
	return signature.Open(s.Key, s.Passphrase, at, time.Now())
}

// signCommand signs packages that are there already.
func (a *app) signCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sign FILE...",
		Short: "Sign finished packages in place, and write a signature beside any other file",
		Long: "Sign finished packages in place, as build does with a signing key; a signature that\n" +
			"a package has is replaced. Any other file gets an armoured signature beside it,\n" +
			"FILE.asc, as SHA256SUMS does.",
		Args: cobra.MinimumNArgs(1),
	}
	read := a.inputs(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		a.speak()
		list, fileErr := releasedFiles(args)
		c, err := config.Read(append(read(nil), a.fromVariables()...)...)
		at, timeErr := a.timeOf(time.Time{})
		dir, dirErr := os.Getwd()
		key, keyErr := a.openKey(c.Signing, dir, at)
		if key == nil && err == nil && keyErr == nil {
			keyErr = errors.New("sign: no key: want the input signing-key, or the variable PINPACK_SIGNING_KEY")
		}
		if err := errors.Join(err, fileErr, timeErr, dirErr, keyErr); err != nil {
			return usageError{err}
		}
		for _, f := range list {
			if f.Format == "deb" && c.Signing.Deb == packagesign.None {
				a.host.Info(fmt.Sprintf("%s is left as it is: deb-signature is none", f.Name))
				continue
			}
			if err := sign(f, c.Signing.Deb, key); err != nil {
				return err
			}
			a.host.Info(fmt.Sprintf("signed %s with %s", f.Name, key.ID()))
		}
		return nil
	}
	return cmd
}

func sign(f artifact.Artifact, method string, key *signature.Key) error {
	if f.IsPackage() {
		path, err := filepath.EvalSymlinks(f.Path) // the file, not the link, is what gets the signature
		if err != nil {
			return err
		}
		f.Path = path
		return packagesign.File(f.Path, f.Format, method, key)
	}
	in, err := os.Open(f.Path)
	if err != nil {
		return err
	}
	defer in.Close()
	sig, err := key.DetachArmored(in)
	if err != nil {
		return fmt.Errorf("sign %q: %w", f.Path, err)
	}
	return os.WriteFile(f.Path+".asc", sig, 0o644)
}
