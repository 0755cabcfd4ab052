package packager

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/goreleaser/nfpm/v2"

	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/service"
)

// events says which of a format's maintainer scripts is which of nFPM's.
var events = map[string]map[string]func(*nfpm.Info) *string{
	"deb": {
		"preinst":  func(i *nfpm.Info) *string { return &i.Scripts.PreInstall },
		"postinst": func(i *nfpm.Info) *string { return &i.Scripts.PostInstall },
		"prerm":    func(i *nfpm.Info) *string { return &i.Scripts.PreRemove },
		"postrm":   func(i *nfpm.Info) *string { return &i.Scripts.PostRemove },
	},
	"rpm": {
		"pre":       func(i *nfpm.Info) *string { return &i.Scripts.PreInstall },
		"post":      func(i *nfpm.Info) *string { return &i.Scripts.PostInstall },
		"preun":     func(i *nfpm.Info) *string { return &i.Scripts.PreRemove },
		"postun":    func(i *nfpm.Info) *string { return &i.Scripts.PostRemove },
		"posttrans": func(i *nfpm.Info) *string { return &i.RPM.Scripts.PostTrans },
	},
}

// scripts are the maintainer scripts of one package by event, as files.
type scripts map[string]string

// addTo has nFPM take them.
func (s scripts) addTo(format string, info *nfpm.Info) {
	for event, file := range s {
		*events[format][event](info) = file
	}
}

// maintainerScripts writes the scripts of each format: those that the services
// need, and the project's own woven into them.
func maintainerScripts(pl plan.Plan, scratch string) (map[string]scripts, error) {
	all := map[string]scripts{}
	var errs []error
	for _, pkg := range pl.Packages {
		generated := map[string]string{}
		if pl.Services != nil {
			var err error
			if generated, err = pl.Services.Scripts(pkg.Format); err != nil {
				return nil, err
			}
		}
		all[pkg.Format] = scripts{}
		for event := range events[pkg.Format] {
			text, err := service.Weave(event, generated[event], pl.Hooks[event])
			if err != nil || text == "" {
				errs = append(errs, err)
				continue
			}
			file := filepath.Join(scratch, "script-"+pkg.Format+"-"+event)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				return nil, fmt.Errorf("write maintainer script: %w", err)
			}
			all[pkg.Format][event] = file
		}
	}
	return all, errors.Join(errs...)
}
