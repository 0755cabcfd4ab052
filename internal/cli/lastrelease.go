package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/release"
)

// lastRelease fetches the packages of the last GitHub Release, for this build's to
// be upgraded from, if that was asked for, as far as no other was given for their
// format. Where there is none that is older, it says so. remove must be called in
// any case.
func (a *app) lastRelease(ctx context.Context, d decision) (remove func() error, err error) {
	remove = func() error { return nil }
	v := d.plan.Verify
	if v == nil || !v.LastRelease {
		return remove, nil
	}
	dir, err := os.MkdirTemp(a.temp(), "pinpack-release-")
	if err != nil {
		return remove, fmt.Errorf("make directory for the last release: %w", err)
	}
	given := map[string]bool{}
	for _, name := range v.Previous {
		given[strings.TrimPrefix(filepath.Ext(name), ".")] = true
	}
	var errs []error
	for _, p := range d.plan.Packages {
		if given[p.Format] {
			continue
		}
		file, why, err := a.released(ctx, d, p.Format, dir)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("verify-previous: %w", err))
		case file == "":
			a.host.Notice("the ." + p.Format + " is not verified as an upgrade: " + why)
		default:
			v.Previous = append(v.Previous, file)
		}
	}
	return func() error { return os.RemoveAll(dir) }, errors.Join(errs...)
}

// released puts the last release's package of a format into a directory, or says
// why there is none.
func (a *app) released(ctx context.Context, d decision, format, dir string) (file, why string, err error) {
	f, err := artifact.FormatFor(format)
	if err != nil {
		return "", "", err
	}
	name := ""
	tag, content, err := release.Latest(ctx, release.Options{APIURL: d.event.API, Token: d.config.GitHub.Token, Repository: d.event.Repository, Now: time.Now}, func(asset string) bool {
		if isOurs(asset, d.plan.Name, f) {
			name = asset
		}
		return name == asset
	})
	if err != nil {
		return "", "", err
	}
	if content != nil {
		defer content.Close()
	}
	switch {
	case tag == "":
		return "", "there is no release yet", nil
	case content == nil:
		return "", "the release " + tag + " has none", nil
	case !d.plan.Follows(tag):
		return "", "the release " + tag + " is not older", nil
	}
	out, err := os.Create(filepath.Join(dir, filepath.Base(name)))
	if err != nil {
		return "", "", err
	}
	_, err = io.Copy(out, content)
	a.host.Info("upgrade from " + name + " of the release " + tag)
	return out.Name(), "", errors.Join(err, out.Close())
}

// isOurs tells a file of any version of a package, for this machine's
// architecture or for all, by its name.
func isOurs(file, name string, f artifact.Format) bool {
	between, before := "_", "_" // NAME_VERSION_ARCH.deb
	if f.Name == "rpm" {
		between, before = "-", "." // NAME-VERSION-RELEASE.ARCH.rpm
	}
	rest, ok := strings.CutPrefix(file, name+between)
	if !ok || rest == "" || rest[0] < '0' || rest[0] > '9' {
		return false
	}
	return strings.HasSuffix(rest, before+f.Arches["all"]+"."+f.Name) || strings.HasSuffix(rest, before+f.Arches[runtime.GOARCH]+"."+f.Name)
}
