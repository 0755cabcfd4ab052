//go:build acceptance

package acceptance

import (
	"strings"
	"testing"
)

// manager is a tool that manages configuration, for which the package has an
// example.
type manager struct {
	name, example  string
	install        string // its commands
	prepare, apply string // in a directory with the example as "example" and local.env; $version is applied
	idle           string // what is printed when there was nothing to do
}

var managers = []manager{
	{
		name: "ansible", example: "ansible.yml",
		install: "python3 -m venv /usr/local/lib/ansible\n/usr/local/lib/ansible/bin/pip --quiet --disable-pip-version-check install ansible-core==2.18.6",
		prepare: "printf '[orchard]\\nhere ansible_connection=local ansible_python_interpreter=/usr/bin/python3\\n' >inventory",
		apply:   "/usr/local/lib/ansible/bin/ansible-playbook --inventory inventory --extra-vars version=$version example",
		idle:    "changed=0",
	},
	{
		name: "puppet", example: "puppet.pp",
		install: "apt-get install --yes --quiet --no-install-recommends puppet-agent",
		prepare: "mkdir -p modules/orchard/files\ncp local.env modules/orchard/files",
		apply: `sed "s/'1.0.0-1'/'$version'/" example >site.pp
puppet apply --modulepath modules --detailed-exitcodes --color false site.pp && echo nothing to do || test $? = 2`,
		idle: "nothing to do",
	},
	{
		name: "salt", example: "salt.sls",
		install: "python3 -m venv /usr/local/lib/salt\n/usr/local/lib/salt/bin/pip --quiet --disable-pip-version-check install salt==3007.14 cryptography distro jinja2 looseversion msgpack packaging psutil pycryptodomex python-gnupg pyyaml requests tornado",
		prepare: "mkdir -p states/orchard\ncp local.env states/orchard",
		apply: `sed 's/"1.0.0-1"/"'$version'"/' example >states/orchard/init.sls
/usr/local/lib/salt/bin/salt-call --local --config-dir /root/salt --file-root states --retcode-passthrough --no-color state.apply orchard 2>&1`,
		idle: "\nSucceeded: 3\n",
	},
}

// managed installs orchard, upgrades it and rolls it back by an example. The
// second time there is nothing to do.
func (s *system) managed(t *testing.T, m manager) {
	s.sh(t, "rm -rf /etc/orchard /root/play\nmkdir -p /root/play\ncd /root/play\nprintf 'ORCHARD_GREETING=Moin\\n' >local.env\n"+
		"dpkg-deb --fsys-tarfile /repo/deb/orchard_1.0.0-1_*.deb | tar --extract --to-stdout --file - ./usr/share/doc/orchard/examples/"+m.example+" >example\n"+m.prepare)
	apply := func(version, want string) {
		t.Helper()
		out := s.sh(t, "cd /root/play\nversion="+version+"-1\n"+m.apply)
		if !strings.Contains(out, want) {
			t.Errorf("%s for %s has no %q:\n%s", m.name, version, want, out)
		}
		s.runs(t, version)
	}
	apply("1.0.0", "")
	apply("1.0.0", m.idle)
	apply("1.1.0", "")
	apply("1.0.0", "")
	s.sh(t, "apt-get purge --yes --quiet orchard")
}
