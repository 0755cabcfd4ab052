{{define "deb-preinst"}}{{if .Systemd}}{{template "header" .}}
if [ "$1" = upgrade ] && [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then
{{- template "systemd-remember" .}}
fi
{{end}}{{end}}

{{- define "deb-invoke"}}
# invoke asks policy-rc.d before it does something to a unit.
invoke() {
	if command -v deb-systemd-invoke >/dev/null; then
		deb-systemd-invoke "$@"
	else
		systemctl --quiet "$@"
	fi
}
{{- end}}

{{- define "deb-postinst"}}{{template "header" .}}
{{- if .Systemd}}
{{template "deb-invoke" .}}
{{- if .Release}}

# release runs the release command, unless policy-rc.d forbids it.
release() {
	if command -v policy-rc.d >/dev/null; then
		status=0
		policy-rc.d {{.Unit}}-release.service start || status=$?
		[ "$status" != 101 ] || return 0
	fi
	systemctl start {{.Unit}}-release.service
}
{{- end}}
{{template "systemd-functions" .}}
{{- else}}
{{template "other-functions" .}}
{{- end}}

case "$1" in
configure | abort-upgrade | abort-deconfigure | abort-remove)
	if [ -n "$DPKG_ROOT" ]; then
		systemd-sysusers --root="$DPKG_ROOT" {{.Name}}.conf || true
		{{- if .Dirs}}
		systemd-tmpfiles --root="$DPKG_ROOT" --create {{.Name}}.conf || true
		{{- end}}
	else
		{{- indent "user"}}
		{{- indent "directories"}}
	fi
	{{- if .Systemd}}
	if command -v deb-systemd-helper >/dev/null; then
		{{- if eq .Start "preset"}}
		if deb-systemd-helper debian-installed {{.Anchor}}; then
			deb-systemd-helper unmask {{.Anchor}} >/dev/null || true
			if deb-systemd-helper --quiet was-enabled {{.Anchor}}; then
				deb-systemd-helper enable {{.Anchor}} >/dev/null || true
			fi
		fi
		deb-systemd-helper update-state {{.Anchor}} >/dev/null || true
		{{- else}}
		deb-systemd-helper unmask {{.Anchor}} >/dev/null || true
		if deb-systemd-helper --quiet was-enabled {{.Anchor}}
		{{- range .OtherAnchors}} && deb-systemd-helper --quiet was-enabled {{.}}{{end}}; then
			deb-systemd-helper enable {{.Anchor}} >/dev/null || true
		else
			deb-systemd-helper update-state {{.Anchor}} >/dev/null || true
		fi
		{{- end}}
		# What an earlier version enabled under another name.
		deb-systemd-helper purge {{words .OtherAnchors}} >/dev/null || true
	{{- if ne .Start "preset"}}
	elif [ -z "$2$DPKG_ROOT" ] && command -v systemctl >/dev/null; then
		systemctl enable {{.Anchor}} || true
	{{- end}}
	fi
	if [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then
		systemctl --system daemon-reload >/dev/null || true
		if [ "$1" != configure ] || [ -z "$2" ]; then
			{{if eq .Start "now"}}invoke start {{.Anchor}} || true{{else}}: # started at the next boot, or by hand{{end}}
			report ""
		else
			if switch; then
				{{- if .Always}}
				invoke start {{.Anchor}} || true
				{{- else}}
				case " $state " in
				*" active "* | *" activating "* | *" failed "*) invoke start {{.Anchor}} || true ;;
				esac
				{{- end}}
			fi
			report "apt install --allow-downgrades {{.Name}}=$2"
		fi
	fi
	{{- else}}
	if [ -z "$DPKG_ROOT" ]; then
		{{if ne .Start "now"}}[ -z "$2" ] || {{end}}switch "${2:+upgrade}"
	fi
	{{- end}}
	;;
esac
{{end}}

{{- define "deb-prerm"}}{{template "header" .}}
{{- if .Systemd}}
{{- template "deb-invoke" .}}

if [ "$1" = remove ] && [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then
	invoke stop {{words .All}} || true
	# What has failed is not to be listed for ever.
	systemctl reset-failed {{words .All}} 2>/dev/null || true
fi
{{else}}
if [ "$1" = remove ] && [ -z "$DPKG_ROOT" ] && {{hook "running"}}; then
	{{hook "stop"}}
fi
{{end}}{{end}}

{{- define "deb-postrm"}}{{template "header" .}}
case "$1" in
remove)
	{{- if .Systemd}}
	if [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then
		systemctl --system daemon-reload >/dev/null || true
	fi
	{{- else}}
	if [ -z "$DPKG_ROOT" ] && {{hook "running"}}; then
		{{hook "forget"}}
	fi
	{{- end}}
	rm -rf "$DPKG_ROOT"/run/{{.Name}} || true
	;;
purge)
	{{- if .Systemd}}
	if command -v deb-systemd-helper >/dev/null; then
		deb-systemd-helper purge {{.Anchor}} >/dev/null || true
	fi
	{{- else}}
	# Its configuration stays until now.
	if [ -z "$DPKG_ROOT" ] && {{hook "running"}}; then
		{{hook "forget"}}
	fi
	{{- end}}
	{{- range .Purged}}
	rm -rf "$DPKG_ROOT"{{.}} || true
	{{- end}}
	;;
abort-install | abort-upgrade)
	rm -f "$DPKG_ROOT"/run/{{.Name}}.upgrade || true
	;;
esac
{{end}}
