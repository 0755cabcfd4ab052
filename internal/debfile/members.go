package debfile

import "io"

// Members visits the members of an archive (ar(5)) in their order, each of some
// bytes. A member is read by its visitor, or passed over.
func Members(r io.Reader, visit func(name string, size int64, member io.Reader) error) error {
	return members(r, func(name string, member io.Reader) error {
		return visit(name, member.(*io.LimitedReader).N, member)
	})
}

// Decompress reads what was compressed with what a file's extension says: ".gz",
// ".xz", ".zst", or "" for nothing.
func Decompress(r io.Reader, ext string) (io.Reader, error) { return decompress(r, ext) }

// Changes tells what differs between two sets of named things, sorted by name.
func Changes(old, new map[string]string) []Change { return changes(old, new) }
