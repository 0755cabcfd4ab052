package s3

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/minio/minio-go/v7"

	"github.com/pinpack/pinpack/internal/publish/retry"
)

// local is an error of this machine's, which no further attempt changes.
type local struct{ error }

func (l local) Unwrap() error { return l.error }

// wants say what would be right, by S3's own codes.
var wants = map[string]string{
	"AccessDenied":                 "credentials that may list the bucket and get, put and delete objects below the prefix",
	"InvalidAccessKeyId":           "an access key that the service knows",
	"SignatureDoesNotMatch":        "the secret that belongs to the access key",
	"ExpiredToken":                 "credentials that have not expired",
	"NoSuchBucket":                 "the name of a bucket that is there",
	"PermanentRedirect":            "the bucket's region: region=REGION in the target's URL, or AWS_REGION",
	"AuthorizationHeaderMalformed": "the bucket's region: region=REGION in the target's URL, or AWS_REGION",
	"RequestTimeTooSkewed":         "this machine's clock to be right",
}

// explain says what failed and what would be right. What another attempt may not
// meet is a retry.Again.
func explain(what string, err error) error {
	r := minio.ToErrorResponse(err)
	var mine local
	var untrusted *tls.CertificateVerificationError
	var u *url.Error
	var name *net.DNSError
	switch {
	case errors.As(err, &mine):
		return fmt.Errorf("%s: %w", what, mine.error)
	case r.StatusCode == http.StatusPreconditionFailed || r.Code == "PreconditionFailed" || r.StatusCode == http.StatusConflict:
		return errTaken{fmt.Errorf("%s: %s", what, r.Code)}
	case errors.As(err, &untrusted), errors.As(err, &name) && name.IsNotFound:
		return fmt.Errorf("%s: %w", what, err)
	case errors.As(err, &u):
		return retry.Again{Err: fmt.Errorf("%s: %w", what, u.Err)} // the text of u has a signed URL
	case r.StatusCode == 0:
		return retry.Again{Err: fmt.Errorf("%s: %w", what, err)}
	case retry.Transient(r.StatusCode), r.Code == "SlowDown", r.Code == "RequestTimeout":
		return retry.Again{Err: fmt.Errorf("%s: %d %s: %s", what, r.StatusCode, r.Code, r.Message)}
	}
	text := fmt.Errorf("%s: %d %s: %s", what, r.StatusCode, r.Code, r.Message)
	if want := wants[r.Code]; want != "" {
		return fmt.Errorf("%w: want %s", text, want)
	}
	return text
}

// errTaken is that of a condition that is not met.
type errTaken struct{ error }

func taken(err error) bool {
	var t errTaken
	return errors.As(err, &t)
}
