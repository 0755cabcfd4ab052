package pep440

import "strings"

// PackageVersion is a version in the form dpkg and rpm compare.
type PackageVersion struct {
	Epoch   string // decimal; "" when it is 0. Both tools refuse one above 2147483647
	Version string // starts with a digit, made of letters, digits, '.', '+' and '~'
}

// String returns "epoch:version", or the version alone when there is no epoch.
func (p PackageVersion) String() string {
	if p.Epoch == "" {
		return p.Version
	}
	return p.Epoch + ":" + p.Version
}

// Debian returns v as an upstream version for dpkg, without a revision. A plain
// release is exactly as it was written: 24.04 stays 24.04.
//
//	1.0.dev3          1.0~~dev3
//	1.0a1             1.0~a1
//	1.0rc1.dev2       1.0~rc1~dev2
//	1.0rc1            1.0~rc1
//	1.0               1.0
//	1.0+acme.2        1.0+local.acme.2
//	1.0.post1.dev2    1.0+post1~dev2
//	1.0.post1         1.0+post1
//	1.0.post1+acme.2  1.0+post1+acme.2
//	1!1.0             epoch 1, 1.0
//
// dpkg keeps PEP 440's order (the table is in it) of all versions but these:
//
//   - Releases that are equal to PEP 440 and written with different numbers of
//     segments, 1.0 and 1.0.0: dpkg puts the shorter one, with all its pre- and
//     post-releases, first. A project that does not change its habit between
//     1.0.0 and 1.0.post1 never meets this.
//   - Local labels of one public version. Their order is kept where one label
//     continues the other (acme, acme.2), and where they first differ in two
//     numbers (acme.2, acme.10) or in two words of letters alone neither of which
//     begins the other (acme, beta). Elsewhere dpkg compares in its own way, which
//     sees the number inside cu92 and cu118 and puts words after numbers.
//
// See https://www.debian.org/doc/debian-policy/ch-controlfields.html#version.
func (v Version) Debian() PackageVersion { return v.packaged() }

// RPM returns v as a version for rpm, without a release. It is the version Debian
// returns, and rpm keeps PEP 440's order of the same versions.
//
// See https://rpm-software-management.github.io/rpm/man/rpm-version.7.
func (v Version) RPM() PackageVersion { return v.packaged() }

// packaged writes one form that serves both tools. What makes that possible:
//
//   - '~' sorts before everything, the end included, in both; so "~~dev" is below
//     "~a", and "~dev" is below whatever it is appended to.
//   - "+post" must be above the end and below ".1". To dpkg '+' sorts before '.'
//     (and ".post" would be above ".1"); to rpm every separator is alike, and a
//     word sorts before a number.
//   - A bare local label would not do after a release: rpm reads 1.0+3 as 1.0.3,
//     and "+zeta" is above "+post". The word "local" is above the end, below
//     "post", and keeps the number away from the release's. After a post or dev
//     number nothing competes with the label, so setuptools-scm's 1.3.dev4+g1a2b3c4
//     goes without the word.
//
// rpm has '^' for what comes after a release, but only from 4.15 on: to the rpm
// 4.14 of RHEL 8 it is one more separator, and 1.0^3 would be 1.0.3 again.
func (v Version) packaged() PackageVersion {
	var p PackageVersion
	if v.epoch != "0" {
		p.Epoch = string(v.epoch)
	}
	var b strings.Builder
	b.WriteString(strings.Join(v.release, "."))
	if v.pre != "" {
		b.WriteString("~" + v.pre + string(v.preN))
	}
	if v.post != "" {
		b.WriteString("+post" + string(v.post))
	}
	if v.dev != "" {
		if v.pre == "" && v.post == "" {
			b.WriteByte('~')
		}
		b.WriteString("~dev" + string(v.dev))
	}
	if len(v.local) > 0 {
		b.WriteByte('+')
		if v.post == "" && v.dev == "" {
			b.WriteString("local.")
		}
		b.WriteString(strings.Join(v.local, "."))
	}
	p.Version = b.String()
	return p
}
