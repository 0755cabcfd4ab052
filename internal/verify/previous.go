package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
)

// previous finds the earlier version of each format: a file, or one that is
// fetched into the directory. All that is wrong is reported.
func (o Options) previous(ctx context.Context, dir string) (map[string]string, error) {
	found := map[string]string{}
	var errs []error
	for _, source := range o.Previous {
		name, fetch := source, false
		u, err := url.Parse(source)
		if err == nil && (u.Scheme == "http" || u.Scheme == "https") {
			source, name, fetch = u.Redacted(), u.Path, true
		}
		format := formatOf(name)
		switch {
		case format == "":
			errs = append(errs, fmt.Errorf("previous version %q: want the name of a package", source))
		case found[format] != "":
			errs = append(errs, fmt.Errorf("previous version %q: a second .%s: want one", source, format))
		case fetch:
			found[format] = filepath.Join(dir, "previous-"+path.Base(name))
			errs = append(errs, download(ctx, u, found[format]))
		default:
			found[format] = source
			if _, err := os.Stat(source); err != nil {
				errs = append(errs, fmt.Errorf("previous version: %w", err))
			}
		}
	}
	return found, errors.Join(errs...)
}

func download(ctx context.Context, u *url.URL, to string) error {
	const limit = 8 << 30
	err := func() error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("status %s", response.Status)
		}
		file, err := os.Create(to)
		if err != nil {
			return err
		}
		size, err := io.Copy(file, io.LimitReader(response.Body, limit+1))
		if size > limit {
			err = errors.New("too large")
		}
		return errors.Join(err, file.Close())
	}()
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		err = failed.Err // it repeats the URL
	}
	if err != nil {
		return fmt.Errorf("fetch previous version %s: %w", u.Redacted(), err)
	}
	return nil
}
