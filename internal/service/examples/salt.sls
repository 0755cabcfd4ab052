# {{.Name}} at one version, by Salt.
{{.Name}}:
  pkg.installed:
    - version: "{{.Version}}"

/etc/{{.Name}}/local.env:
  file.managed:
    - source: salt://{{.Name}}/local.env
    - mode: "0600"
    - makedirs: true
{{- if .Systemd}}

{{.Anchor}}:
  service.running:
    - enable: true
    - watch:
      - file: /etc/{{.Name}}/local.env
    - require:
      - pkg: {{.Name}}
{{- end}}
