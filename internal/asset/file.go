package asset

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

const tempStart, tempEnd = ".pinpack-", ".tmp"

func isTemp(base string) bool {
	return strings.HasPrefix(base, tempStart) && strings.HasSuffix(base, tempEnd) && len(base) == len(tempStart)+16+len(tempEnd)
}

// Open opens a file of the folder for reading. A link is followed within the
// folder. What is no regular file (any more) is an error, and never waited for.
func (d *Dir) Open(name string) (*os.File, error) {
	f, err := d.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("read %q: it is no regular file", name)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ErrTooLarge is a text file of more bytes than are taken into memory.
var ErrTooLarge = errors.New("too large")

// Read returns the content of a listed file of at most limit bytes.
func (d *Dir) Read(f File, limit int64) ([]byte, error) {
	if f.Size > limit {
		return nil, fmt.Errorf("read %q: %w: %d bytes, of which %d are taken for text", f.Name, ErrTooLarge, f.Size, limit)
	}
	in, err := d.Open(f.Name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data := make([]byte, f.Size, f.Size+1) // one more: parsers put their mark there
	if _, err := io.ReadFull(in, data); err != nil {
		return nil, changed(f.Name)
	}
	if n, _ := in.Read(make([]byte, 1)); n > 0 {
		return nil, changed(f.Name)
	}
	return data, nil
}

func changed(name string) error { return fmt.Errorf("read %q: it changed meanwhile", name) }

// Temp is a file in the making.
type Temp struct {
	*os.File
	dir        *Dir
	name, temp string
}

// Create begins a file that appears under its name at once and whole, by
// Commit. Abort must be called in any case.
func (d *Dir) Create(name string) (*Temp, error) {
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	temp := path.Join(path.Dir(name), tempStart+hex.EncodeToString(random[:])+tempEnd)
	f, err := d.root.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write %q: %w", name, errors.Unwrap(err))
	}
	return &Temp{f, d, name, temp}, nil
}

// Commit gives the file its name, and the mode, time and owner of another one.
// What had the name is replaced, be it a link.
func (t *Temp) Commit(like File) error {
	err := t.Chmod(like.Mode)
	if err == nil && like.uid+like.gid != 0 && os.Geteuid() == 0 {
		err = t.Chown(like.uid, like.gid)
	}
	if err = errors.Join(err, t.Close()); err == nil {
		err = t.dir.root.Chtimes(t.temp, like.ModTime, like.ModTime)
	}
	if err == nil {
		err = t.dir.root.Rename(t.temp, t.name)
	}
	if err != nil {
		return fmt.Errorf("write %q: %w", t.name, err)
	}
	t.temp = ""
	return nil
}

// Abort removes what was not committed.
func (t *Temp) Abort() {
	if t.temp != "" {
		t.File.Close()
		_ = t.dir.root.Remove(t.temp)
	}
}

// Put writes a file as a whole. One that has this content already stays as it
// is, and false is returned.
func (d *Dir) Put(name string, data []byte, like File) (bool, error) {
	if d.Has(name, data) {
		return false, nil
	}
	t, err := d.Create(name)
	if err != nil {
		return false, err
	}
	defer t.Abort()
	if _, err := t.Write(data); err != nil {
		return false, fmt.Errorf("write %q: %w", name, err)
	}
	return true, t.Commit(like)
}

// Copy writes a file with another one's content. One that has it already, and is
// no link, stays as it is, and false is returned.
func (d *Dir) Copy(from, name string, like File) (bool, error) {
	in, err := d.Open(from)
	if err != nil {
		return false, err
	}
	defer in.Close()
	if info, err := d.root.Lstat(name); err == nil && info.Mode().IsRegular() {
		if same, err := d.equal(in, name); same || err != nil {
			return false, err
		}
		if _, err := in.Seek(0, io.SeekStart); err != nil {
			return false, err
		}
	}
	t, err := d.Create(name)
	if err != nil {
		return false, err
	}
	defer t.Abort()
	if _, err := io.Copy(t.File, in); err != nil {
		return false, fmt.Errorf("write %q: %w", name, err)
	}
	return true, t.Commit(like)
}

func (d *Dir) equal(in io.Reader, name string) (bool, error) {
	f, err := d.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	return Equal(in, f)
}

// Has tells whether a name is a regular file, no link, with just this content.
func (d *Dir) Has(name string, data []byte) bool {
	info, err := d.root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(data)) {
		return false
	}
	f, err := d.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	there, err := io.ReadAll(f)
	return err == nil && bytes.Equal(there, data)
}

// MakeDirs makes the directories that a name lies in.
func (d *Dir) MakeDirs(name string) error {
	if err := d.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fmt.Errorf("write %q: %w", name, err)
	}
	return nil
}

// Stat describes what a name is, itself: a link is not followed.
func (d *Dir) Stat(name string) (fs.FileInfo, error) { return d.root.Lstat(name) }

// Remove removes a file or link. One that is not there is no error.
func (d *Dir) Remove(name string) error {
	if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %q: %w", name, err)
	}
	return nil
}

// Touch gives a file the time of another one.
func (d *Dir) Touch(name string, like File) error {
	return d.root.Chtimes(name, like.ModTime, like.ModTime)
}
