# {{.Name}} at one version, by Salt.
/etc/{{.Name}}/local.env:
  file.managed:
    - source: salt://{{.Name}}/local.env
    - mode: "0600"
    - makedirs: true

{{.Name}}:
  pkg.installed:
    - version: "{{.Version}}"
    - require:
      - file: /etc/{{.Name}}/local.env
{{- if .Systemd}}

{{.Anchor}}:
  service.running:
    - enable: true
    - watch:
      - file: /etc/{{.Name}}/local.env
    - require:
      - pkg: {{.Name}}
{{- end}}
