package release

import (
	"errors"
	"fmt"
	"net/http"
)

// ErrPermission is in every error about a token that is missing, expired, or
// may not do what it has to.
var ErrPermission = errors.New("the token may not write releases")

// permissions are the words that end an error about a token.
const permissions = "`token: ${{ github.token }}`, and in the workflow or its job\n\npermissions:\n  contents: write\n"

// explain says what would be right where GitHub's own words do not.
func explain(err error) error {
	switch {
	case status(err) == http.StatusUnauthorized:
		return fmt.Errorf("%w: GitHub does not accept it, so it is expired, revoked or mistyped (%w): want a fresh one, as %s", ErrPermission, err, permissions)
	case status(err) == http.StatusForbidden && says(err, "resource not accessible by"):
		return fmt.Errorf("%w (%w): want %s\nA pull request from a fork gets no such token; a personal access token needs the repository permission Contents: read and write.", ErrPermission, err, permissions)
	case status(err) == http.StatusForbidden && (says(err, "saml") || says(err, "ip allow list")):
		return fmt.Errorf("%w: the organisation keeps it out (%w)", ErrPermission, err)
	case says(err, "creations being restricted"), says(err, "pre_receive"):
		return fmt.Errorf("a rule of the repository forbids it (%w): want the rule to let this workflow through", err)
	case says(err, "used by an immutable release"):
		return fmt.Errorf("the tag belonged to an immutable release once, and GitHub lets no other have it (%w): want a new tag", err)
	}
	return err
}

// explainWrite is explain for calls that make or publish a release.
func explainWrite(err error) error {
	if status(err) == http.StatusNotFound {
		return fmt.Errorf("%w: GitHub answers 404 Not Found (%w): want %s\nIf the tag's commit changes .github/workflows, GitHub may want a token that may write workflows, which github.token never may.", ErrPermission, err, permissions)
	}
	return explain(err)
}
