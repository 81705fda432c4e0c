package publish

import (
	"context"

	"studio/media/packet"
)

// Sink is one open connection, file or device. It belongs to one goroutine.
// Write may block, but no longer than the sink's own time-out, and must not keep
// or change the packet. After an error from Write only Close is called. Close
// ends the connection or finishes the file and is called exactly once.
type Sink interface {
	Write(p *packet.Packet) error
	Close() error
}

// Dial makes a fresh attempt at a destination: it connects and announces the
// streams, or fails within its own time-out or when ctx ends. ctx governs the
// whole life of the Sink: when it ends, a Write in progress returns soon. Errors
// are one plain sentence without any secret in it.
type Dial func(ctx context.Context, streams []*packet.Stream) (Sink, error)
