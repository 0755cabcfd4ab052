{{define "supervisord-running"}}command -v supervisorctl >/dev/null && supervisorctl pid >/dev/null 2>&1{{end}}
{{define "supervisord-start"}}supervisorctl update || true{{end}}
{{define "supervisord-switch"}}supervisorctl update || true
			supervisorctl restart {{range $i, $w := .Watchers}}{{if $i}} {{end}}'{{$w}}:*'{{end}} || true{{end}}
{{define "supervisord-stop"}}supervisorctl stop {{range $i, $w := .Watchers}}{{if $i}} {{end}}'{{$w}}:*'{{end}} || true{{end}}
{{define "supervisord-forget"}}supervisorctl update || true{{end}}

{{define "circus-running"}}command -v circusctl >/dev/null && circusctl --timeout 10 numwatchers >/dev/null 2>&1{{end}}
{{define "circus-start"}}circusctl --timeout 120 reloadconfig --waiting || true{{end}}
{{define "circus-switch"}}circusctl --timeout 120 reloadconfig --waiting || true
			{{- range .Watchers}}
			circusctl --timeout 120 restart {{.}} --waiting || true
			{{- end}}{{end}}
{{define "circus-stop"}}{{range $i, $w := .Watchers}}{{if $i}}
	{{end}}circusctl --timeout 120 stop {{$w}} --waiting || true
	circusctl --timeout 120 rm {{$w}} || true{{end}}{{end}}
{{define "circus-forget"}}[ -e /etc/circus/conf.d/{{.Name}}.ini ] || circusctl --timeout 120 reloadconfig --waiting || true{{end}}

{{define "other-functions"}}
# switch runs what is installed now.
switch() {
	if {{hook "running"}}; then
		{{- if .Release}}
		if ! runuser -u {{.User}} -- {{.Helper}}/run {{.Helper}}/release; then
			return 0
		fi
		{{- end}}
		if [ "$1" = upgrade ]; then
			{{hook "switch"}}
		else
			{{hook "start"}}
		fi
	fi
}
{{- end}}
