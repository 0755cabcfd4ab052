{{define "systemd-remember"}}
	# What runs now, for the script that runs when the new version is in place.
	wants=$(systemctl show --property=Wants --value {{.Unit}}.target 2>/dev/null) || true
	state=$(systemctl is-active {{.Anchor}} {{words .OtherAnchors}} 2>/dev/null | tr '\n' ' ') || true
	{{- if .Sockets}}
	listen=$(systemctl show --property={{.SocketProperties}} {{words .Sockets}} 2>/dev/null) || true
	printf '%s\n' "$wants" "$state" "$listen" >/run/{{.Name}}.upgrade || true
	{{- else}}
	printf '%s\n' "$wants" "$state" >/run/{{.Name}}.upgrade || true
	{{- end}}
{{- end}}

{{- define "systemd-functions"}}
# switch lets what runs go on as what is installed now. Sockets keep listening.
{{- if not .Always}}
# It sets state to what was before, of each unit that could start the application.
{{- end}}
switch() {
	before=$(sed -n 1p /run/{{.Name}}.upgrade 2>/dev/null) || true
	{{- if not .Always}}
	state=$(sed -n 2p /run/{{.Name}}.upgrade 2>/dev/null) || true
	[ -n "$state" ] || state=$(systemctl is-active {{.Anchor}} 2>/dev/null) || true
	{{- end}}
	wants=$(systemctl show --property=Wants --value {{.Unit}}.target 2>/dev/null) || true
	for unit in $before {{words .Others}}; do
		case " $wants " in
		*" $unit "*) ;;
		*)
			invoke stop "$unit" 2>/dev/null || true
			invoke reset-failed "$unit" 2>/dev/null || true
			;;
		esac
	done
	{{- if .Services}}
	set -- {{words .Services}}
	{{- if .Sockets}}
	was=$(sed 1,2d /run/{{.Name}}.upgrade 2>/dev/null) || true
	now=$(systemctl show --property={{.SocketProperties}} {{words .Sockets}} 2>/dev/null) || true
	if [ -n "$was" ] && [ "$was" != "$now" ]; then
		set -- {{words .Sockets}} "$@"
	fi
	{{- end}}
	rm -f /run/{{.Name}}.upgrade
	{{- if .Release}}
	# The new version's release command runs while the old version still serves.
	if systemctl --quiet is-active {{words .Services}} && ! release; then
		return 1
	fi
	{{- end}}
	invoke reset-failed {{words .Running}} 2>/dev/null || true
	# One after the other: a socket's backlog must not wait for a slow worker.
	for unit; do
		invoke try-restart "$unit" || true
	done
	{{- else}}
	rm -f /run/{{.Name}}.upgrade
	{{- end}}
}

# report says what does not run as it should, and what to do about it: $1.
report() {
	advice=$1
	wrong=
	set -- {{words .Running}}
	for unit; do
		case "$(systemctl is-active "$unit" 2>/dev/null)" in
		failed | activating) wrong="$wrong $unit" ;;
		esac
	done
	if [ -n "$wrong" ]; then
		echo "{{.Name}} {{.Version}}: not running as it should:$wrong" >&2
		echo "{{.Name}}: to see why: journalctl --unit='{{.Unit}}*'" >&2
		[ -z "$advice" ] || echo "{{.Name}}: to roll back: $advice" >&2
	fi
}
{{- end}}
