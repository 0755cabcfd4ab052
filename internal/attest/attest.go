// Package attest says where finished files come from, in a form that others can
// check: an in-toto statement with SLSA provenance, signed with a key that lives
// for one signature and a certificate that says which workflow it was made in. It
// is the only importer of sigstore-go.
//
// Statement is pure. Claims, Sign and Upload speak to servers: the runner's and the
// issuer of its tokens, Sigstore's or GitHub's own instance of it, GitHub's API.
package attest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MaxSubjects is how many files one attestation may be about, on GitHub.
const MaxSubjects = 1024

// Types of what is signed.
const (
	payloadType   = "application/vnd.in-toto+json"
	statementType = "https://in-toto.io/Statement/v1"
	PredicateType = "https://slsa.dev/provenance/v1"
	buildType     = "https://actions.github.io/buildtypes/workflow/v1"
)

// Subject is a file that is attested.
type Subject struct {
	Name   string `json:"name"`   // the file's base name
	SHA256 string `json:"sha256"` // lower-case hexadecimal
}

// Claims are what the issuer of a workflow's token says of the run. See
// https://docs.github.com/actions/reference/openid-connect-reference.
type Claims struct {
	Issuer      string `json:"iss"`
	Repository  string `json:"repository"`            // owner/name
	Visibility  string `json:"repository_visibility"` // public, private, internal
	Ref         string `json:"ref"`
	Commit      string `json:"sha"`
	WorkflowRef string `json:"workflow_ref"`     // owner/name/.github/workflows/x.yml@ref
	JobRef      string `json:"job_workflow_ref"` // of the workflow that the job is in, which may be a reusable one
	Event       string `json:"event_name"`
	RepoID      string `json:"repository_id"`
	OwnerID     string `json:"repository_owner_id"`
	Runner      string `json:"runner_environment"` // github-hosted, self-hosted
	Run         string `json:"run_id"`
	Attempt     string `json:"run_attempt"`
}

// missing lists the claims that provenance cannot do without.
func (c Claims) missing() []string {
	var list []string
	for _, claim := range []struct{ name, value string }{
		{"event_name", c.Event}, {"job_workflow_ref", c.JobRef}, {"ref", c.Ref}, {"repository", c.Repository},
		{"repository_id", c.RepoID}, {"repository_owner_id", c.OwnerID}, {"run_attempt", c.Attempt}, {"run_id", c.Run},
		{"runner_environment", c.Runner}, {"sha", c.Commit}, {"workflow_ref", c.WorkflowRef},
	} {
		if claim.value == "" {
			list = append(list, claim.name)
		}
	}
	return list
}

type object = map[string]any

// Statement is the statement that is signed, as JSON: provenance of the subjects
// (https://slsa.dev/spec/v1.0/provenance, in-toto attestation framework v1), in the
// form that GitHub's own actions/attest gives it. server is such as
// https://github.com. The same subjects and claims give the same bytes.
func Statement(server string, c Claims, subjects []Subject) ([]byte, error) {
	list, err := describe(subjects)
	if err != nil {
		return nil, err
	}
	if missing := c.missing(); len(missing) > 0 {
		return nil, fmt.Errorf("describe the workflow: its token lacks the claim %s", strings.Join(missing, ", "))
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(c.WorkflowRef, c.Repository+"/"), "@")
	repository := server + "/" + c.Repository
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err = e.Encode(object{
		"_type": statementType, "subject": list, "predicateType": PredicateType,
		"predicate": object{
			"buildDefinition": object{
				"buildType":          buildType,
				"externalParameters": object{"workflow": object{"ref": c.Ref, "repository": repository, "path": path}},
				"internalParameters": object{"github": object{
					"event_name": c.Event, "repository_id": c.RepoID, "repository_owner_id": c.OwnerID, "runner_environment": c.Runner,
				}},
				"resolvedDependencies": []object{{
					"uri": "git+" + repository + "@" + c.Ref, "digest": object{"gitCommit": c.Commit},
				}},
			},
			"runDetails": object{
				"builder":  object{"id": server + "/" + c.JobRef},
				"metadata": object{"invocationId": repository + "/actions/runs/" + c.Run + "/attempts/" + c.Attempt},
			},
		},
	})
	return bytes.TrimSpace(b.Bytes()), err
}

// CheckSubjects tells what is wrong with subjects.
func CheckSubjects(subjects []Subject) error {
	_, err := describe(subjects)
	return err
}

// describe sorts subjects by name, each once.
func describe(subjects []Subject) ([]object, error) {
	subjects = slices.Clone(subjects)
	slices.SortFunc(subjects, func(a, b Subject) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.SHA256, b.SHA256))
	})
	subjects = slices.Compact(subjects)
	if len(subjects) == 0 {
		return nil, errors.New("attest: no files")
	}
	if len(subjects) > MaxSubjects {
		return nil, fmt.Errorf("attest %d files: want %d at most in one attestation", len(subjects), MaxSubjects)
	}
	var list []object
	var errs []error
	for i, s := range subjects {
		if i > 0 && subjects[i-1].Name == s.Name {
			errs = append(errs, fmt.Errorf("attest %q: two files of different content have this name: want one of them", s.Name))
		}
		list = append(list, object{"name": s.Name, "digest": object{"sha256": s.SHA256}})
	}
	return list, errors.Join(errs...)
}
