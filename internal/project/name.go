package project

import "github.com/pinpack/pinpack/internal/pep508"

// NormalizeName returns the form in which two names of one distribution are equal
// (PEP 503): "Zope.Interface" is "zope-interface".
func NormalizeName(name string) string { return pep508.NormalizeName(name) }
