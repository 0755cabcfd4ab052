package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/attest"
	"github.com/pinpack/pinpack/internal/ci"
	"github.com/pinpack/pinpack/internal/index"
	"github.com/pinpack/pinpack/internal/publish/files"
	"github.com/pinpack/pinpack/internal/publish/retry"
)

// bundleSuffix is that of attestations, as cosign and gh know them.
const bundleSuffix = ".sigstore.json"

// attestFlags are those of the attest command.
type attestFlags struct {
	bundle   string
	noUpload bool
	servers  attest.Endpoints
}

// attestation is what the command has made.
type attestation struct {
	Bundle   string           `json:"bundle"`        // file
	URL      string           `json:"url,omitempty"` // the page on GitHub
	Subjects []attest.Subject `json:"subjects"`
}

func (a *app) attestCommand() *cobra.Command {
	var f attestFlags
	cmd := &cobra.Command{
		Use:   "attest FILE...",
		Short: "Attest which workflow run made finished files, with Sigstore",
		Long: "Attest which workflow run made finished files: SLSA provenance, signed with Sigstore in\n" +
			"the name of the workflow, kept on GitHub, and written beside the files as a bundle\n" +
			"(FILE" + bundleSuffix + " of one file, attestation" + bundleSuffix + " of several). A FILE may be a glob,\n" +
			"or a directory such as dist. The job needs the permissions id-token: write and\n" +
			"attestations: write, and its token in GITHUB_TOKEN. Of a public repository, names and\n" +
			"hashes of the files become public in Sigstore's log.",
		Args: cobra.MinimumNArgs(1),
	}
	flags := cmd.Flags()
	flags.BoolVar(&a.json, "json", false, "print what was made as JSON")
	flags.BoolVar(&f.noUpload, "no-upload", false, "only write the bundle; GitHub does not get it")
	flags.StringVar(&f.bundle, "bundle", "", "file to write the bundle to")
	flags.StringVar(&f.servers.Fulcio, "fulcio-url", "", "Fulcio to have the certificate from. Default: Sigstore's for public repositories, else GitHub's")
	flags.StringVar(&f.servers.Rekor, "rekor-url", "", "transparency log, with --fulcio-url")
	flags.StringVar(&f.servers.Timestamps, "timestamp-url", "", "timestamp authority (RFC 3161), with --fulcio-url")
	flags.StringVar(&f.servers.Issuer, "issuer", "", "issuer of the job's ID tokens. Default: GitHub's")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a.speak()
		w, err := a.readyToAttest(f, args)
		if err != nil {
			return usageError{err}
		}
		return a.attest(cmd.Context(), w)
	}
	return cmd
}

// toAttest is what there is to do.
type toAttest struct {
	attestFlags
	made   attestation
	client attest.Client
	runner attest.Runner
	github attest.GitHub
}

// readyToAttest reads files, flags and environment.
func (a *app) readyToAttest(f attestFlags, args []string) (toAttest, error) {
	w := toAttest{attestFlags: f, runner: attest.Runner{URL: a.getenv("ACTIONS_ID_TOKEN_REQUEST_URL"), Token: a.getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")}}
	w.github.Token = a.getenv("GITHUB_TOKEN")
	a.host.Mask(w.runner.Token)
	a.host.Mask(w.github.Token)
	paths, findErr := files.Find(args)
	paths = slices.DeleteFunc(paths, func(p string) bool { // of an earlier run
		return strings.HasSuffix(p, bundleSuffix) && !slices.Contains(args, p)
	})
	var fileErr, bundleErr error
	w.made.Subjects, fileErr = subjectsOf(paths)
	if findErr == nil && len(paths) == 0 {
		findErr = fmt.Errorf("attest %q: no files but attestations", args)
	}
	if len(paths) > 0 {
		w.made.Bundle, bundleErr = bundleName(f.bundle, paths)
	}
	event, eventErr := ci.ReadEvent(a.getenv, os.ReadFile)
	w.github.Server, w.github.API = event.Server, event.API
	transport, transportErr := index.Transport(a.proc.Environ)
	w.client = attest.Client{Transport: transport, Retry: retry.Policy{Now: time.Now, Say: a.host.Info}, Mask: a.host.Mask}
	return w, errors.Join(findErr, fileErr, bundleErr, eventErr, transportErr, w.check(event))
}

// check tells of all that the flags and the environment lack.
func (w *toAttest) check(event ci.Event) error {
	errs := []error{w.runner.Open()}
	if errs[0] == nil && event.Server == "" {
		errs = append(errs, errors.New("GITHUB_SERVER_URL is not set: want a job of GitHub Actions"))
	}
	if w.github.Token == "" && !w.noUpload {
		errs = append(errs, errors.New("GITHUB_TOKEN is not set: want the job's token, or --no-upload"))
	}
	s := &w.servers
	for _, flag := range []struct{ name, value string }{
		{"--fulcio-url", s.Fulcio}, {"--rekor-url", s.Rekor}, {"--timestamp-url", s.Timestamps}, {"--issuer", s.Issuer},
	} {
		if flag.value != "" {
			errs = append(errs, attest.CheckURL("flag "+flag.name, flag.value))
		}
	}
	switch own := s.Fulcio != ""; {
	case own && s.Rekor == "" && s.Timestamps == "":
		errs = append(errs, errors.New("flag --fulcio-url: want --rekor-url or --timestamp-url with it, for the time of the signature"))
	case !own && (s.Rekor != "" || s.Timestamps != ""):
		errs = append(errs, errors.New("flags --rekor-url and --timestamp-url: want --fulcio-url with them"))
	case event.Server != "" && attest.IssuerOf(event.Server) == "" && (!own || s.Issuer == ""):
		errs = append(errs, fmt.Errorf("attest for %q: Enterprise Servers keep no attestations: want your own servers by --issuer, --fulcio-url and --timestamp-url, and --no-upload", event.Server))
	}
	s.Issuer = strings.TrimSuffix(s.Issuer, "/")
	if s.Issuer == "" {
		s.Issuer = attest.IssuerOf(event.Server)
	}
	return errors.Join(errs...)
}

// subjectsOf reads the files. One that is there twice is one subject.
func subjectsOf(paths []string) ([]attest.Subject, error) {
	var list []attest.Subject
	var errs []error
	for _, path := range paths {
		info, err := os.Stat(path)
		if err == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("attest %q: it is no regular file", path)
		}
		s := attest.Subject{Name: filepath.Base(path)}
		if err == nil {
			s.SHA256, _, err = artifact.Digest(path)
		}
		errs = append(errs, err)
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list, errors.Join(append(errs, attest.CheckSubjects(list))...)
}

// bundleName is where the bundle goes: beside the files, if nothing else is said.
func bundleName(name string, paths []string) (string, error) {
	switch {
	case name != "":
	case len(paths) == 1:
		name = paths[0] + bundleSuffix
	default:
		name = filepath.Join(filepath.Dir(paths[0]), "attestation"+bundleSuffix)
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return "", fmt.Errorf("write %q: it is no regular file", name)
	}
	if info, err := os.Stat(filepath.Dir(name)); err != nil || !info.IsDir() {
		return "", fmt.Errorf("write %q: its directory does not exist", name)
	}
	return name, nil
}

// attest signs, writes and uploads. What was written stays when the upload fails.
func (a *app) attest(ctx context.Context, w toAttest) error {
	claims, err := w.client.Claims(ctx, w.runner, w.servers.Issuer)
	if err != nil {
		return err
	}
	statement, err := attest.Statement(w.github.Server, claims, w.made.Subjects)
	if err != nil {
		return err
	}
	if w.servers.Fulcio == "" {
		issuer := w.servers.Issuer
		w.servers = attest.EndpointsFor(w.github.Server, claims.Visibility)
		w.servers.Issuer = issuer
	}
	if w.servers.Rekor != "" {
		a.host.Info("names and hashes of the files, and the workflow, go into the log of " + w.servers.Rekor)
	}
	bundle, err := w.client.Sign(ctx, w.runner, w.servers, statement)
	if err != nil {
		return err
	}
	if err := writeWhole(w.made.Bundle, append(bundle, '\n')); err != nil {
		return err
	}
	if !w.noUpload {
		w.github.Repository = claims.Repository
		if w.made.URL, err = w.client.Upload(ctx, w.github, bundle); err != nil {
			return fmt.Errorf("%w (the bundle is in %s)", err, w.made.Bundle)
		}
	}
	if a.json {
		return a.printJSON(w.made)
	}
	lines := "attested " + count(len(w.made.Subjects), "file") + " in " + w.made.Bundle
	if w.made.URL != "" {
		lines += "\nattestation is at " + w.made.URL
	}
	_, err = fmt.Fprintln(a.proc.Stdout, a.host.Hide(lines))
	return err
}

// writeWhole writes a file that is there whole or, as before, not at all.
func writeWhole(name string, text []byte) error {
	out, err := os.CreateTemp(filepath.Dir(name), ".pinpack-*")
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	err = errors.Join(err, out.Chmod(0o644), out.Sync(), out.Close())
	if err == nil {
		err = os.Rename(out.Name(), name)
	}
	if err != nil {
		err = errors.Join(fmt.Errorf("write %q: %w", name, err), os.Remove(out.Name()))
	}
	return err
}
