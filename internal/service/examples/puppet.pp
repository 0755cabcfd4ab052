# {{.Name}} at one version, by Puppet.
file { '/etc/{{.Name}}':
  ensure => directory,
}

file { '/etc/{{.Name}}/local.env':
  mode   => '0600',
  source => 'puppet:///modules/{{.Name}}/local.env',
  before => Package['{{.Name}}'],
}

package { '{{.Name}}':
  ensure => '{{.Version}}',
}
{{- if .Systemd}}

service { '{{.Anchor}}':
  ensure    => running,
  enable    => true,
  require   => Package['{{.Name}}'],
  subscribe => File['/etc/{{.Name}}/local.env'],
}
{{- end}}
