package workflow

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/publish/retry"
)

// attempts is how often a request is made before it is given up.
const attempts = 5

// failure is a request that did not get what it asked for.
type failure struct {
	status int           // of the answer; 0: there was none
	code   string        // the service's word for it, such as "already_exists"
	text   string        // for people, without secrets
	again  bool          // another attempt may pass
	after  time.Duration // no sooner than this
	cause  error         // what errors.Is finds
}

func (f *failure) Error() string {
	parts := []string{}
	if f.status != 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%d %s", f.status, http.StatusText(f.status))))
	}
	for _, p := range []string{f.code, f.text} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ": ")
}

func (f *failure) Unwrap() error { return f.cause }

// advice says what would be right.
func (f *failure) advice() string {
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.Is(f.cause, ErrQuota):
		return "want older artifacts deleted, fewer days of retention, or a higher budget; GitHub counts anew every 6 to 12 hours (https://docs.github.com/billing/managing-billing-for-github-actions)"
	case errors.As(f.cause, &untrusted):
		return "want a certificate that this system trusts: a proxy's authority has to be in its store"
	case f.status == 0:
		return "want the service in reach; where the runner is self-hosted, its firewall has to let through *.actions.githubusercontent.com and *.blob.core.windows.net, port 443"
	case f.status == http.StatusUnauthorized || f.status == http.StatusForbidden:
		return "want the token and the URL that belong to the running job: they end with it"
	case f.again:
		return "want the job run again when the service is well (https://www.githubstatus.com)"
	case f.status == http.StatusOK:
		return "want the job run again, and another artifact name if it stays so"
	}
	return "want a server that speaks artifacts v4, such as github.com"
}

// retry makes an attempt until one succeeds, fails for good, or was the last.
// Each may take as long as t.stall. When ctx ends it returns at once.
func (t *Target) retry(ctx context.Context, what string, attempt func(ctx context.Context, n int) error) error {
	for n := 0; ; n++ {
		err := t.once(ctx, n, attempt)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w", what, context.Cause(ctx))
		}
		var f *failure
		if !errors.As(err, &f) {
			return fmt.Errorf("%s: %w", what, err)
		}
		if !f.again {
			return fmt.Errorf("%s: %w: %s", what, err, f.advice())
		}
		if n+1 == attempts {
			return fmt.Errorf("%s: %d attempts, at last %w: %s", what, attempts, err, f.advice())
		}
		if err := t.pause(ctx, n, f.after, "%s: %v", what, err); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
}

func (t *Target) once(ctx context.Context, n int, attempt func(ctx context.Context, n int) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, t.stall, fmt.Errorf("no answer within %s", t.stall))
	defer cancel()
	return attempt(ctx, n)
}

// pause says what is the matter and sleeps before the attempt after n.
func (t *Target) pause(ctx context.Context, n int, least time.Duration, format string, args ...any) error {
	d := max(wait(n, rand.Float64()), least)
	t.say("%s; attempt %d of %d in %s", fmt.Sprintf(format, args...), n+2, attempts, d.Round(100*time.Millisecond))
	if err := t.Sleep(ctx, d); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
	return nil
}

// wait is the time after attempt n, counted from 0: three seconds, then at random
// between 3·1.5ⁿ and 3·1.5ⁿ⁺¹, as the toolkit has it.
func wait(n int, random float64) time.Duration {
	const first = 3 * time.Second
	if n == 0 {
		return first
	}
	least := float64(first) * math.Pow(1.5, float64(n))
	return time.Duration(least + random*least/2)
}

// after is what an answer asks to wait, within reason.
func (t *Target) after(resp *http.Response) time.Duration {
	return min(retry.After(resp.Header, t.Now()), 5*time.Minute)
}

// say tells people something, without secrets.
func (t *Target) say(format string, args ...any) {
	t.Say(t.scrub(fmt.Sprintf(format, args...)))
}

// keep makes a secret known, to us and to the log.
func (t *Target) keep(secret string) {
	if secret != "" {
		t.Mask(secret)
		t.secrets = append(t.secrets, secret)
	}
}

func (t *Target) scrub(text string) string {
	for _, s := range t.secrets {
		text = strings.ReplaceAll(text, s, "***")
	}
	return text
}
