// Package whole holds tests of the whole program, as people run it: with real
// projects, package indexes, registries and signals. Scripts, which are quicker,
// are in cmd/pinpack.
package whole
