package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// pipe carries what a program writes.
type pipe struct {
	r, w    *os.File
	waiting atomic.Bool // for the program to write, or to close its end
	done    chan error
}

func openPipe(to io.Writer) (*pipe, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("open pipe: %w", err)
	}
	p := &pipe{r: r, w: w, done: make(chan error, 1)}
	go func() {
		_, err := io.Copy(to, p)
		_, _ = io.Copy(io.Discard, p) // the reader of our output went away: let the program end all the same
		p.done <- err
	}()
	return p, nil
}

func (p *pipe) Read(b []byte) (int, error) {
	p.waiting.Store(true)
	defer p.waiting.Store(false)
	return p.r.Read(b)
}

// finish closes our ends and waits until everything is passed on. A pipe that
// stays open without a word for the grace is in the hands of a process that we
// could not end, and is not listened to any longer.
func finish(pipes []*pipe) error {
	var errs []error
	for _, p := range pipes {
		p.w.Close()
		errs = append(errs, p.finish())
	}
	return errors.Join(errs...)
}

func (p *pipe) finish() error {
	defer p.r.Close()
	for {
		select {
		case err := <-p.done:
			return err
		case <-time.After(grace):
			if p.waiting.Load() {
				p.r.Close()
				<-p.done
				return nil
			}
		}
	}
}
