//go:build acceptance

package acceptance

import "sync"

// once has things that tests share: the first that asks for one makes it, and
// the others wait. When that one fails, the next tries.
type once[V any] struct {
	mu   sync.Mutex
	made map[string]*shared[V]
}

type shared[V any] struct {
	mu    sync.Mutex
	there bool
	value V
}

// get returns what is shared under a name. make may end its test.
func (o *once[V]) get(name string, make func() V) V {
	o.mu.Lock()
	if o.made == nil {
		o.made = map[string]*shared[V]{}
	}
	s, ok := o.made[name]
	if !ok {
		s = &shared[V]{}
		o.made[name] = s
	}
	o.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.there {
		s.value = make()
		s.there = true
	}
	return s.value
}
