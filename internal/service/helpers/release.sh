#!/bin/sh
# Runs the release command of {{.Name}} once for each new version: not again on a
# restart, and not after a roll-back, when the data is already newer. Made by
# pinpack.
set -eu

version={{quote .ReleaseKey}}
stamp=/var/lib/{{.Name}}/.release
last=
if [ -r "$stamp" ]; then
	read -r last <"$stamp" || :
fi

if [ "$last" = "$version" ]; then
	exit 0
fi
if [ -n "$last" ] && [ "$(printf '%s\n' "$last" "$version" | sort -V | tail -n 1)" = "$last" ]; then
	echo "{{.Name}}: rolled back from $last to $version: the release command is not run"
elif ! sh -c {{quote .Release}}; then
	echo "{{.Name}} $version: the release command failed: this version is not started" >&2
	if [ -z "$last" ]; then
		echo "{{.Name}}: to try again: systemctl start {{.Anchor}}" >&2
	elif command -v apt-get >/dev/null; then
		echo "{{.Name}}: to roll back: apt install --allow-downgrades {{.Name}}=${last#0:}" >&2
	else
		echo "{{.Name}}: to roll back: dnf downgrade {{.Name}}" >&2
	fi
	exit 1
fi
printf '%s\n' "$version" >"$stamp.new"
mv -f "$stamp.new" "$stamp"
