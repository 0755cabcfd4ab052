package config

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/verify"
)

// Verify is what the user asked for of trying packages in clean systems.
type Verify struct {
	Wanted   bool            // as a part of the build
	Engine   string          // of verify's table, or "auto"
	On       []verify.Target // none: one for each format
	Previous []string        // earlier versions: files, or http and https URLs
	Smoke    []string        // shell commands
	Timeout  time.Duration   // for the services to be healthy, each time
}

// VerifyPrefix begins the names of the inputs that the command verify has as
// flags without it: verify-on is its --on.
const VerifyPrefix = "verify-"

// LastRelease is the word for the last GitHub Release among previous versions.
const LastRelease = "release"

// verifying is what the build's verification and the command verify take.
var verifying = []Input{
	{
		Name: "verify", Kind: Switch, Default: "false",
		Help:  "Install the finished packages in clean systems, start their services, upgrade, roll back, remove and purge them, before anything is published. It takes a docker engine, or root with systemd-nspawn.",
		parse: toggle(func(c *Config) *bool { return &c.Verify.Wanted }),
	},
	{
		Name: VerifyPrefix + "on", Kind: Words, Example: "debian:12 debian:13 almalinux:9",
		Help:  "Systems to verify on: images, or deb=IMAGE and rpm=IMAGE where the name does not tell the format; with nspawn also the path of a root or tarball, deb=/path. Default: the building system, and debian:12 or almalinux:9 for the other format.",
		parse: parseVerifyOn,
	},
	{
		Name: VerifyPrefix + "previous", Kind: Lines, Example: "https://packages.example.org/whois_1.3.0-1_amd64.deb",
		Help:  "Version to upgrade from and to roll back to, one for each format, one a line: a file, relative to the working directory, or a URL. In a workflow, release takes those of the last GitHub Release that is older.",
		parse: lines(func(c *Config) *[]string { return &c.Verify.Previous }),
	},
	{
		Name: VerifyPrefix + "smoke", Kind: Lines, Example: "whois-server --version",
		Help:  "Shell commands, one a line, that must succeed as the application's user once it is installed and its services are healthy.",
		parse: lines(func(c *Config) *[]string { return &c.Verify.Smoke }),
	},
	{
		Name: VerifyPrefix + "engine", Kind: Word, Default: "auto", Choices: verify.EngineNames(),
		Help:  "What makes the systems.",
		parse: word(func(c *Config) *string { return &c.Verify.Engine }),
	},
	{
		Name: VerifyPrefix + "timeout", Kind: Word, Default: "2m", Example: "30s",
		Help:  "How long the services may take to be healthy, each time.",
		parse: parseVerifyTimeout,
	},
}

// VerifyInputs are those that the command verify has.
func VerifyInputs() []Input { return verifying[1:] }

func parseVerifyOn(c *Config, v []string) error {
	var errs []error
	for _, s := range v {
		t, err := verify.ParseTarget(s)
		c.Verify.On, errs = append(c.Verify.On, t), append(errs, err)
	}
	return errors.Join(errs...)
}

func parseVerifyTimeout(c *Config, v []string) error {
	d, err := time.ParseDuration(v[0])
	if err != nil || d <= 0 {
		return fmt.Errorf("value %q: want a time of more than 0, such as 90s or 2m", v[0])
	}
	c.Verify.Timeout = d
	return nil
}

// where says for an error from where an input came.
func (s Source) where(name string) string {
	return fmt.Sprintf(s.Where, strings.TrimPrefix(name, s.Without))
}
