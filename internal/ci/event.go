package ci

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Event is what a workflow run is for, as the runner tells a step. See
// https://docs.github.com/actions/reference/variables-reference.
type Event struct {
	Name       string `json:"name"`                     // "push", "pull_request", …
	Repository string `json:"repository"`               // owner/name
	Tag        string `json:"tag,omitempty"`            // the tag that was pushed, or whose release was made
	Commit     string `json:"commit,omitempty"`         // of a pull request: its head, not the merge with its base
	Pull       int    `json:"pull,omitempty"`           // number of the pull request
	Server     string `json:"server,omitempty"`         // https://github.com, or an Enterprise Server
	API        string `json:"api,omitempty"`            // https://api.github.com
	Run        string `json:"run,omitempty"`            // the page of the run
	Retention  int    `json:"retention_days,omitempty"` // how long artifacts are kept at most; 0: not said
}

// ReadEvent reads the event from the runner's variables and its event file. An
// Event without a Name is none: we are no step of a workflow.
func ReadEvent(getenv func(string) string, read func(name string) ([]byte, error)) (Event, error) {
	e := Event{
		Name: getenv("GITHUB_EVENT_NAME"), Repository: getenv("GITHUB_REPOSITORY"), Commit: getenv("GITHUB_SHA"),
		Server: strings.TrimSuffix(getenv("GITHUB_SERVER_URL"), "/"), API: strings.TrimSuffix(getenv("GITHUB_API_URL"), "/"),
	}
	if e.Name == "" {
		return Event{}, nil
	}
	if getenv("GITHUB_REF_TYPE") == "tag" {
		e.Tag = getenv("GITHUB_REF_NAME")
	}
	if id := getenv("GITHUB_RUN_ID"); id != "" && e.Server != "" {
		e.Run = e.Server + "/" + e.Repository + "/actions/runs/" + id
	}
	e.Retention, _ = strconv.Atoi(getenv("GITHUB_RETENTION_DAYS"))
	file := getenv("GITHUB_EVENT_PATH")
	if !e.IsPull() || file == "" {
		return e, nil
	}
	text, err := read(file)
	if err != nil {
		return e, fmt.Errorf("read event: %w", err)
	}
	var payload struct {
		Number      int
		PullRequest struct {
			Head struct{ SHA string }
		} `json:"pull_request"`
	}
	if err := json.Unmarshal(text, &payload); err != nil {
		return e, fmt.Errorf("read event %q: %w", file, err)
	}
	e.Pull = payload.Number
	if head := payload.PullRequest.Head.SHA; head != "" {
		e.Commit = head
	}
	return e, nil
}

// IsPull tells whether the run is for a pull request.
func (e Event) IsPull() bool {
	return e.Name == "pull_request" || e.Name == "pull_request_target"
}
