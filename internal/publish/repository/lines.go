package repository

import (
	"fmt"
	"slices"
	"strings"
)

// debian writes the .sources file of a suite (sources.list(5)), and the lines
// that install a package from it.
func (t *Target) debian(p page, suite, file string, list []Package) debian {
	var components []string
	for _, k := range list {
		if !slices.Contains(components, k.Component) {
			components = append(components, k.Component)
		}
	}
	slices.Sort(components)
	d := debian{Suite: suite, File: file}
	d.Sources = fmt.Sprintf("Types: deb\nURIs: %s/\nSuites: %s\nComponents: %s\n", p.URL, suite, strings.Join(components, " "))
	keyring := "/etc/apt/keyrings/" + p.Name + ".asc"
	lines := []string{fetch("/etc/apt/sources.list.d/"+file, p.URL+"/"+file), "sudo apt-get update", "sudo apt-get install " + list[0].Name}
	if p.Signed {
		d.Sources += "Signed-By: " + keyring + "\n"
		lines = append([]string{"sudo install -d /etc/apt/keyrings", fetch(keyring, p.URL+"/"+p.Key)}, lines...)
	} else {
		d.Sources += "Trusted: yes\n"
	}
	d.Install = strings.Join(lines, "\n")
	return d
}

// fetch is the command that puts what is at a URL into a file.
func fetch(file, url string) string { return fmt.Sprintf("sudo curl -fsSLo %s %s", file, quote(url)) }

// quote writes a word for the shell.
func quote(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/.-_~%+@") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// rpmLines writes the .repo file (dnf.conf(5)), and the lines that install a
// package from it.
func (t *Target) rpmLines(p page, s state, name string) *rpm {
	flag := map[bool]int{true: 1}
	r := &rpm{File: p.Name + ".repo"}
	r.Repo = fmt.Sprintf("[%s]\nname=%s\nbaseurl=%s/\nenabled=1\ngpgcheck=%d\nrepo_gpgcheck=%d\n", p.Name, p.Name, p.URL, flag[p.Signed && s.RPMSigned], flag[p.Signed])
	if p.Signed {
		r.Repo += fmt.Sprintf("gpgkey=%s/%s\n", p.URL, p.Key)
	}
	r.Install = fetch("/etc/yum.repos.d/"+r.File, p.URL+"/"+r.File) + "\nsudo dnf install " + name
	r.Zypper = "sudo zypper addrepo " + quote(p.URL+"/"+r.File) + "\nsudo zypper install " + name
	return r
}
