package lock

import (
	"errors"
	"fmt"
	"strings"
)

// options are those that a requirements file may hold. What belongs to the command
// line or to the build of one distribution is not among them.
var options = []struct {
	name  string
	short string
	flag  bool // takes no value
}{
	{name: "requirement", short: "-r"},
	{name: "constraint", short: "-c"},
	{name: "editable", short: "-e"},
	{name: "index-url", short: "-i"},
	{name: "pypi-url"}, // index-url's older name
	{name: "extra-index-url"},
	{name: "no-index", flag: true},
	{name: "find-links", short: "-f"},
	{name: "no-binary"},
	{name: "only-binary"},
	{name: "prefer-binary", flag: true},
	{name: "pre", flag: true},
	{name: "trusted-host"},
	{name: "require-hashes", flag: true},
	{name: "use-feature"},
	{name: "hash"},
}

// setting is an option as it stands in a file.
type setting struct{ name, value string }

// parseOptions reads "--name=value", "--name value", "-n value" and "-nvalue", any
// number of them.
func parseOptions(text string) ([]setting, error) {
	list, err := words(text)
	if err != nil {
		return nil, err
	}
	var settings []setting
	for len(list) > 0 {
		word := list[0]
		list = list[1:]
		name, flag, value, glued := lookUp(word)
		switch {
		case word == `\`:
			return nil, errors.New(strayBackslash)
		case name == "":
			return nil, unknownOption(word)
		case flag && glued:
			return nil, fmt.Errorf("%s: want no value after --%s", clip(word), name)
		case !flag && !glued && len(list) > 0:
			value, list = list[0], list[1:]
		}
		if !flag && value == "" {
			return nil, fmt.Errorf("--%s: want a value after it", name)
		}
		if name == "pypi-url" {
			name = "index-url"
		}
		settings = append(settings, setting{name, value})
	}
	return settings, nil
}

// lookUp finds the option that a word is or begins with; glued tells whether the word
// has its value, too.
func lookUp(word string) (name string, flag bool, value string, glued bool) {
	long, after, equals := strings.Cut(word, "=")
	for _, o := range options {
		if long == "--"+o.name {
			return o.name, o.flag, after, equals
		}
		if o.short != "" && strings.HasPrefix(word, o.short) {
			rest := word[len(o.short):]
			return o.name, o.flag, rest, rest != ""
		}
	}
	return "", false, "", false
}

func unknownOption(word string) error {
	var known []string
	for _, o := range options {
		known = append(known, "--"+o.name)
	}
	return fmt.Errorf("unknown option %s: want one of %s", clip(word), strings.Join(known, ", "))
}
