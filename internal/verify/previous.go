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

// source is where an earlier version comes from.
type source struct {
	format string
	file   string   // a path on this machine, "" if it has to be fetched
	url    *url.URL // where from
}

// sources reads what was said of earlier versions. All that is wrong is reported.
func (o Options) sources() ([]source, error) {
	var list []source
	var errs []error
	seen := map[string]bool{}
	for _, given := range o.Previous {
		s, name := source{file: given}, given
		u, err := url.Parse(given)
		if err == nil && (u.Scheme == "http" || u.Scheme == "https") {
			s, given, name = source{url: u}, u.Redacted(), u.Path
		}
		s.format = formatOf(name)
		switch {
		case s.format == "":
			errs = append(errs, fmt.Errorf("previous version %q: want the name of a package", given))
		case seen[s.format]:
			errs = append(errs, fmt.Errorf("previous version %q: a second .%s: want one", given, s.format))
		case s.file != "":
			if _, err := os.Stat(s.file); err != nil {
				errs = append(errs, fmt.Errorf("previous version: %w", err))
			}
		}
		seen[s.format] = true
		list = append(list, s)
	}
	return list, errors.Join(errs...)
}

// previous finds the earlier version of each format, and fetches what is not on
// this machine into the directory. All that is wrong is reported.
func (o Options) previous(ctx context.Context, dir string) (map[string]string, error) {
	list, err := o.sources()
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	var errs []error
	for _, s := range list {
		if s.url != nil {
			s.file = filepath.Join(dir, "previous-"+path.Base(s.url.Path))
			errs = append(errs, download(ctx, s.url, s.file))
		}
		found[s.format] = s.file
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
