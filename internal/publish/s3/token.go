package s3

import (
	"fmt"
	"os"
	"strings"

	"github.com/minio/minio-go/v7/pkg/credentials"
)

// readToken reads the token of an identity provider, anew each time: it is
// replaced while we run.
func readToken(file string, mask func(string)) (*credentials.WebIdentityToken, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read AWS_WEB_IDENTITY_TOKEN_FILE: %w", err)
	}
	token := strings.TrimSpace(string(data))
	mask(token)
	return &credentials.WebIdentityToken{Token: token}, nil
}
