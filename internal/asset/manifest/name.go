package manifest

import (
	"path"
	"strings"
)

// Digits is the length of the hash in a name. It is Django's, as WhiteNoise and
// others take names with twelve for files that never change.
const Digits = 12

// Hashed is the name of a file with a hash, as Django has it: app.min.js is
// app.min.0123456789ab.js, and a name without an ending gets the hash as one.
func Hashed(name, hash string) string {
	base := path.Base(name)
	ext := path.Ext(base)
	if ext == base { // .htaccess is all name, as for Python's splitext
		ext = ""
	}
	return strings.TrimSuffix(name, ext) + "." + hash + ext
}

// IsHashed tells whether now is name with a hash.
func IsHashed(name, now string) bool {
	original, _, ok := Split(now)
	return ok && original == name
}

// Split takes the hash out of a name.
func Split(now string) (name, hash string, ok bool) {
	dir, base := path.Split(now)
	ext := path.Ext(base)
	head := strings.TrimSuffix(base, ext)
	if isHash(strings.TrimPrefix(ext, ".")) && head != "" { // a name without an ending
		if i := strings.LastIndexByte(head, '.'); i <= 0 {
			return dir + head, ext[1:], true
		}
	}
	i := strings.LastIndexByte(head, '.')
	if i <= 0 || !isHash(head[i+1:]) {
		return "", "", false
	}
	return dir + head[:i] + ext, head[i+1:], true
}

func isHash(s string) bool {
	if len(s) != Digits {
		return false
	}
	return strings.Trim(s, "0123456789abcdef") == ""
}
