package workflow

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// ids name the job to the results service: UUIDs on github.com, numbers elsewhere.
type ids struct {
	Run string `json:"workflow_run_backend_id"`
	Job string `json:"workflow_job_run_backend_id"`
}

// parseToken reads the ids from the runtime token, a JWT: its claim "scp" lists
// scopes, among them "Actions.Results:RUN:JOB". The signature is the server's
// affair. No error has the token in it.
func parseToken(token string) (ids, error) {
	const want = "want ACTIONS_RUNTIME_TOKEN as the runner gives it to the step"
	if token == "" {
		return ids{}, errors.New("no runtime token: " + want)
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ids{}, fmt.Errorf("runtime token has %d parts, a JWT has 3: %s", len(parts), want)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return ids{}, fmt.Errorf("read runtime token: %w: %s", err, want)
	}
	var claims struct {
		Scp string `json:"scp"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return ids{}, fmt.Errorf("read runtime token: %w: %s", err, want)
	}
	for scope := range strings.FieldsSeq(claims.Scp) {
		p := strings.Split(scope, ":")
		if p[0] == "Actions.Results" && len(p) == 3 && p[1] != "" && p[2] != "" {
			return ids{p[1], p[2]}, nil
		}
	}
	return ids{}, errors.New("runtime token may not write artifacts: want the scope Actions.Results:RUN:JOB, which servers with artifacts v4 give")
}

// origin is what the service's calls begin with: the path of ACTIONS_RESULTS_URL
// is not part of it.
func origin(resultsURL string) (string, error) {
	u, err := url.Parse(resultsURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("results URL %q: want ACTIONS_RESULTS_URL, an https URL", resultsURL)
	}
	return u.Scheme + "://" + u.Host, nil
}
