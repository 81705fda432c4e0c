package main

import (
	"slices"
	"sync"
	"sync/atomic"

	"studio/media/samples"
)

// taps are those who want each source's own sound: recordings of single
// microphones, the clap test.
type taps struct {
	changing sync.Mutex
	list     atomic.Pointer[[]*tap]
}

type tap struct {
	take func(name string, b samples.Block)
}

// offer hands a block to all; it takes no lock and allocates nothing.
func (t *taps) offer(name string, b samples.Block) {
	for _, tap := range t.now() {
		tap.take(name, b)
	}
}

func (t *taps) now() []*tap {
	if list := t.list.Load(); list != nil {
		return *list
	}
	return nil
}

// add lets take have the blocks until remove is called.
func (t *taps) add(take func(name string, b samples.Block)) (remove func()) {
	own := &tap{take}
	t.change(func(list []*tap) []*tap { return append(list, own) })
	return func() {
		t.change(func(list []*tap) []*tap { return slices.DeleteFunc(list, func(o *tap) bool { return o == own }) })
	}
}

func (t *taps) change(edit func([]*tap) []*tap) {
	t.changing.Lock()
	defer t.changing.Unlock()
	list := edit(slices.Clone(t.now()))
	t.list.Store(&list)
}
