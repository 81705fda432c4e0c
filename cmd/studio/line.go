package main

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"studio/configs"
	"studio/media/packet"
	"studio/media/picture"
	"studio/mixer"
	"studio/words"
)

// line carries one canvas's pictures to its encodes: the main one, which is made
// once for all destinations that are content with it, and those that some
// destination needs beside it.
type line struct {
	configs.Canvas
	rate    packet.Rational
	threads int // of the main encode; 0: as the encoder likes
	costs   *mixer.Costs
	main    *encoding
	latency func(time.Duration) // notes each packet's; nil: nobody wants it
	waited  func(time.Duration) // notes how long the mixer had to wait for the main encode; nil: nobody wants it

	mu      sync.Mutex
	ended   bool
	viewers []*viewer
	own     []*encoding // beside the main one
	ownLost uint64      // pictures that ended ones lost
	running sync.WaitGroup
}

// viewer is somebody who sees every picture of a line. See never blocks and gives
// the picture back when it is done with it.
type viewer struct{ see func(programPicture) }

// show lets v see the pictures until the returned function is called.
func (l *line) show(v *viewer) (stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.viewers = append(l.viewers, v)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.viewers = slices.DeleteFunc(l.viewers, func(o *viewer) bool { return o == v })
	}
}

// offerSound hands a packet of sound to all who take one of the line's encodes.
func (l *line) offerSound(p *packet.Packet) {
	l.main.fanout.Offer(p)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.own {
		r.fanout.Offer(p)
	}
}

// programPicture is a finished program picture, held by whoever has it.
type programPicture struct {
	pic    *picture.Picture
	number int64
	taken  time.Time
}

func newLine(c configs.Canvas, rate packet.Rational, threads int, costs *mixer.Costs) (*line, error) {
	l := &line{Canvas: c, rate: rate, threads: threads, costs: costs}
	var err error
	// The mixer composes one picture while the one before is encoded; nothing is dropped.
	l.main, err = l.newEncoding(need{size: c.Size, profile: "main", bitsPerSecond: c.BitsPerSecond})
	if err != nil {
		return nil, fmt.Errorf("canvas %q: %w", c.Name, err)
	}
	return l, nil
}

// output takes a picture from the mixer.
func (l *line) output(pic *picture.Picture, number int64, taken time.Time) {
	p := programPicture{pic, number, taken}
	l.mu.Lock()
	for _, v := range l.viewers {
		pic.Retain()
		v.see(p)
	}
	for _, r := range l.own {
		r.offer(programPicture{pic.Retain(), number, taken})
	}
	l.mu.Unlock()
	select {
	case l.main.pictures <- p:
	default:
		began := time.Now()
		l.main.pictures <- p
		if l.waited != nil {
			l.waited(time.Since(began))
		}
	}
}

// streams are the main encode's pictures and a sound that goes with them.
func (l *line) streams(sound *packet.Stream) []*packet.Stream {
	return []*packet.Stream{l.main.video.Stream(), sound}
}

// run encodes until the mixer closes the line's pictures.
func (l *line) run() error {
	l.main.run()
	l.running.Wait()
	return nil
}

// end says that no picture comes any more.
func (l *line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	close(l.main.pictures)
	for _, r := range l.own {
		close(r.pictures)
	}
	l.own = nil
}

// open returns the encode that meets a need, with a hold on it: the main one, one
// that is made already, or a new one.
func (l *line) open(n need) (*encoding, error) {
	if n = n.of(l.main.need); n == l.main.need {
		return l.main, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return nil, fmt.Errorf("canvas %q: the engine is ending", l.Name)
	}
	for _, r := range l.own {
		if r.need == n {
			r.holds++
			return r, nil
		}
	}
	r, err := l.newEncoding(n)
	if err != nil {
		return nil, words.Errorf("canvas %[1]q: an encode of %[2]v: %[3]w", "做不出它要的编码（%[2]v），请检查它的画面设置", l.Name, n, err)
	}
	r.holds = 1
	l.own = append(l.own, r)
	l.running.Go(r.run)
	return r, nil
}

// close gives up a hold; an encode beside the main one that nobody holds ends.
func (l *line) close(r *encoding) {
	if r == l.main {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r.holds--
	if i := slices.Index(l.own, r); r.holds == 0 && i >= 0 {
		l.own = slices.Delete(l.own, i, i+1)
		l.ownLost += r.dropped.Load()
		close(r.pictures)
	}
}

// setPreset changes the preset of all encodes of the canvas.
func (l *line) setPreset(name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.main.video.SetPreset(name)
	for _, r := range l.own {
		err = errors.Join(err, r.video.SetPreset(name))
	}
	return err
}

// lost counts pictures that an encode beside the main one was too slow for.
func (l *line) lost() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.ownLost
	for _, r := range l.own {
		n += r.dropped.Load()
	}
	return n
}

// failure returns the last fault of the line's encodes, nil if there is none.
func (l *line) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range append([]*encoding{l.main}, l.own...) {
		if err := r.failed.Load(); err != nil {
			return words.Errorf("canvas %[1]q: %[3]w", "%[2]s：%[3]w", l.Name, shape(l.Size), *err)
		}
	}
	return nil
}

// need is what a destination wants of a canvas's encode; zero values are as the
// main one has them.
type need struct {
	size          picture.Size
	profile       string
	bitsPerSecond int
	alone         string // the destination that has it for itself, whose network sets its bit rate; "" if it is shared
}

// of fills what is left open in from the main encode.
func (n need) of(main need) need {
	if n.size == (picture.Size{}) {
		n.size = main.size
	}
	if n.profile == "" {
		n.profile = main.profile
	}
	if n.bitsPerSecond == 0 {
		n.bitsPerSecond = main.bitsPerSecond
	}
	return n
}

func (n need) String() string {
	return fmt.Sprintf("%d×%d %s %d kb/s", n.size.Width, n.size.Height, n.profile, n.bitsPerSecond/1000)
}
