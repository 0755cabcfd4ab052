package publish

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/pinpack/pinpack/internal/artifact"
)

// Named is a target, and what people call it: its URL, without secrets.
type Named struct {
	Name string
	Target
}

// Chooser is a target that takes some files only.
type Chooser interface {
	Takes(a artifact.Artifact) bool
}

// Outcome is what became of the files at one target.
type Outcome struct {
	Target   string             `json:"target"`
	Receipts []artifact.Receipt `json:"receipts,omitempty"` // of what it holds
	Missing  []string           `json:"missing,omitempty"`  // names of the files that it may not hold
	Err      error              `json:"-"`                  // why; nil: it holds all that it takes
}

// All hands the files to every target, to all at the same time. One that fails
// keeps none of the others from it. The error is nil, or an *Incomplete with the
// same outcomes, which are in the order of the targets.
func All(ctx context.Context, targets []Named, list []artifact.Artifact) ([]Outcome, error) {
	all := make([]Outcome, len(targets))
	var group sync.WaitGroup
	for i, t := range targets {
		group.Go(func() {
			receipts, err := t.Publish(ctx, list)
			all[i] = Outcome{Target: t.Name, Receipts: receipts, Err: err}
			if err != nil {
				all[i].Missing = missing(t.Target, list, receipts)
			}
		})
	}
	group.Wait()
	for _, o := range all {
		if o.Err != nil {
			return all, &Incomplete{all}
		}
	}
	return all, nil
}

// missing lists the files that the target takes and gave no receipt for.
func missing(t Target, list []artifact.Artifact, receipts []artifact.Receipt) []string {
	there := map[string]bool{}
	for _, r := range receipts {
		there[r.Artifact] = true
	}
	chooser, chooses := t.(Chooser)
	var names []string
	for _, a := range list {
		if !there[a.Name] && (!chooses || chooser.Takes(a)) {
			names = append(names, a.Name)
		}
	}
	return names
}

// Incomplete is the error when some target did not get everything. Publishing
// again completes it.
type Incomplete struct{ Outcomes []Outcome }

// Error says why, for each target that failed, then what each target has and has
// not.
func (e *Incomplete) Error() string {
	var b strings.Builder
	for _, o := range e.Outcomes {
		if o.Err == nil {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		if len(e.Outcomes) > 1 {
			b.WriteString(o.Target + ": ")
		}
		b.WriteString(o.Err.Error())
	}
	for _, o := range e.Outcomes {
		b.WriteString("\n" + o.String())
	}
	return b.String()
}

// Unwrap gives the errors of the targets.
func (e *Incomplete) Unwrap() []error {
	var errs []error
	for _, o := range e.Outcomes {
		if o.Err != nil {
			errs = append(errs, o.Err)
		}
	}
	return errs
}

// String says in one line what the target has and has not.
func (o Outcome) String() string {
	var have []string
	for _, r := range o.Receipts {
		have = append(have, r.Artifact)
	}
	switch {
	case o.Err == nil:
		return fmt.Sprintf("%s has everything", o.Target)
	case len(o.Missing) == 0 && len(have) == 0:
		return fmt.Sprintf("%s has nothing of these", o.Target)
	case len(o.Missing) == 0:
		return fmt.Sprintf("%s has %s, but did not finish", o.Target, strings.Join(have, ", "))
	case len(have) == 0:
		return fmt.Sprintf("%s lacks %s", o.Target, strings.Join(o.Missing, ", "))
	}
	return fmt.Sprintf("%s has %s, lacks %s", o.Target, strings.Join(have, ", "), strings.Join(o.Missing, ", "))
}

// Check asks every target that can tell whether it will take what it is sent, all
// at the same time. What is wrong with any of them is joined in the error.
func Check(ctx context.Context, list []Named) error {
	errs := make([]error, len(list))
	var group sync.WaitGroup
	for i, t := range list {
		if c, ok := t.Target.(Checker); ok {
			group.Go(func() {
				if err := c.Check(ctx); err != nil {
					errs[i] = fmt.Errorf("publish to %q: %w", t.Name, err)
				}
			})
		}
	}
	group.Wait()
	return errors.Join(errs...)
}
