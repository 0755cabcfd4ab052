// Package joined works on errors that are several, as errors.Join makes them.
package joined

import (
	"errors"
	"fmt"
)

// At says of every one of several errors where it is. It is nil for nil.
func At(where string, err error) error {
	if err == nil {
		return nil
	}
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return fmt.Errorf("%s: %w", where, err)
	}
	var errs []error
	for _, e := range several.Unwrap() {
		errs = append(errs, At(where, e))
	}
	return errors.Join(errs...)
}
