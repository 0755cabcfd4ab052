package fingerprint

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/pinpack/pinpack/internal/asset"
	"github.com/pinpack/pinpack/internal/asset/manifest"
	"github.com/pinpack/pinpack/internal/asset/reference"
)

// class is what becomes of a file.
type class int

const (
	renamed  class = iota // gets a hash
	kept                  // keeps its name; references in it are rewritten
	left                  // stays byte for byte
	output                // was made by an earlier run
	plumbing              // manifests and compressed variants: nobody refers to them
)

// node is a file of the folder.
type node struct {
	file  asset.File
	class class
	now   string // the name that it has in the end
	lang  reference.Language
	to    []*node // renamed files that it refers to; for those that are rewritten
	busy  bool    // whether it refers to any file at all

	group, index, low int // Tarjan's algorithm
	level             int
	cyclic            bool
}

// pins are names that must not go.
type pins struct {
	mu    sync.Mutex
	names map[string]bool
}

func (p *pins) add(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.names == nil {
		p.names = map[string]bool{}
	}
	p.names[name] = true
}

// inventory decides for every file what becomes of it.
func (r *run) inventory() error {
	var err error
	if r.old, err = manifest.Own(r.dir, r.manifests); err != nil {
		return err
	}
	foreign, err := manifest.Foreign(r.dir, r.old)
	if err != nil {
		return err
	}
	ours := map[string]bool{} // manifests
	for _, m := range r.manifests {
		ours[m.File] = true
	}
	made := map[string]string{} // outputs, and of what
	for name, now := range r.old {
		made[now] = name
	}
	r.nodes, r.retained = map[string]*node{}, map[string]string{}
	for _, f := range r.dir.Files {
		n := &node{file: f, now: f.Name, lang: reference.LanguageOf(f.Name)}
		switch name, isMade := made[f.Name]; {
		case ours[f.Name] || r.dir.IsVariant(f.Name) || manifest.Is(r.dir, f):
			n.class = plumbing
		case isMade:
			n.class = output
			if _, there := r.dir.Find(name); !there {
				r.retained[name] = f.Name
			}
		case r.o.Exclude.Match(f.Name) || foreign[f.Name] || !utf8.ValidString(f.Name):
			n.class = left
		case r.isHashed(f):
			n.class = left
			if original, _, _ := manifest.Split(f.Name); r.has(original) { // left by a run that was killed
				n.class = output
				r.old[original] = f.Name
			}
		case r.o.Keep.Match(f.Name):
			n.class = kept
		}
		r.nodes[f.Name], r.order = n, append(r.order, n)
	}
	return nil
}

func (r *run) has(name string) bool {
	_, ok := r.dir.Find(name)
	return ok
}

// isHashed tells whether a file has the hash of its content in its name: ours,
// or Django's.
func (r *run) isHashed(f asset.File) bool {
	_, digits, ok := manifest.Split(f.Name)
	if !ok {
		return false
	}
	for _, h := range []hash.Hash{sha256.New(), md5.New()} {
		in, err := r.dir.Open(f.Name)
		if err != nil {
			return false
		}
		_, err = io.Copy(h, in)
		in.Close()
		if err == nil && hex.EncodeToString(h.Sum(nil))[:manifest.Digits] == digits {
			return true
		}
	}
	return false
}
