package rpmfile

import (
	"errors"
	"fmt"
	"strconv"
)

// readTags reads what the header says.
func (p *Package) readTags(h *Header) error {
	for _, t := range []struct {
		to  *string
		tag uint32
	}{
		{&p.Name, tagName}, {&p.Version, tagVersion}, {&p.Release, tagRelease}, {&p.Arch, tagArch},
		{&p.Summary, tagSummary}, {&p.Description, tagDescription}, {&p.License, tagLicense}, {&p.Group, tagGroup}, {&p.URL, tagURL},
		{&p.Vendor, tagVendor}, {&p.Packager, tagPackager}, {&p.BuildHost, tagBuildHost}, {&p.SourceRPM, tagSourceRPM},
		{&p.PayloadFormat, tagPayloadFormat}, {&p.PayloadCompressor, tagPayloadCompressor}, {&p.PayloadDigest, tagPayloadDigest},
	} {
		*t.to = h.String(t.tag)
	}
	if p.Name == "" || p.Version == "" || p.Release == "" || p.Arch == "" {
		return errors.Join(h.err, errors.New("no name, version, release or architecture"))
	}
	if h.Has(tagEpoch) {
		p.Epoch = strconv.FormatUint(h.Int(tagEpoch), 10)
	}
	p.Source = h.Has(tagSourcePackage) || p.SourceRPM == "" && h.Has(tagNoSource)
	p.BuildTime = int64(h.Int(tagBuildTime))
	p.InstalledSize = first(h, tagLongSize, tagSize)
	p.ArchiveSize = first(h, tagLongArchiveSize, tagArchiveSize)
	for _, r := range []struct {
		to   *[]Relation
		tags relationTags
	}{
		{&p.Provides, tagsProvides}, {&p.Requires, tagsRequires}, {&p.Conflicts, tagsConflicts}, {&p.Obsoletes, tagsObsoletes},
		{&p.Recommends, tagsRecommends}, {&p.Suggests, tagsSuggests}, {&p.Supplements, tagsSupplements}, {&p.Enhances, tagsEnhances},
	} {
		var err error
		if *r.to, err = readRelations(h, r.tags); err != nil {
			return err
		}
	}
	p.readScripts(h)
	return errors.Join(p.readFiles(h), p.readChangelog(h))
}

// first is the number of the first tag that is there.
func first(h *Header, tags ...uint32) uint64 {
	for _, t := range tags {
		if h.Has(t) {
			return h.Int(t)
		}
	}
	return 0
}

func readRelations(h *Header, t relationTags) ([]Relation, error) {
	names, flags, versions := h.Strings(t.name), h.Ints(t.flags), h.Strings(t.version)
	if len(flags) != len(names) || len(versions) != len(names) {
		return nil, fmt.Errorf("relations: %d names, %d flags, %d versions", len(names), len(flags), len(versions))
	}
	list := make([]Relation, len(names))
	for i, name := range names {
		list[i] = Relation{name, uint32(flags[i]), versions[i]}
	}
	return list, nil
}

func (p *Package) readScripts(h *Header) {
	for _, s := range scriptTags {
		if !h.Has(s.body) && !h.Has(s.program) {
			continue
		}
		p.Scripts = append(p.Scripts, Script{s.name, h.String(s.program), h.String(s.body)})
	}
}

func (p *Package) readChangelog(h *Header) error {
	times, names, texts := h.Ints(tagChangelogTime), h.Strings(tagChangelogName), h.Strings(tagChangelogText)
	if len(times) != len(names) || len(times) != len(texts) {
		return fmt.Errorf("changelog: %d times, %d names, %d texts", len(times), len(names), len(texts))
	}
	for i := range times {
		p.Changelog = append(p.Changelog, Change{names[i], texts[i], int64(times[i])})
	}
	return nil
}

func (p *Package) readFiles(h *Header) error {
	paths, err := readPaths(h)
	if err != nil {
		return err
	}
	modes, times, flags := h.Ints(tagFileModes), h.Ints(tagFileTimes), h.Ints(tagFileFlags)
	digests, links := h.Strings(tagFileDigests), h.Strings(tagFileLinks)
	users, groups := h.Strings(tagFileUsers), h.Strings(tagFileGroups)
	sizes := h.Ints(tagFileSizes)
	if h.Has(tagLongFileSizes) {
		sizes = h.Ints(tagLongFileSizes)
	}
	for _, n := range []int{len(modes), len(times), len(flags), len(digests), len(links), len(users), len(groups), len(sizes)} {
		if n != len(paths) {
			return fmt.Errorf("files: %d names and %d of something else", len(paths), n)
		}
	}
	p.Files = make([]File, len(paths))
	for i, path := range paths {
		p.Files[i] = File{path, uint32(modes[i]), sizes[i], int64(times[i]), digests[i], links[i], users[i], groups[i], uint32(flags[i])}
	}
	return nil
}

// maxPaths is how many bytes of paths are kept: a few long directory names can
// be referred to by very many files.
const maxPaths = 256 << 20

func readPaths(h *Header) ([]string, error) {
	if !h.Has(tagBaseNames) {
		return h.Strings(tagOldFileNames), nil
	}
	bases, dirs, indexes := h.Strings(tagBaseNames), h.Strings(tagDirNames), h.Ints(tagDirIndexes)
	if len(indexes) != len(bases) {
		return nil, fmt.Errorf("files: %d names and %d directories", len(bases), len(indexes))
	}
	paths, total := make([]string, len(bases)), 0
	for i, base := range bases {
		if indexes[i] >= uint64(len(dirs)) {
			return nil, fmt.Errorf("file %q: no directory %d", base, indexes[i])
		}
		dir := dirs[indexes[i]]
		if total += len(dir) + len(base); total > maxPaths {
			return nil, fmt.Errorf("files: more than %d bytes of names", maxPaths)
		}
		paths[i] = dir + base
	}
	return paths, nil
}
