package clips

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"studio/media/packet"
	"studio/publish/avformat"
	"studio/publish/mp4"
)

// RingOptions describe a Ring. Streams and Folder are needed.
type RingOptions struct {
	Streams []*packet.Stream
	Titles  []string      // of the streams; may be shorter
	Longest time.Duration // that is kept; 0 is a minute
	Folder  string        // where a clip's packets are put for a moment
}

// Ring keeps the last packets of a canvas in memory. It is a publish.Taker and a
// Source. Any goroutine may call its methods.
type Ring struct {
	options RingOptions
	limit   int // bytes

	mu      sync.Mutex
	packets []*packet.Packet
	first   int // of packets, oldest; those before it are gone
	bytes   int
}

// NewRing returns an empty ring.
func NewRing(o RingOptions) *Ring {
	if o.Longest == 0 {
		o.Longest = time.Minute
	}
	bits := 0
	for _, s := range o.Streams {
		bits += s.BitsPerSecond
	}
	// Half as much again as the streams promise; what is beyond makes it shorter.
	return &Ring{options: o, limit: int(o.Longest.Seconds() * 1.5 * float64(bits) / 8)}
}

// Offer keeps a packet if it is of one of the ring's streams. It never waits.
func (r *Ring) Offer(p *packet.Packet) {
	ours := false
	for _, s := range r.options.Streams {
		ours = ours || s == p.Stream
	}
	if !ours {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.packets = append(r.packets, p)
	r.bytes += len(p.Data)
	for r.first < len(r.packets)-1 && (r.bytes > r.limit || p.Time()-r.packets[r.first].Time() > r.options.Longest) {
		r.bytes -= len(r.packets[r.first].Data)
		r.packets[r.first] = nil
		r.first++
	}
	if r.first > len(r.packets)/2 && r.first > 64 {
		n := copy(r.packets, r.packets[r.first:])
		clear(r.packets[n:])
		r.packets, r.first = r.packets[:n], 0
	}
}

// Held implements Source.
func (r *Ring) Held(from, to time.Duration) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if key := r.key(from); key >= 0 {
		last := r.packets[len(r.packets)-1].Time()
		return max(0, min(to, last)-max(from, r.packets[key].Time()))
	}
	return 0
}

// key is the last key frame not after a time, or the first there is; -1 for none.
// r.mu is held.
func (r *Ring) key(from time.Duration) int {
	found := -1
	for i := r.first; i < len(r.packets); i++ {
		if p := r.packets[i]; p.Key && p.Stream.Codec.Video() && (found < 0 || p.Time() <= from) {
			found = i
		}
	}
	return found
}

// Pieces implements Source. The packets go through a file that has no name.
func (r *Ring) Pieces(_ context.Context, from, to time.Duration) ([]mp4.Piece, func(), error) {
	r.mu.Lock()
	key := r.key(from)
	if key < 0 {
		r.mu.Unlock()
		return nil, func() {}, nil
	}
	begins := r.packets[key].Time()
	var list []*packet.Packet
	for i, p := range r.packets[r.first:] {
		// Sound of the key frame's time may stand before it.
		if p.Time() < to && (r.first+i >= key || !p.Stream.Codec.Video() && p.Time() >= begins) {
			list = append(list, p)
		}
	}
	r.mu.Unlock()
	file, err := os.CreateTemp(r.options.Folder, ".clip-*")
	if err != nil {
		return nil, nil, err
	}
	movie, err := r.write(file, list, begins)
	if removed := os.Remove(file.Name()); err == nil {
		err = removed
	}
	if err != nil {
		_ = file.Close() // nothing of it is wanted
		return nil, nil, err
	}
	return []mp4.Piece{{Reader: file, Movie: movie, Zero: begins}}, func() { _ = file.Close() }, nil
}

func (r *Ring) write(file *os.File, list []*packet.Packet, begins time.Duration) (*mp4.Movie, error) {
	fragments, err := avformat.NewFragments(file, avformat.FragmentOptions{Streams: r.options.Streams, Titles: r.options.Titles})
	if err != nil {
		return nil, err
	}
	movie, err := mp4.Begin(file)
	if err != nil {
		_ = fragments.Close(false) // the first error is told
		return nil, err
	}
	for _, first := range []bool{true, false} { // the key frame begins the file
		for _, p := range list {
			if key := p.Stream.Codec.Video() && p.Time() == begins; key == first && err == nil {
				err = fragments.Write(p)
			}
		}
	}
	if closed := fragments.Close(err == nil); err == nil {
		err = closed
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if err := movie.Advance(file, info.Size()); err != nil {
		return nil, fmt.Errorf("read the clip back: %w", err)
	}
	return movie, nil
}
