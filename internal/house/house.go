// Package house holds the rules of the architecture as tests. See
// internal/README.md.
package house
