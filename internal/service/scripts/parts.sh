{{define "header"}}#!/bin/sh
# {{.Name}} {{.Version}}: made by pinpack.
set -e
{{- if not .Systemd}}
# apt leaves out where {{.Supervisor}} is if pip has installed it.
PATH=$PATH:/usr/local/sbin:/usr/local/bin
{{- end}}
{{end}}

{{- define "user"}}
	# The application's own user. It is never removed: files may belong to it.
	{{- range .Groups}}
	getent group {{.}} >/dev/null || groupadd --system {{.}}
	{{- end}}
	getent passwd {{.User}} >/dev/null || useradd --system --gid {{.Group}} --home-dir {{.Home}} \
		--no-create-home --shell /usr/sbin/nologin --comment '{{.Gecos}}' {{.User}}
{{- end}}

{{- define "directories"}}{{if .Dirs}}
	if command -v systemd-tmpfiles >/dev/null; then
		systemd-tmpfiles --create {{.Name}}.conf || true
	fi
	{{- range .Dirs}}
	[ -d {{.Path}} ] || install -d -o {{.User}} -g {{.Group}} -m {{.Mode}} {{.Path}}
	{{- end}}
{{- end}}{{end}}
