package compress

import (
	"bytes"

	"github.com/pinpack/pinpack/internal/asset"
)

// output is a variant in the making: in memory, and once it is large in a file.
type output struct {
	dir  *asset.Dir
	name string
	size int64
	mem  bytes.Buffer
	file *asset.Temp
}

func (o *output) Write(b []byte) (int, error) {
	o.size += int64(len(b))
	if o.file == nil && o.mem.Len()+len(b) <= spill {
		return o.mem.Write(b)
	}
	if err := o.flush(); err != nil {
		return 0, err
	}
	return o.file.Write(b)
}

// flush moves what is in memory into the file.
func (o *output) flush() error {
	if o.file == nil {
		var err error
		if o.file, err = o.dir.Create(o.name); err != nil {
			return err
		}
	}
	_, err := o.mem.WriteTo(o.file)
	return err
}

func (o *output) commit(like asset.File) error {
	if err := o.flush(); err != nil {
		return err
	}
	return o.file.Commit(like)
}

func (o *output) abort() {
	if o.file != nil {
		o.file.Abort()
	}
}
