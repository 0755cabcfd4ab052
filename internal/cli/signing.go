package cli

import (
	"os"
	"path/filepath"

	"github.com/pinpack/pinpack/internal/config"
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
