package config

import "github.com/pinpack/pinpack/internal/packagesign"

// Signing is what packages, repositories and checksums are signed with.
type Signing struct {
	Key        string // secret: an armoured key, or the base64 of one; on the way here also a path
	File       string // where the key was read from; "": it was given itself
	Passphrase string // secret
	Deb        string // how a .deb is signed: of packagesign.Methods
}

// The names of the inputs that are secrets, and of the variables that have them
// where there is no action.
const (
	SigningKey        = "signing-key"
	SigningPassphrase = "signing-passphrase"
)

var signing = []Input{
	{
		Name: SigningKey, Kind: Word, Outside: true, Secret: true, Example: "${{ secrets.SIGNING_KEY }}",
		Help:  "OpenPGP secret key to sign with: what gpg --armor --export-secret-keys or --export-secret-subkeys prints, the base64 of it, or the path of a file. Without an action it may also be in PINPACK_SIGNING_KEY. Default: nothing is signed.",
		parse: word(func(c *Config) *string { return &c.Signing.Key }),
	},
	{
		Name: SigningPassphrase, Kind: Word, Outside: true, Secret: true, Example: "${{ secrets.SIGNING_PASSPHRASE }}",
		Help:  "Passphrase of the signing key, if it has one. Without an action it may also be in PINPACK_SIGNING_PASSPHRASE.",
		parse: word(func(c *Config) *string { return &c.Signing.Passphrase }),
	},
	{
		Name: "deb-signature", Kind: Word, Default: packagesign.Debsigs, Choices: packagesign.Methods,
		Help:  "How a .deb is signed, where there is a signing key: debsigs (for debsig-verify), dpkg-sig (which Debian has no more, and which knows SHA-1 only), or not at all; apt goes by the repository's signature.",
		parse: word(func(c *Config) *string { return &c.Signing.Deb }),
	},
}
