package registry

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/pinpack/pinpack/internal/publish/retry"
)

// longestWork is for how long a service may work on what it was given.
const longestWork = 15 * time.Minute

// await asks until the work at the service is done.
func (c *client) await(ctx context.Context, what string, done func(context.Context) (bool, error)) error {
	sleep := c.retry.Sleep
	if sleep == nil {
		sleep = retry.Sleep
	}
	var waited time.Duration
	for pause := 250 * time.Millisecond; ; pause = min(pause*2, 5*time.Second) {
		ok, err := done(ctx)
		if err != nil || ok {
			return err
		}
		if waited += pause; waited > longestWork {
			return fmt.Errorf("%s: the service is not done after %s: want this run again later", what, longestWork)
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// get asks for JSON.
func (c *client) get(ctx context.Context, link string, into any) error {
	_, err := c.do(ctx, request{method: http.MethodGet, url: link, ok: []int{http.StatusOK}, into: into})
	return err
}
