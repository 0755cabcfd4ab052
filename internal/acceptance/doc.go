// Package acceptance holds the tests that prove packages by installing them:
// in clean Debian roots, with the real package managers, and in the action's
// own image. They need root, the network and some minutes, so they have a build
// tag of their own:
//
//	go test -tags acceptance -count=1 -timeout 40m -v ./internal/acceptance
//
// What a test has to do without, it installs from Debian, or says. A clean root
// is made once and kept in the user's cache, below pinpack-acceptance.
package acceptance
