package oci

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	helpers "github.com/docker/cli/cli/config/credentials"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/pinpack/pinpack/internal/publish/target"
)

// credentials are what a registry gets to know us by, and where we have them from.
type credentials struct {
	auth authn.Authenticator
	from string // in words; "" without any
}

// findCredentials looks where the tools of the field look, in this order: our own
// variables (for the registry that is published to, never for others); GitLab's
// DOCKER_AUTH_CONFIG; the files of docker, podman and skopeo; for ghcr.io the
// token that GitHub gives. Secrets are masked before anything else sees them.
func findCredentials(s target.Setup, repo name.Repository, own bool) (credentials, error) {
	user, password := s.Getenv("REGISTRY_USERNAME"), s.Getenv("REGISTRY_PASSWORD")
	switch {
	case !own:
	case user != "" && password != "":
		return basic(s, user, password, "REGISTRY_USERNAME and REGISTRY_PASSWORD"), nil
	case user != "" || password != "":
		return credentials{}, errors.New("one of REGISTRY_USERNAME and REGISTRY_PASSWORD is not set: want both, or none of them")
	}
	for _, source := range configs(s) {
		c, err := source.find(s, repo)
		if err != nil || c.from != "" {
			return c, err
		}
	}
	if token := s.Getenv("GITHUB_TOKEN"); token != "" && repo.RegistryStr() == "ghcr.io" {
		actor := s.Getenv("GITHUB_ACTOR")
		if actor == "" {
			actor = "token" // ghcr.io takes any name with a token
		}
		return basic(s, actor, token, "the GitHub token"), nil
	}
	return credentials{auth: authn.Anonymous}, nil
}

func basic(s target.Setup, user, password, from string) credentials {
	mask(s, user, password)
	return credentials{authn.FromConfig(authn.AuthConfig{Username: user, Password: password}), from}
}

// mask hides a password, also as it goes in a header.
func mask(s target.Setup, user, password string) {
	if s.Mask == nil || password == "" {
		return
	}
	s.Mask(password)
	if user != "" {
		s.Mask(encodeAuth(user, password))
	}
}

// source is a configuration as docker writes it.
type source struct {
	from string
	text string // "": it is in the file
	file string
}

// configs lists the configurations that may be there.
func configs(s target.Setup) []source {
	var list []source
	if text := s.Getenv("DOCKER_AUTH_CONFIG"); text != "" {
		list = append(list, source{from: "DOCKER_AUTH_CONFIG", text: text})
	}
	add := func(dir, name string) {
		if dir != "" {
			file := filepath.Join(dir, name)
			list = append(list, source{from: file, file: file})
		}
	}
	add(s.Getenv("REGISTRY_AUTH_FILE"), "")
	if dir := s.Getenv("DOCKER_CONFIG"); dir != "" {
		add(dir, "config.json")
	} else {
		add(s.Getenv("HOME"), ".docker/config.json")
	}
	add(s.Getenv("XDG_RUNTIME_DIR"), "containers/auth.json")
	if dir := s.Getenv("XDG_CONFIG_HOME"); dir != "" {
		add(dir, "containers/auth.json")
	} else {
		add(s.Getenv("HOME"), ".config/containers/auth.json")
	}
	return list
}

// find looks a repository up: by its whole name and the names above it, as podman
// does, then by its registry.
func (o source) find(s target.Setup, repo name.Repository) (credentials, error) {
	text := o.text
	if o.file != "" {
		data, err := os.ReadFile(o.file)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return credentials{}, nil // nobody said that it is for us
		} else if err != nil {
			return credentials{}, fmt.Errorf("read registry credentials: %w", err)
		}
		text = string(data)
	}
	file, err := config.LoadFromReader(strings.NewReader(text))
	if err != nil {
		// Its text may be in the error.
		return credentials{}, fmt.Errorf("read registry credentials from %s: want JSON as docker login writes it", o.from)
	}
	for _, key := range credentialKeys(repo) {
		found, err := lookUp(file, key)
		if err != nil {
			return credentials{}, fmt.Errorf("read registry credentials from %s: %w", o.from, err)
		}
		found.ServerAddress = ""
		if found == (types.AuthConfig{}) {
			continue
		}
		for _, secret := range []string{found.IdentityToken, found.RegistryToken, found.Auth} {
			mask(s, "", secret)
		}
		mask(s, found.Username, found.Password)
		return credentials{authn.FromConfig(authn.AuthConfig{
			Username: found.Username, Password: found.Password, Auth: found.Auth,
			IdentityToken: found.IdentityToken, RegistryToken: found.RegistryToken,
		}), o.from}, nil
	}
	return credentials{}, nil
}

// lookUp asks the file, or the helper that it names. The file's own GetAuthConfig also
// looks into the environment of this process, and prints what it does not like.
func lookUp(file *configfile.ConfigFile, key string) (types.AuthConfig, error) {
	helper := file.CredentialHelpers[key]
	if helper == "" {
		helper = file.CredentialsStore
	}
	if helper != "" {
		return helpers.NewNativeStore(file, helper).Get(key)
	}
	return helpers.NewFileStore(file).Get(key)
}

func credentialKeys(repo name.Repository) []string {
	var list []string
	for at := repo.Name(); strings.Contains(at, "/"); at = at[:strings.LastIndex(at, "/")] {
		list = append(list, at)
	}
	registry := repo.RegistryStr()
	if registry == name.DefaultRegistry {
		return append(list, "docker.io", authn.DefaultAuthKey)
	}
	return append(list, registry)
}
