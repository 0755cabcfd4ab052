package pep440

import (
	"strconv"
	"time"
)

// Build tells one build of a commit from others.
type Build struct {
	Pull   int       // number of the pull request; 0 for a branch
	Commit string    // hexadecimal
	Time   time.Time // of the commit
}

// Snapshot returns the version, in the form that dpkg and rpm take, of a package
// that is built on the way to v. It sorts after the last release and before the
// next one, and names the commit. The zero Version stands for a last release that
// nobody knows of.
//
//	v          last      pull request 12             branch
//	1.4.0      1.3.0     1.4.0~pr12.g1a2b3c4         1.4.0~git20261123111600.g1a2b3c4
//	1.4.0      1.4.0     1.4.0+git20261123111600.pr12.g1a2b3c4
//	1.4.0      1.4.0rc1  1.4.0~rc1+git20261123111600.pr12.g1a2b3c4
//	1.4.1.dev3+g1a2b3c4  what the history says already: 1.4.1~~dev3+g1a2b3c4
//
// The first form would be wrong where v is released already, and after a
// pre-release of it: ~pr sorts before ~rc. The second comes right after what it
// follows: before any post-release, as "git" is before "post", and before any later
// pre-release.
func (v Version) Snapshot(last Version, b Build) PackageVersion {
	commit := "g" + b.Commit[:min(7, len(b.Commit))]
	if v.dev != "" {
		p := v.packaged()
		if len(v.local) == 0 {
			p.Version += "+" + b.pull(".") + commit
		}
		return p
	}
	time := "git" + b.Time.UTC().Format("20060102150405")
	follows := !last.IsZero() && (v.Compare(last) <= 0 || last.pre != "" && v.pre == "" && v.compareBase(last) == 0)
	switch {
	case follows:
		p := last.packaged()
		p.Version += "+" + time + "." + b.pull(".") + commit
		return p
	case b.Pull > 0:
		p := v.packaged()
		p.Version += "~" + b.pull(".") + commit
		return p
	}
	p := v.packaged()
	p.Version += "~" + time + "." + commit
	return p
}

func (b Build) pull(after string) string {
	if b.Pull == 0 {
		return ""
	}
	return "pr" + strconv.Itoa(b.Pull) + after
}

// Latest returns the newest of some versions; the zero Version when there are none.
func Latest(versions []Version) Version {
	var latest Version
	for _, v := range versions {
		if latest.IsZero() || latest.Compare(v) < 0 {
			latest = v
		}
	}
	return latest
}

// IsZero tells whether v is no version.
func (v Version) IsZero() bool { return v.release == nil }
