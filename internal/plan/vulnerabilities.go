package plan

import (
	"strings"

	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/vulnerability"
)

// Vulnerabilities says where known ones are looked for, and what is done then.
type Vulnerabilities struct {
	Source    string                 `json:"source"`              // URL, or absolute path
	Threshold vulnerability.Severity `json:"threshold,omitempty"` // "": none fails the build
	Ignore    []vulnerability.Ignore `json:"ignore,omitempty"`    //
}

func (pl *Plan) decideVulnerabilities(c config.Vulnerabilities, dir string) {
	if c.Audit == "off" || c.Audit == "" {
		return
	}
	v := Vulnerabilities{Source: c.Source}
	for _, i := range c.Ignore {
		v.Ignore = append(v.Ignore, vulnerability.Ignore(i))
	}
	if c.Audit != "report" {
		v.Threshold = vulnerability.Severity(c.Audit)
	}
	if !strings.HasPrefix(v.Source, "https://") && !strings.HasPrefix(v.Source, "http://") {
		v.Source = absolute(dir, v.Source)
	}
	pl.Vulnerabilities = &v
}
