package release

import (
	"regexp"
	"strings"
)

const (
	sumsName = "SHA256SUMS"
	sigName  = sumsName + ".asc"
	keyName  = "KEY.asc" // the public key
	tooLarge = 2 << 30   // bytes: GitHub wants every file below it
)

var (
	foreign = regexp.MustCompile(`[^A-Za-z0-9_+@-]+`)
	// part is the name of an upload that is to take the place of another asset.
	part = regexp.MustCompile(`^(.+)\.[0-9a-f]{12}\.part$`)
)

// StoredName is the name that GitHub gives an asset: every run of characters
// other than ASCII letters, digits and -_+@ becomes a dot, so that
// demo_1.0~rc1_amd64.deb is found as demo_1.0.rc1_amd64.deb.
func StoredName(name string) string {
	stored := name
	if strings.HasPrefix(stored, ".") {
		stored = "default" + stored
	}
	stored = strings.Trim(foreign.ReplaceAllString(stored, "."), ".")
	if stored != name && !strings.Contains(stored, ".") {
		stored = "default." + stored
	}
	return stored
}
