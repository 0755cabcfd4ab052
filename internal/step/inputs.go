package step

import "time"

// Inputs is what a user says of steps.
type Inputs struct {
	Before, AfterInstall, Test, AfterTest, Assets, AfterPackage []string // shell commands

	Auto          bool          // find the tests' command
	TestDirectory string        // "copy" or "project"
	Reports       []string      // globs of JUnit XML
	Retries       int           // of tests
	Timeout       time.Duration // of each step
	Output        int64         // bytes that each step may print
	Logs          string        // directory for their full output; "": that in the cache
	Named         []Step        // [tool.pinpack.steps]
}

// Steps lists all steps in the order in which they run: by kind, the named ones
// first.
func (in Inputs) Steps() []Step {
	lines := map[Kind][]string{
		Before: in.Before, AfterInstall: in.AfterInstall, Test: in.Test,
		AfterTest: in.AfterTest, Assets: in.Assets, AfterPackage: in.AfterPackage,
	}
	var list []Step
	for _, k := range Kinds {
		for _, s := range in.Named {
			if s.Kind == k.Kind {
				list = append(list, s)
			}
		}
		for i, command := range lines[k.Kind] {
			list = append(list, Line(k.Kind, i, command))
		}
	}
	return list
}
