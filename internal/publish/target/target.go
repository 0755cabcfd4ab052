// Package target has what every kind of target is opened with.
package target

import (
	"net/http"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/secret"
	"github.com/pinpack/pinpack/internal/signature"
)

// Setup is what a target may know besides its own URL.
type Setup struct {
	// WorkDir is what relative paths are relative to.
	WorkDir string
	// Getenv looks a variable up: credentials are in those that the service's
	// own tools read.
	Getenv func(name string) string
	// Client reaches servers through the user's proxies, trusting the user's
	// authorities. It follows redirects and has no time limit.
	Client *http.Client
	// Time is that of the files of the packages; metadata that needs a time bears it.
	Time time.Time
	// Now is the clock: for expiry, and for pauses between attempts.
	Now func() time.Time
	// Key signs what the target signs; nil: nothing is signed.
	Key *signature.Key
	// Overwrite replaces published files of the same name and another content.
	Overwrite bool
	// Say tells of progress, in one line.
	Say func(line string)
	// Progress is told how much of a file has been sent, in bytes.
	Progress func(name string, done, total int64)
	// Mask keeps a secret out of everything that is told from now on.
	Mask func(secret string)
}

// Name is a target's URL as people may read it: without user, password, and what
// its query has that is secret.
func Name(url string) string {
	var mask secret.Mask
	for _, s := range secret.FromURL("", url) {
		mask.Add(s.Value)
	}
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	end := strings.IndexAny(rest+"/", "/?#")
	return scheme + "://" + rest[:end][strings.LastIndexByte(rest[:end], '@')+1:] + mask.Hide(rest[end:])
}
