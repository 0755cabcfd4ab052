package testkit

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Bucket is the service of S3 that versitygw is, on this machine alone, with one
// bucket in a directory.
type Bucket struct {
	Host string // HOST:PORT
	Dir  string // what the bucket holds, as files
	ID   string // of the access key
	Key  string
}

// versitygw is a strict implementation of S3 with conditional writes.
const versitygw = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"

// StartBucket serves a bucket named "packages" until the test ends.
func StartBucket(t testing.TB) *Bucket {
	t.Helper()
	program := GoProgram(t, versitygw)
	root := t.TempDir()
	b := &Bucket{Host: freeAddress(t), Dir: filepath.Join(root, "buckets", "packages"), ID: "tester", Key: "secret-of-the-test"}
	for _, dir := range []string{b.Dir, filepath.Join(root, "meta")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "--port", b.Host, "--region", "us-east-1", "--quiet", "posix", "--sidecar", filepath.Join(root, "meta"), filepath.Dir(b.Dir))
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+b.ID, "ROOT_SECRET_KEY="+b.Key)
	server := Start(t, cmd, syscall.SIGTERM)
	server.Until(t, time.Minute, func() error {
		resp, err := http.Get("http://" + b.Host + "/")
		if err == nil {
			resp.Body.Close()
		}
		return err
	})
	return b
}

// Env is the environment that tells programs of it.
func (b *Bucket) Env(name string) string {
	return map[string]string{
		"AWS_ENDPOINT_URL": "http://" + b.Host, "AWS_ACCESS_KEY_ID": b.ID, "AWS_SECRET_ACCESS_KEY": b.Key, "AWS_REGION": "us-east-1",
	}[name]
}
