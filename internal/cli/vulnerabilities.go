package cli

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/index"
	"github.com/pinpack/pinpack/internal/pipeline"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/vulnerability"
)

// vulnerabilities opens the database of known ones; nil where nobody looks.
func (a *app) vulnerabilities(pl plan.Plan) (vulnerability.Source, error) {
	if pl.Vulnerabilities == nil {
		return nil, nil
	}
	transport, err := index.Transport(a.proc.Environ)
	if err != nil {
		return nil, err
	}
	return vulnerability.Open(pl.Vulnerabilities.Source, vulnerability.Options{
		Client: &http.Client{Transport: transport}, Now: time.Now, Dir: a.temp(),
	})
}

// vulnerable is the table of what is known against this build.
func vulnerable(r pipeline.Result) string {
	if len(r.Vulnerabilities) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n#### Known vulnerabilities\n\n| distribution | vulnerability | severity | fixed in | |\n| --- | --- | --- | --- | --- |\n")
	for _, f := range r.Vulnerabilities {
		ignored := ""
		if f.Ignored != nil {
			ignored = "ignored until " + f.Ignored.Until.Format(time.DateOnly) + ": " + code(f.Ignored.Reason)
		}
		fmt.Fprintf(&b, "| %s | %s %s | %s | %s | %s |\n", code(f.Distribution+" "+f.Version), code(f.ID), code(f.Summary), f.Severity, or(strings.Join(f.Fixed, ", "), "–"), ignored)
	}
	return b.String()
}
