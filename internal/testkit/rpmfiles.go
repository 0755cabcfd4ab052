package testkit

import (
	"fmt"
	"strings"
)

// rpmFile is what the header states of one path.
type rpmFile struct {
	path string
	entry
	size      uint64
	digest    string
	algorithm uint64
	flags     string
}

// rpmFlags are the marks on a file, in the order they are named. See rpmfiles.h.
var rpmFlags = []struct {
	bit  uint64
	name string
}{
	{1 << 0, "config"}, {1 << 4, "noreplace"}, {1 << 3, "missingok"}, {1 << 6, "ghost"},
	{1 << 1, "doc"}, {1 << 7, "license"}, {1 << 8, "readme"}, {1 << 12, "artifact"},
}

const (
	tagFileModes, tagFileMTimes, tagFileDigests       = 1030, 1034, 1035
	tagFileLinks, tagFileFlags                        = 1036, 1037
	tagFileUser, tagFileGroup                         = 1039, 1040
	tagDirIndexes, tagBaseNames, tagDirNames          = 1116, 1117, 1118
	tagFileSizes, tagLongFileSizes, tagFileDigestAlgo = 1028, 5008, 5011
)

func readRPMFiles(h *rpmHeader) ([]rpmFile, error) {
	bases, dirs := h.strings(tagBaseNames), h.strings(tagDirNames)
	users, groups := h.strings(tagFileUser), h.strings(tagFileGroup)
	digests, links := h.strings(tagFileDigests), h.strings(tagFileLinks)
	indexes, modes, mtimes := h.ints(tagDirIndexes), h.ints(tagFileModes), h.ints(tagFileMTimes)
	flags, sizes := h.ints(tagFileFlags), h.ints(tagFileSizes)
	if h.has(tagLongFileSizes) {
		sizes = h.ints(tagLongFileSizes)
	}
	for _, n := range []int{
		len(users), len(groups), len(digests), len(links),
		len(indexes), len(modes), len(mtimes), len(flags), len(sizes),
	} {
		if n != len(bases) {
			return nil, fmt.Errorf("read files: %d names and %d of something else", len(bases), n)
		}
	}
	algorithm := uint64(1)
	if stated := h.ints(tagFileDigestAlgo); len(stated) > 0 {
		algorithm = stated[0]
	}
	files := make([]rpmFile, len(bases))
	for i, base := range bases {
		if indexes[i] >= uint64(len(dirs)) {
			return nil, fmt.Errorf("read file %q: no directory %d", base, indexes[i])
		}
		path, err := archivePath(dirs[indexes[i]] + base)
		if err != nil {
			return nil, err
		}
		files[i] = rpmFile{
			path: path,
			entry: entry{
				kind:  kindOf(unixType(modes[i])),
				mode:  uint32(modes[i] & 0o7777),
				link:  links[i],
				owner: users[i],
				group: groups[i],
				mtime: int64(mtimes[i]),
			},
			size: sizes[i], digest: digests[i], algorithm: algorithm, flags: flagNames(flags[i]),
		}
	}
	return files, nil
}

func flagNames(flags uint64) string {
	var names []string
	for _, f := range rpmFlags {
		if flags&f.bit != 0 {
			names = append(names, f.name)
		}
	}
	return strings.Join(names, " ")
}
