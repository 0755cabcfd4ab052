//go:build acceptance

package acceptance

import (
	"path/filepath"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestRepositoryInBucket has apt and dnf install from a repository that lies in a
// bucket, and go back to the version before.
func TestRepositoryInBucket(t *testing.T) {
	testkit.NeedRoot(t)
	t.Parallel()
	bucket := testkit.StartBucket(t)
	s := serve(t, filepath.Join(bucket.Dir, "site"))
	packages := sharedDir(t)
	for n := 1; n <= 2; n++ {
		url := "repo+s3://packages/site?endpoint=http://" + bucket.Host + "&url=" + s.url
		cmd := publishing(t, secretKey(t, "rsa"), append([]string{"publish", "--publish", url}, tiny(t, packages, version(n), secretKey(t, "rsa"))...)...)
		cmd.Env = append(cmd.Env, "AWS_ACCESS_KEY_ID="+bucket.ID, "AWS_SECRET_ACCESS_KEY="+bucket.Key)
		testkit.Run(t, cmd)
	}
	for name, c := range map[string]client{"apt": newAptClient(t, "bookworm", s), "dnf": newDnfClient(t, s)} {
		installs(t, name, c, "", version(2))
		installs(t, name, c, version(1), version(1))
	}
}
