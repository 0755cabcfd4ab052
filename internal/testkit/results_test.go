package testkit

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestResults makes an artifact as a client should, and in each of the ways in
// which none should: the server refuses those, and says so to the test.
func TestResults(t *testing.T) {
	const ids = `"workflow_run_backend_id":"r","workflow_job_run_backend_id":"j"`
	type call struct{ method, body string }
	const hello = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	create := call{"CreateArtifact", `{` + ids + `,"name":"n","version":4}`}
	one, two := call{"block&blockid=MQ%3D%3D", "hel"}, call{"block&blockid=Mg%3D%3D", "lo"}
	list := call{"blocklist", `<?xml version="1.0"?><BlockList><Latest>MQ==</Latest><Latest>Mg==</Latest></BlockList>`}
	final := call{"FinalizeArtifact", `{` + ids + `,"name":"n","size":"5","hash":"` + hello + `"}`}
	for _, c := range []struct {
		want  string // in what is refused
		calls []call
	}{
		{"", []call{create, one, two, one, list, final, {"ListArtifacts", `{` + ids + `,"name_filter":"n"}`}, {"DeleteArtifact", `{` + ids + `,"name":"n"}`}}},
		{`unknown field "more"`, []call{{"CreateArtifact", `{` + ids + `,"name":"n","version":4,"more":1}`}}},
		{`unknown field "workflowRunBackendId"`, []call{{"CreateArtifact", `{"workflowRunBackendId":"r"}`}}},
		{"the token's are", []call{{"CreateArtifact", strings.Replace(create.body, `"j"`, `"k"`, 1)}}},
		{"the token's are", []call{{"DeleteArtifact", `{"workflow_run_backend_id":"x","workflow_job_run_backend_id":"j","name":"n"}`}}},
		{"no name", []call{{"CreateArtifact", strings.Replace(create.body, `"n"`, `"a/b"`, 1)}}},
		{"version 7", []call{{"CreateArtifact", strings.Replace(create.body, `4`, `7`, 1)}}},
		{"version 4", []call{{"CreateArtifact", strings.Replace(create.body, `4`, `4,"mime_type":"a/b"`, 1)}}},
		{"no block id", []call{create, {"block&blockid=-", "x"}}},
		{"not as long", []call{create, one, {"block&blockid=MTA5OTk%3D", "x"}}},
		{"0 bytes", []call{create, {"block&blockid=MQ%3D%3D", ""}}},
		{"came as", []call{create, two, one, list}},
		{"came as", []call{create, one, list}},
		{"EOF", []call{create, one, {"blocklist", "<BlockList>"}}},
		{"not committed", []call{create, one, two, final}},
		{"not created", []call{final}},
		{"final already", []call{create, one, two, list, final, final}},
		{"or one that is finalized", []call{create, one, two, list, final, one}},
		{"there are 5 of", []call{create, one, two, list, {"FinalizeArtifact", strings.Replace(final.body, `"5"`, `"6"`, 1)}}},
		{"there are 5 of", []call{create, one, two, list, {"FinalizeArtifact", strings.Replace(final.body, `2cf2`, `2cf3`, 1)}}},
		{"cannot unmarshal number", []call{create, {"FinalizeArtifact", strings.Replace(final.body, `"5"`, `5`, 1)}}},
		{"no such call", []call{{"UploadArtifact", `{}`}}},
		{"no such call", []call{create, {"appendBlock", "x"}}},
	} {
		t.Run(c.want, func(t *testing.T) {
			s := NewResults(t)
			token, upload := s.Token("r", "j"), ""
			for _, call := range c.calls {
				method, to := http.MethodPost, strings.Replace(s.URL(), "/to-be-dropped/", "/twirp/github.actions.results.api.v1.ArtifactService/"+call.method, 1)
				if call.method[0] >= 'a' {
					method, to = http.MethodPut, upload+"&comp="+call.method
				}
				r, err := http.NewRequestWithContext(t.Context(), method, to, strings.NewReader(call.body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header = http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}}
				if method == http.MethodPut {
					r.Header = http.Header{"Content-Type": {"application/xml"}, "X-Ms-Blob-Content-Type": {"application/zip"}, "X-Ms-Version": {"2020-10-02"}}
				}
				resp, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				text, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				var a struct {
					URL string `json:"signed_upload_url"`
				}
				if err == nil && method == http.MethodPost && json.Unmarshal(text, &a) == nil && a.URL != "" {
					upload = a.URL
				}
				if c.want == "" && resp.StatusCode/100 != 2 {
					t.Errorf("%s: %s: %s", call.method, resp.Status, text)
				}
			}
			refused := fmt.Sprint(s.Refused())
			if (c.want == "") != (refused == "[]") || !strings.Contains(refused, c.want) {
				t.Errorf("refused %s, want %q", refused, c.want)
			}
		})
	}
}
