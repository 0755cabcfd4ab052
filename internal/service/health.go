package service

import (
	"strings"
	"time"
)

// healthIsURL tells a URL, or a path of the process itself, from a command.
func (p Process) healthIsURL() bool {
	return p.healthIsPath() || strings.HasPrefix(p.Health, "http://") || strings.HasPrefix(p.Health, "https://")
}

// healthIsPath tells whether the process itself is asked: /health or, with a
// Host header, //shop.example.org/health.
func (p Process) healthIsPath() bool {
	return strings.HasPrefix(p.Health, "/") && !strings.ContainsAny(p.Health, " \t")
}

// healthArgs is what the health check gets before a command: "url" and a URL,
// with the address to connect to where that is the process's own, or "run".
func (a App) healthArgs(p Process) []string {
	switch {
	case strings.HasPrefix(p.Health, "//"):
		return []string{"url", "http:" + p.Health, a.address(p)}
	case p.healthIsPath():
		return []string{"url", "http://localhost" + p.Health, a.address(p)}
	case p.healthIsURL():
		return []string{"url", p.Health}
	}
	return []string{"run"}
}

// healthTime is how long a process has until it is healthy.
func (p Process) healthTime() time.Duration {
	if p.Health == "" {
		return 0
	}
	d, err := span(p.HealthTime)
	if err != nil {
		return 30 * time.Second
	}
	return d
}
