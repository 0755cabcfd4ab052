package attest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Audiences of tokens: Fulcio's, and one that no server accepts, for a token whose
// claims are read.
const (
	audienceFulcio = "sigstore"
	audienceNobody = "nobody"
)

// ErrNoToken is that the job may not have ID tokens.
var ErrNoToken = errors.New("the job cannot have an ID token: ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set: want a job of GitHub Actions with the permission id-token: write")

// Runner is where a job gets its ID tokens. Both are the runner's variables
// ACTIONS_ID_TOKEN_REQUEST_….
type Runner struct {
	URL, Token string
}

// Open checks what the variables say.
func (r Runner) Open() error {
	if r.URL == "" || r.Token == "" {
		return ErrNoToken
	}
	return CheckURL("variable ACTIONS_ID_TOKEN_REQUEST_URL", r.URL)
}

// idToken gets a token for an audience.
func (c Client) idToken(ctx context.Context, r Runner, audience string) (string, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return "", err
	}
	query := u.Query()
	query.Set("audience", audience)
	u.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+r.Token)
	request.Header.Set("Accept", "application/json")
	answer, err := c.in(ctx).Do(request)
	if err != nil {
		return "", fmt.Errorf("get ID token: %w", bare(err))
	}
	defer answer.Body.Close()
	var body struct{ Value string }
	switch err = json.NewDecoder(answer.Body).Decode(&body); {
	case answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden:
		return "", fmt.Errorf("get ID token: the runner answers %s: %w", answer.Status, permission("id-token: write"))
	case answer.StatusCode != http.StatusOK:
		return "", fmt.Errorf("get ID token: the runner answers %s", answer.Status)
	case err != nil || strings.Count(body.Value, ".") != 2:
		return "", errors.New("get ID token: the runner answers with something else than a token")
	}
	c.Mask(body.Value)
	return body.Value, nil
}

// Claims gets a token that is good for nothing else and reads its claims, having
// checked its signature against the keys that issuer publishes, its issuer, audience
// and life. An issuer may be one of an enterprise's own, below that of all
// (https://ISSUER/ENTERPRISE).
func (c Client) Claims(ctx context.Context, r Runner, issuer string) (Claims, error) {
	token, err := c.idToken(ctx, r, audienceNobody)
	if err != nil {
		return Claims{}, err
	}
	ctx = oidc.ClientContext(ctx, c.in(ctx))
	provider, err := oidc.NewProvider(ctx, issuer)
	if ctx.Err() != nil {
		return Claims{}, context.Cause(ctx)
	}
	if err != nil {
		return Claims{}, fmt.Errorf("read the keys of %s: %w", issuer, bare(err))
	}
	verifier := provider.VerifierContext(ctx, &oidc.Config{ClientID: audienceNobody, SkipIssuerCheck: true, Now: c.Retry.Now})
	checked, err := verifier.Verify(ctx, token)
	if ctx.Err() != nil {
		return Claims{}, context.Cause(ctx)
	}
	if err != nil {
		return Claims{}, fmt.Errorf("check the ID token: %w", bare(err))
	}
	var claims Claims
	if err := checked.Claims(&claims); err != nil {
		return Claims{}, fmt.Errorf("read the ID token: %w", err)
	}
	if claims.Issuer != issuer && !strings.HasPrefix(claims.Issuer, issuer+"/") {
		return Claims{}, fmt.Errorf("check the ID token: its issuer is %q: want %q", claims.Issuer, issuer)
	}
	return claims, nil
}

// bare is an error of a request without its URL, which may carry what is secret.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		host := ""
		if parsed, e := url.Parse(u.URL); e == nil {
			host = parsed.Host + ": "
		}
		return fmt.Errorf("%s%w", host, u.Err)
	}
	return err
}

// PermissionError is that the job's token lacks a permission.
type PermissionError struct{ Permission string }

func (e *PermissionError) Error() string { return "want the permission " + e.Permission }

func permission(p string) error { return &PermissionError{p} }
