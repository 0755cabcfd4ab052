#!/bin/sh
# Runs a command of {{.Name}} with what the environment files say. Made by pinpack.
umask 077
set -a
PATH={{.Prefix}}/bin:$PATH
{{- range .Shared}}
[ -n "${ {{- .Name}}+set}" ] || {{.Name}}={{quote .Value}}
{{- end}}
for file in {{range .EnvironmentFiles}}{{.}} {{end}}; do
	if [ -r "$file" ]; then
		# shellcheck source=/dev/null
		. "$file"
	fi
done
set +a
exec "$@"
