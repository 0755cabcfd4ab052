package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/pinpack/pinpack/internal/step"
)

// stepInputs is what runs in the virtualenv. [tool.pinpack.steps] says more.
var stepInputs = []Input{
	{
		Name: "before", Kind: Lines, Example: "make version.py",
		Help:  "Commands, one a line, run in the project before anything is built, for what the wheel is to contain.",
		parse: lines(func(c *Config) *[]string { return &c.Steps.Before }),
	},
	{
		Name: "after-install", Kind: Lines, Example: "shop-manage check",
		Help:  "Commands run once the virtualenv is filled, before the tests.",
		parse: lines(func(c *Config) *[]string { return &c.Steps.AfterInstall }),
	},
	{
		Name: "test", Kind: Lines, Default: "auto", Example: "python -m pytest",
		Help:  "Test commands, one a line, run by sh -eu with the virtualenv's bin first on PATH. auto runs the project's tests with pytest if it is locked, with Django's runner, or with unittest; a project without tests is built all the same. none runs none.",
		parse: parseTest,
	},
	{
		Name: "test-directory", Kind: Word, Default: "copy", Choices: []string{"copy", "project"},
		Help:  "Where tests run: in a copy of the project without the modules that are installed, so that the installed ones are tested, or in the project itself. What tests write into the copy is brought back.",
		parse: word(func(c *Config) *string { return &c.Steps.TestDirectory }),
	},
	{
		Name: "test-reports", Kind: Words, Default: "junit*.xml, TEST-*.xml, test-results/**/*.xml, test-reports/**/*.xml, reports/**/*.xml", Example: "build/junit/*.xml",
		Help:  "Globs of JUnit XML that tests write. It becomes annotations and a table in the summary. pytest is asked for it by itself.",
		parse: lines(func(c *Config) *[]string { return &c.Steps.Reports }),
	},
	{
		Name: "test-retries", Kind: Word, Default: "0", Example: "2",
		Help:  "How often a failing test command is run again. What passes then is reported as flaky.",
		parse: parseRetries,
	},
	{
		Name: "after-test", Kind: Lines,
		Help:  "Commands run once all tests have passed.",
		parse: lines(func(c *Config) *[]string { return &c.Steps.AfterTest }),
	},
	{
		Name: "assets", Kind: Lines, Example: "shop-manage collectstatic --no-input",
		Help:  "Asset commands, one a line, run in the project after the tests, for files to ship.",
		parse: lines(func(c *Config) *[]string { return &c.Steps.Assets }),
	},
	{
		Name: "after-package", Kind: Lines, Example: "lintian $PINPACK_PACKAGES/*.deb",
		Help:  "Commands run once the packages are written. If one fails, there are none.",
		parse: lines(func(c *Config) *[]string { return &c.Steps.AfterPackage }),
	},
	{
		Name: "step-timeout", Kind: Word, Default: "1h", Example: "10m",
		Help:  "How long each step may take until it is ended, with all that it started.",
		parse: parseStepTimeout,
	},
	{
		Name: "step-output", Kind: Word, Default: "256MB", Example: "1GB",
		Help:  "How much each step may print until it is ended.",
		parse: parseStepOutput,
	},
	{
		Name: "step-logs", Kind: Word, Example: "logs",
		Help:  "Directory for the full output of each step, relative to the working directory. Default: one of the package's name in the user's cache directory.",
		parse: word(func(c *Config) *string { return &c.Steps.Logs }),
	},
}

// parseTest takes commands, or one word in place of them.
func parseTest(c *Config, v []string) error {
	c.Steps.Test, c.Steps.Auto = v, false
	for _, word := range []string{"auto", "none"} {
		if !slices.Contains(v, word) {
			continue
		}
		if len(v) > 1 {
			return fmt.Errorf("%s beside other commands: want %s alone, or the commands", word, word)
		}
		c.Steps.Test, c.Steps.Auto = nil, word == "auto"
	}
	return nil
}

func parseRetries(c *Config, v []string) error {
	n, err := strconv.Atoi(v[0])
	if err != nil || n < 0 || n > 10 {
		return fmt.Errorf("test-retries %q: want a number from 0 to 10", v[0])
	}
	c.Steps.Retries = n
	return nil
}

func parseStepTimeout(c *Config, v []string) (err error) {
	c.Steps.Timeout, err = step.Span(v[0])
	return err
}

var size = regexp.MustCompile(`^([0-9]{1,6})(k|M|G)B?$`)

func parseStepOutput(c *Config, v []string) error {
	m := size.FindStringSubmatch(v[0])
	if m == nil {
		return fmt.Errorf("size %q: want one such as 500kB, 256MB or 1GB", v[0])
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	c.Steps.Output = n * map[string]int64{"k": 1e3, "M": 1e6, "G": 1e9}[m[2]]
	if c.Steps.Output == 0 {
		err = errors.Join(err, fmt.Errorf("size %q: want more than nothing", v[0]))
	}
	return err
}
