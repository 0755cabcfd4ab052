#!/bin/sh
# Makes the keys of testdata/keys with GnuPG (2.2), at a fixed time, for the tests.
# They sign nothing of value. Usage: testdata/keys.sh testdata/keys
set -eu
out=$(mkdir -p "$1" && cd "$1" && pwd)
GNUPGHOME=$(mktemp -d)
export GNUPGHOME
trap 'gpgconf --kill all; rm -rf "$GNUPGHOME"' EXIT
chmod 700 "$GNUPGHOME"
GPG="gpg --batch --quiet --no-tty --pinentry-mode loopback --faked-system-time 20240301T120000!"

# make NAME PASSPHRASE ALGORITHM USAGE EXPIRY: the key of a user ID.
make() { $GPG --passphrase "$2" --quick-generate-key "$1 <$1@example.org>" "$3" "$4" "$5"; }
of() { $GPG --with-colons --list-keys "$1@example.org" | sed -n 's/^fpr:*\([0-9A-F]*\):/\1/p' | head -n 1; }
sub() { $GPG --passphrase "$2" --quick-add-key "$(of "$1")" "$3" sign "$4"; }
secret() { $GPG --passphrase "$2" --armor --export-secret-keys "$1@example.org" >"$out/$1.asc"; }

make rsa '' rsa3072 cert,sign never
secret rsa ''
make ed25519 '' ed25519 cert,sign never
secret ed25519 ''
$GPG --armor --export ed25519@example.org >"$out/public.asc"
make locked 'correct horse' rsa3072 cert,sign never
secret locked 'correct horse'

# What careful people give a CI system: the primary key stays at home.
for a in rsa3072 ed25519; do
  make "subkey-$a" 'correct horse' "$a" cert never
  sub "subkey-$a" 'correct horse' "$a" 20460301T120000
  $GPG --passphrase 'correct horse' --armor --export-secret-subkeys "subkey-$a@example.org" >"$out/subkey-$a.asc"
done
# The same without its only subkey that signs: nothing is left to sign with.
make stub '' ed25519 cert,sign never
$GPG --passphrase '' --quick-add-key "$(of stub)" cv25519 encr never
$GPG --passphrase '' --armor --export-secret-subkeys stub@example.org >"$out/stub.asc"

make expired '' ed25519 cert,sign 20240401T120000
secret expired ''
make expired-subkey '' ed25519 cert never
sub expired-subkey '' ed25519 20240401T120000
secret expired-subkey ''
# Its life was made longer, two months later.
make longer '' ed25519 cert,sign 20240401T120000
gpg --batch --quiet --no-tty --pinentry-mode loopback --faked-system-time '20240501T120000!' \
  --passphrase '' --quick-set-expire "$(of longer)" 20460401T120000
secret longer ''

make revoked '' ed25519 cert,sign never
sed 's/^:---/---/' "$GNUPGHOME/openpgp-revocs.d/$(of revoked).rev" | $GPG --import
secret revoked ''

make several '' ed25519 cert,sign never
make another '' ed25519 cert,sign never
$GPG --passphrase '' --armor --export-secret-keys several@example.org another@example.org >"$out/several.asc"
# Two user IDs, and several subkeys of which the newest signs.
make names '' ed25519 cert,sign never
$GPG --passphrase '' --quick-add-uid "$(of names)" 'Another name <names@example.net>'
secret names ''

make rsa1024 '' rsa1024 cert,sign never
secret rsa1024 ''
make dsa '' dsa2048 cert,sign never
secret dsa ''
make encrypts '' ed25519 cert never
secret encrypts ''
make nistp256 '' nistp256 cert,sign never
secret nistp256 ''
make secp256k1 '' secp256k1 cert,sign never
secret secp256k1 ''
GPG="$GPG --cert-digest-algo SHA1"
make sha1 '' rsa3072 cert,sign never
secret sha1 ''
