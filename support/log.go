package support

import (
	"bytes"
	"sync"
)

// Log keeps the last of what is written to it, in whole lines. Anybody may write; it
// never fails and never waits for a reader longer than a copy takes.
type Log struct {
	mu      sync.Mutex
	ring    []byte
	next    int  // where the next byte goes
	wrapped bool // what is behind next is older than what is before it
}

// NewLog makes a log of at most so many bytes; of what is longer the oldest goes.
func NewLog(most int) *Log { return &Log{ring: make([]byte, most)} }

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for rest := p; len(rest) > 0; {
		n := copy(l.ring[l.next:], rest)
		rest = rest[n:]
		if l.next += n; l.next == len(l.ring) {
			l.next, l.wrapped = 0, true
		}
	}
	return len(p), nil
}

// Lines returns a copy of what is kept, without the line that was cut.
func (l *Log) Lines() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.wrapped {
		return bytes.Clone(l.ring[:l.next])
	}
	all := append(bytes.Clone(l.ring[l.next:]), l.ring[:l.next]...)
	return all[bytes.IndexByte(all, '\n')+1:]
}
