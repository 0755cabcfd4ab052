package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/venv"
	"github.com/pinpack/pinpack/internal/vulnerability"
)

// VulnerableError says that there are vulnerabilities of a severity to fail at.
type VulnerableError struct {
	Findings  []vulnerability.Finding
	Threshold vulnerability.Severity
}

func (e *VulnerableError) Error() string {
	lines := []string{fmt.Sprintf("%d known, of severity %s or above:", len(e.Findings), e.Threshold)}
	for _, f := range e.Findings {
		lines = append(lines, "  "+describe(f))
	}
	return strings.Join(lines, "\n")
}

// locked is what the lock pins: known before anything is fetched.
func locked(pl plan.Plan) (list []vulnerability.Distribution, all bool) {
	all = true
	for _, r := range pl.Lock.Requirements {
		if r.Version == "" {
			all = false
			continue
		}
		list = append(list, vulnerability.Distribution{Name: r.Name, Version: r.Version})
	}
	return list, all
}

// installed is what the virtualenv has and the lock did not tell.
func installed(pl plan.Plan, distributions []venv.Distribution) []vulnerability.Distribution {
	before, _ := locked(pl)
	var list []vulnerability.Distribution
	for _, d := range distributions {
		v := vulnerability.Distribution{Name: d.Name, Version: d.Version}
		if !slices.Contains(before, v) && slices.ContainsFunc(pl.Lock.Requirements, func(r lock.Requirement) bool { return r.Name == d.Name }) {
			list = append(list, v)
		}
	}
	return list
}

// vulnerable looks for known vulnerabilities, tells of them, and fails if one is
// bad enough.
func (p *Pipeline) vulnerable(ctx context.Context, r *Result, pl plan.Plan, list []vulnerability.Distribution) error {
	if pl.Vulnerabilities == nil || len(list) == 0 {
		return nil
	}
	_, err := stage(p, r, "vulnerabilities", func() (struct{}, error) {
		found, err := vulnerability.Find(ctx, p.Vulnerabilities, list)
		if err != nil {
			return struct{}{}, err
		}
		for _, note := range vulnerability.Apply(found, pl.Vulnerabilities.Ignore, p.Clock()) {
			p.Host.Warn(note)
		}
		r.Vulnerabilities = append(r.Vulnerabilities, found...)
		var bad []vulnerability.Finding
		for _, f := range found {
			if pl.Vulnerabilities.Threshold != "" && f.Fails(pl.Vulnerabilities.Threshold) {
				bad = append(bad, f)
				continue
			}
			p.Host.Info(describe(f))
		}
		p.Host.Info(fmt.Sprintf("%d known vulnerabilities of %d distributions", len(found), len(list)))
		if bad != nil {
			return struct{}{}, &VulnerableError{bad, pl.Vulnerabilities.Threshold}
		}
		return struct{}{}, nil
	})
	return err
}

// describe is a finding on one line.
func describe(f vulnerability.Finding) string {
	s := fmt.Sprintf("%s %s: %s (%s)", f.Distribution, f.Version, strings.Join(f.Names(), ", "), f.Severity)
	if f.Summary != "" {
		s += ": " + f.Summary
	}
	if f.Fixed != nil {
		s += "; fixed in " + strings.Join(f.Fixed, ", ")
	}
	if f.Ignored != nil {
		s += fmt.Sprintf("; ignored until %s: %s", f.Ignored.Until.Format("2006-01-02"), f.Ignored.Reason)
	}
	return s
}
