package venv

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/index"
)

// tool is one pinned version of an installer, as a wheel of the package index.
type tool struct {
	name, version string
	wheels        map[string]wheelFile // by GOARCH, or "any"
}

type wheelFile struct{ name, sha256 string }

// The versions are pinned together with their hashes: change both.
var (
	uvTool = tool{"uv", "0.13.9", map[string]wheelFile{
		"amd64":   {"uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19"},
		"arm64":   {"uv-0.13.9-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl", "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe"},
		"ppc64le": {"uv-0.13.9-py3-none-manylinux_2_17_ppc64le.manylinux2014_ppc64le.whl", "c5dbdb7c8737cd183a9dce95b39cfd1f3d54ec2a27a1bb58f160293f9ba2c805"},
		"s390x":   {"uv-0.13.9-py3-none-manylinux_2_17_s390x.manylinux2014_s390x.whl", "a6e845f387e4ed55bb59342957a9179e24a631fcc7668bda3426ae1cef8ed4b9"},
		"riscv64": {"uv-0.13.9-py3-none-manylinux_2_31_riscv64.whl", "6b0c7b9f47a5d011939d61e324d3fe18a8bc155d8dd53add738709a92f290a7c"},
	}}
	pipTool = tool{"pip", "25.3", map[string]wheelFile{
		"any": {"pip-25.3-py3-none-any.whl", "9655943313a94722b7774661c21049070f6bbb0a1516bf02f7c8d5d9201514cd"},
	}}
)

// findUV takes the uv on PATH when it is the pinned version, else fetches that.
func (b Builder) findUV(ctx context.Context, n network) (string, error) {
	if path, err := b.Run.Find("uv"); err == nil {
		out, err := b.Run.Output(ctx, command.Program{Name: path, Args: []string{"--version"}})
		if fields := strings.Fields(out); err == nil && len(fields) > 1 && fields[1] == uvTool.version {
			return path, nil
		}
		if ctx.Err() != nil {
			return "", err
		}
	}
	wheel, err := b.fetch(ctx, n, uvTool)
	if err != nil {
		return "", err
	}
	exe := filepath.Join(filepath.Dir(wheel), "uv-"+uvTool.version)
	if _, err := os.Stat(exe); err == nil {
		return exe, nil
	}
	if err := extract(wheel, "uv-"+uvTool.version+".data/scripts/uv", exe); err != nil {
		return "", fmt.Errorf("unpack %q: %w", filepath.Base(wheel), err)
	}
	return exe, nil
}

// FetchUV puts the pinned uv into a directory, as "uv", from the index that the
// environment names. It makes an image that fetches nothing later.
func FetchUV(ctx context.Context, environ []string, dir string) error {
	scratch, err := os.MkdirTemp(dir, ".fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	b := Builder{Run: &command.Runner{}, Config: environ, Scratch: scratch}
	n, err := b.network(scratch)
	if err != nil {
		return err
	}
	exe, err := b.findUV(ctx, n)
	if err != nil {
		return err
	}
	return os.Rename(exe, filepath.Join(dir, "uv"))
}

// fetch returns the path of a tool's wheel in the cache, which it fills from
// the package index if need be. A file with another hash is never kept.
func (b Builder) fetch(ctx context.Context, n network, t tool) (string, error) {
	w, ok := t.wheels["any"]
	if !ok {
		if w, ok = t.wheels[runtime.GOARCH]; !ok {
			return "", fmt.Errorf("fetch %s: none is pinned for %s: put %s %s on PATH, or use the other installer", t.name, runtime.GOARCH, t.name, t.version)
		}
	}
	cache := b.Cache
	if cache == "" {
		cache = filepath.Join(b.Scratch, "tools")
	}
	file := filepath.Join(cache, w.name)
	if sum, _, err := artifact.Digest(file); err == nil && sum == w.sha256 {
		return file, nil
	}
	b.say("fetching " + t.name + " " + t.version)
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("fetch %s: %w", t.name, err)
	}
	if err := n.download(ctx, t.name, w, file); err != nil {
		return "", &FetchError{t.name, t.version, index.Redact(n.config.Default), err}
	}
	return file, nil
}

// download looks for a tool's wheel in find-links and the default index.
func (n network) download(ctx context.Context, name string, w wheelFile, to string) error {
	for _, c := range n.clients(n.config.Default) {
		files, err := c.Files(ctx, name)
		if err != nil {
			return err
		}
		for _, f := range files {
			if f.Name == w.name {
				f.Hashes = []string{"sha256:" + w.sha256}
				return c.Download(ctx, f, to)
			}
		}
	}
	return fmt.Errorf("find %q: not there", w.name)
}

// FetchError is an installer that could not be fetched.
type FetchError struct {
	Tool, Version string
	Index         string // its address, without credentials
	Err           error
}

func (e *FetchError) Error() string {
	return fmt.Sprintf("fetch %s %s from %s: %v", e.Tool, e.Version, e.Index, e.Err)
}

func (e *FetchError) Unwrap() error { return e.Err }

// extract takes one program out of a wheel.
func extract(wheel, member, to string) error {
	z, err := zip.OpenReader(wheel)
	if err != nil {
		return err
	}
	defer z.Close()
	in, err := z.Open(member)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), ".unpack-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Chmod(0o755)
	}
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}
