package attest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// GitHub is where attestations are kept.
type GitHub struct {
	Server     string // https://github.com
	API        string // https://api.github.com
	Repository string // owner/name
	Token      string
}

// Upload gives a bundle to the repository and returns the attestation's page.
// See https://docs.github.com/rest/repos/attestations.
func (c Client) Upload(ctx context.Context, g GitHub, bundle []byte) (string, error) {
	body, err := json.Marshal(map[string]json.RawMessage{"bundle": bundle})
	if err != nil {
		return "", fmt.Errorf("upload attestation: %w", err)
	}
	at := strings.TrimSuffix(g.API, "/") + "/repos/" + g.Repository + "/attestations"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("upload attestation: %w", err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + g.Token, "Accept": "application/vnd.github+json",
		"X-GitHub-Api-Version": "2022-11-28", "Content-Type": "application/json", "User-Agent": "pinpack",
	} {
		request.Header.Set(name, value)
	}
	answer, err := c.in(ctx).Do(request)
	if err != nil {
		return "", fmt.Errorf("upload attestation to %s: %w", g.Repository, bare(err))
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", fmt.Errorf("upload attestation to %s: %w", g.Repository, err)
	}
	if answer.StatusCode != http.StatusCreated {
		said := fmt.Sprintf("upload attestation to %s: GitHub answers %s%s", g.Repository, answer.Status, message(text))
		if why := reason(answer.StatusCode); why != nil {
			return "", fmt.Errorf("%s: %w", said, why)
		}
		return "", errors.New(said)
	}
	var made struct{ ID json.Number }
	if err := json.Unmarshal(text, &made); err != nil || made.ID == "" {
		return "", fmt.Errorf("upload attestation to %s: GitHub's answer has no id", g.Repository)
	}
	return strings.TrimSuffix(g.Server, "/") + "/" + g.Repository + "/attestations/" + made.ID.String(), nil
}

// message is what GitHub says of an error.
func message(text []byte) string {
	var m struct{ Message string }
	if err := json.Unmarshal(text, &m); err == nil && m.Message != "" {
		return said([]byte(m.Message))
	}
	return said(text)
}

// reason says what a refusal most likely means; nil where nothing more is known.
func reason(status int) error {
	switch status {
	case http.StatusUnauthorized:
		return errors.New("want a valid token in GITHUB_TOKEN")
	case http.StatusForbidden:
		return permission("attestations: write")
	case http.StatusNotFound:
		return fmt.Errorf("the token does not see the repository, or it can have no attestations (a private one takes Enterprise Cloud): %w", permission("attestations: write"))
	case http.StatusUnprocessableEntity:
		return errors.New("GitHub does not accept what is in the bundle")
	}
	return nil
}
