package plan

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/pep440"
	"github.com/pinpack/pinpack/internal/verify"
)

// Verify is how the finished packages are verified before they are published.
type Verify struct {
	Engine      string          `json:"engine"`
	On          []verify.Target `json:"on"`
	Previous    []string        `json:"-"`                      // absolute paths, and URLs, which may hold passwords
	Shown       []string        `json:"previous,omitempty"`     // the same without passwords
	LastRelease bool            `json:"last_release,omitempty"` // upgrade from its packages, too
	Smoke       []string        `json:"smoke,omitempty"`
	Timeout     time.Duration   `json:"timeout"` // nanoseconds
}

// decideVerify decides on which systems the packages are verified, if they are.
func (pl *Plan) decideVerify(c config.Config, m Machine) error {
	if !c.Verify.Wanted {
		return nil
	}
	v := Verify{Engine: c.Verify.Engine, On: c.Verify.On, Smoke: c.Verify.Smoke, Timeout: c.Verify.Timeout}
	var errs []error
	for _, p := range c.Verify.Previous {
		if p == config.LastRelease {
			v.LastRelease = true
			if m.Event.Repository == "" {
				errs = append(errs, fmt.Errorf("verify-previous %q: this is no GitHub workflow: want a file or a URL", p))
			}
			continue
		}
		u, err := url.Parse(p)
		if err != nil || u.Scheme == "" {
			p = absolute(m.Dir, p)
			u = &url.URL{Path: p}
		}
		v.Previous, v.Shown = append(v.Previous, p), append(v.Shown, u.Redacted())
	}
	for _, t := range v.On {
		if !slices.Contains(c.Formats, t.Format) {
			errs = append(errs, fmt.Errorf("verify on %q: no .%s is built: want it in formats, or another system", t.Image, t.Format))
		}
	}
	if len(v.On) == 0 {
		for _, format := range c.Formats {
			v.On = append(v.On, verify.DefaultTarget(format, m.System.Release()))
		}
	}
	pl.Verify = &v
	return errors.Join(errs...)
}

// Follows tells whether the plan's version is newer than that of a tag, or it is
// not known that it is not.
func (pl Plan) Follows(tag string) bool {
	v, err := pep440.Parse(pl.Version)
	w, otherErr := pep440.Parse(versionOf(tag))
	return err != nil || otherErr != nil || v.Compare(w) > 0
}
