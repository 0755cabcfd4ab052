package testkit

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"
)

// NeedNetwork skips the test where PyPI cannot be reached. Under CI=true it fails.
func NeedNetwork(t testing.TB) {
	t.Helper()
	if err := pypi(); err != nil {
		skip(t, "needs the network: %v", err)
	}
}

var pypi = sync.OnceValue(func() error { return reach("https://pypi.org/simple/") })

// reach asks for the page's header only: PyPI's list of projects is long.
func reach(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("reach %q: %s", url, response.Status)
	}
	return nil
}
