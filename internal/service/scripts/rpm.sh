{{define "rpm-pre"}}{{template "header" .}}
prepare() {
{{- template "user" .}}
}
prepare || echo "{{.Name}}: the user {{.User}} could not be made" >&2
{{- if .Systemd}}
if [ "$1" -gt 1 ] && [ -d /run/systemd/system ]; then
{{- template "systemd-remember" .}}
fi
{{- end}}
{{end}}

{{- define "rpm-post"}}{{template "header" .}}
# Nothing is restarted here: on an upgrade the old version's files are still there.
{{- if .Dirs}}
prepare() {
{{- template "directories" .}}
}
prepare || echo "{{.Name}}: the directories could not be made" >&2
{{- end}}
{{- if .Systemd}}
if command -v systemctl >/dev/null; then
	if [ "$1" -eq 1 ]; then
		systemctl --no-reload {{if eq .Start "preset"}}preset{{else}}enable{{end}} {{.Anchor}} >/dev/null 2>&1 || true
	fi
	# What an earlier version enabled under another name.
	for unit in {{words .OtherAnchors}}; do
		if [ "$(systemctl is-enabled "$unit" 2>/dev/null)" = enabled ]; then
			systemctl --no-reload disable "$unit" >/dev/null 2>&1 || true
			systemctl --no-reload enable {{.Anchor}} >/dev/null 2>&1 || true
		fi
	done
fi
{{- end}}
{{end}}

{{- define "rpm-preun"}}{{template "header" .}}
if [ "$1" -eq 0 ]; then
	{{- if .Systemd}}
	if command -v systemctl >/dev/null; then
		systemctl --no-reload disable {{.Anchor}} >/dev/null 2>&1 || true
	fi
	if [ -d /run/systemd/system ]; then
		systemctl stop {{words .All}} || true
		# What has failed is not to be listed for ever.
		systemctl reset-failed {{words .All}} 2>/dev/null || true
	fi
	{{- else}}
	if {{hook "running"}}; then
		{{hook "stop"}}
	fi
	{{- end}}
fi
{{end}}

{{- define "rpm-postun"}}{{template "header" .}}
if [ "$1" -eq 0 ]; then
	{{- if .Systemd}}
	if [ -d /run/systemd/system ]; then
		systemctl daemon-reload || true
	fi
	{{- else}}
	if {{hook "running"}}; then
		{{hook "forget"}}
	fi
	{{- end}}
	rm -rf /run/{{.Name}} || true
fi
{{end}}

{{- define "rpm-posttrans"}}{{template "header" .}}
{{- if .Systemd}}
invoke() {
	systemctl --quiet "$@"
}
{{- if .Release}}

# release runs the release command.
release() {
	systemctl start {{.Unit}}-release.service
}
{{- end}}
{{template "systemd-functions" .}}

if [ -d /run/systemd/system ]; then
	systemctl daemon-reload || true
	if [ "$1" -gt 1 ]; then
		if switch; then
			case " $state " in
			*" active "* | *" activating "* | *" failed "*) systemctl start {{.Anchor}} || true ;;
			esac
		fi
		report "dnf downgrade {{.Name}}"
	{{- if eq .Start "now"}}
	else
		systemctl start {{.Anchor}} || true
		report ""
	{{- end}}
	fi
fi
{{else}}
{{template "other-functions" .}}

if [ "$1" -gt 1 ]; then
	switch upgrade
{{- if eq .Start "now"}}
else
	switch
{{- end}}
fi
{{end}}{{end}}
