package release

import (
	"errors"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/pinpack/pinpack/internal/publish/retry"
)

// outcome is what a failed call means for the next one.
type outcome int

const (
	final   outcome = iota // the same call fails again
	refused                // a limit: not carried out, and will be after a while
	unclear                // carried out or not, nobody knows
)

// judge says what an error means, and for how long GitHub wants to be left
// alone; 0 is for no word about it.
func judge(err error, now time.Time) (outcome, time.Duration) {
	var local *fs.PathError
	var accepted *github.AcceptedError
	r := response(err)
	switch {
	case errors.As(err, &local):
		return final, 0
	case errors.As(err, &accepted), r == nil: // nothing came back, or not all of it
		return unclear, 0
	case limited(err, r):
		return refused, limit(r, now)
	case r.StatusCode >= 500, r.StatusCode == http.StatusRequestTimeout:
		return unclear, retry.After(r.Header, now)
	}
	return final, 0
}

// limited tells whether the answer is about a rate limit. GitHub says so with
// 429 or 403; go-github knows two of the forms that the latter has.
func limited(err error, r *http.Response) bool {
	var primary *github.RateLimitError
	var secondary *github.AbuseRateLimitError
	return r.StatusCode == http.StatusTooManyRequests ||
		errors.As(err, &primary) || errors.As(err, &secondary) ||
		r.StatusCode == http.StatusForbidden && (r.Header.Get("Retry-After") != "" || says(err, "rate limit") || says(err, "abuse detection"))
}

// limit is how long a rate limit lasts.
//
// See https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
func limit(r *http.Response, now time.Time) time.Duration {
	if wait := retry.After(r.Header, now); wait > 0 {
		return wait
	}
	reset, err := strconv.ParseInt(r.Header.Get("X-RateLimit-Reset"), 10, 64)
	if r.Header.Get("X-RateLimit-Remaining") == "0" && err == nil {
		return max(time.Unix(reset, 0).Sub(now), 0) + time.Second
	}
	return time.Minute
}
