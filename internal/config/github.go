package config

import (
	"fmt"
	"strconv"
)

// github is what only the action has a use for.
var github = []Input{
	{
		Name: "token", Kind: Word, Outside: true, Secret: true, Action: "${{ github.token }}",
		Help:  "Token for the release and the comment. Default: that of the job, which needs `contents: write` and `pull-requests: write`.",
		parse: word(func(c *Config) *string { return &c.GitHub.Token }),
	},
	{
		Name: "release", Kind: Word, Default: "auto", Choices: []string{"auto", "draft", "publish", "never"},
		Help:  "GitHub Release with the packages: auto publishes one when a tag is built, draft leaves it a draft, publish wants a tag. Never for a pull request.",
		parse: word(func(c *Config) *string { return &c.GitHub.Release }),
	},
	{
		Name: "tag", Kind: Word, Example: "v1.4.0",
		Help:  "Tag of the release; it must exist. Default: the tag that is built.",
		parse: word(func(c *Config) *string { return &c.GitHub.Tag }),
	},
	{
		Name: "release-name", Kind: Word, Example: "Whois 1.4.0",
		Help:  "Title of the release. Default: the tag.",
		parse: line("release name", func(c *Config) *string { return &c.GitHub.ReleaseName }),
	},
	{
		Name: "release-notes", Kind: Word, Default: "generated", Example: "CHANGES.md",
		Help:  "Text of the release: generated (by GitHub), a file of the project, or the text itself.",
		parse: word(func(c *Config) *string { return &c.GitHub.ReleaseNotes }),
	},
	{
		Name: "prerelease", Kind: Word, Default: "auto", Choices: []string{"auto", "true", "false"},
		Help:  "Whether the release is a pre-release; auto goes by the tag's version (PEP 440).",
		parse: word(func(c *Config) *string { return &c.GitHub.Prerelease }),
	},
	{
		Name: "make-latest", Kind: Word, Default: "auto", Choices: []string{"auto", "true", "false"},
		Help:  "Whether the release becomes the latest; auto leaves it to GitHub, which goes by version and date.",
		parse: word(func(c *Config) *string { return &c.GitHub.MakeLatest }),
	},
	{
		Name: "release-repository", Kind: Switch, Default: "false",
		Help:  "Make the release itself a repository for apt: its indexes, signed with the signing key, become assets. All packages must come from this job.",
		parse: toggle(func(c *Config) *bool { return &c.GitHub.ReleaseRepository }),
	},
	{
		Name: "overwrite", Kind: Switch, Default: "false",
		Help:  "Replace published files of the same name and another content.",
		parse: toggle(func(c *Config) *bool { return &c.GitHub.Overwrite }),
	},
	{
		Name: "artifact", Kind: Word, Default: "auto", Choices: []string{"auto", "zip", "files", "never"},
		Help:  "Workflow artifact with the packages: one zip, or each package as a file. auto is a zip where the runner takes artifacts.",
		parse: word(func(c *Config) *string { return &c.GitHub.Artifact }),
	},
	{
		Name: "artifact-name", Kind: Word, Example: "packages-debian12",
		Help:  "Name of the workflow artifact, which no other job of the run may use. Default: package, version (where the source tree tells it), system, Python and architecture.",
		parse: word(func(c *Config) *string { return &c.GitHub.ArtifactName }),
	},
	{
		Name: "artifact-retention", Kind: Word, Example: "14",
		Help:  "Days for which the artifact is kept. Default: the repository's.",
		parse: number("days", 1, 400, func(c *Config) *int { return &c.GitHub.ArtifactRetention }),
	},
	{
		Name: "artifact-compression", Kind: Word, Default: "0", Example: "6",
		Help:  "Level of the artifact's zip, from 0 to 9. Packages are compressed already.",
		parse: number("a level", 0, 9, func(c *Config) *int { return &c.GitHub.ArtifactCompression }),
	},
	{
		Name: "comment", Kind: Switch, Default: "false",
		Help:  "One comment on the pull request with what the summary says, kept up to date.",
		parse: toggle(func(c *Config) *bool { return &c.GitHub.Comment }),
	},
}

func toggle(field func(*Config) *bool) func(*Config, []string) error {
	return func(c *Config, v []string) error { *field(c) = v[0] == "true"; return nil }
}

func number(what string, least, most int, field func(*Config) *int) func(*Config, []string) error {
	return func(c *Config, v []string) error {
		n, err := strconv.Atoi(v[0])
		if err != nil || n < least || n > most {
			return fmt.Errorf("value %q: want %s from %d to %d", v[0], what, least, most)
		}
		*field(c) = n
		return nil
	}
}
