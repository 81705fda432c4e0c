package recording

import (
	"errors"
	"time"

	"studio/media/packet"
)

// session is one recording of one or more files. Sound waits until it is known
// which file it belongs to, that of the picture that is shown when it begins, and
// until all sounds have come as far, so that a recording's tracks end together.
type session struct {
	recorder *Recorder
	streams  []*packet.Stream
	name     string
	part     int

	newest  *file
	before  *file // the file before, until its last sound has come; nil: none
	since   time.Duration
	waits   []*packet.Packet                 // sound later than the newest picture, or another sound
	reached map[*packet.Stream]time.Duration // where the newest packet of each sound ends
	shown   time.Duration                    // time of the newest picture
	size    int64                            // coded bytes in the newest file
}

// patience is how long sound waits for a picture or another sound, and a file that is
// over for its last sound, in the programme's time.
const patience = time.Second

// Write implements publish.Sink.
func (s *session) Write(p *packet.Packet) error {
	if !p.Stream.Codec.Video() {
		s.waits = append(s.waits, p)
		s.reached[p.Stream] = p.Stream.TimeBase.Duration(p.PTS + p.Duration)
		return s.pass(min(s.shown, s.together()), p.Time()-patience)
	}
	// The sound before this picture belongs to the file that the one before it is in.
	if err := s.pass(min(p.Time(), s.together()), p.Time()-patience); err != nil {
		return err
	}
	if s.before != nil && p.Time() > s.since+patience {
		if err := s.endBefore(); err != nil {
			return err
		}
	}
	if p.Key && s.due(p) {
		if err := s.rotate(p.Time()); err != nil {
			return err
		}
	}
	if p.Key && !s.newest.begun {
		if err := s.enter(p.Time()); err != nil {
			return err
		}
	}
	s.shown = p.Time()
	s.size += int64(len(p.Data))
	return s.newest.write(p)
}

// due reports whether the newest file is long or big enough.
func (s *session) due(p *packet.Packet) bool {
	o, f := s.recorder.options, s.newest
	if !f.begun || s.before != nil {
		return false
	}
	return o.RotateAfter > 0 && p.Time()-f.zero >= o.RotateAfter || o.RotateBytes > 0 && s.size >= o.RotateBytes
}

func (s *session) rotate(at time.Duration) error {
	next, err := s.begin()
	if err != nil {
		return err
	}
	s.before, s.newest = s.newest, next
	s.since, s.size = at, 0
	return nil
}

// enter gives the newest file its beginning, and the one before it the chapters up
// to there.
func (s *session) enter(at time.Duration) error {
	s.newest.begun, s.newest.zero = true, at
	s.recorder.enter(s.newest)
	if s.before == nil {
		return nil
	}
	return s.before.writeChapters()
}

// together is where all sounds have come to; one that is more than patience behind is
// not waited for.
func (s *session) together() time.Duration {
	var newest time.Duration
	for _, at := range s.reached {
		newest = max(newest, at)
	}
	together := newest
	for _, at := range s.reached {
		if at > newest-patience {
			together = min(together, at)
		}
	}
	return together
}

// pass writes the sound that begins before a time, and whatever is older than
// another.
func (s *session) pass(before, older time.Duration) error {
	kept := s.waits[:0]
	var failed error
	for _, p := range s.waits {
		if failed != nil || p.Time() >= before && p.Time() >= older {
			kept = append(kept, p)
			continue
		}
		failed = s.sound(p)
	}
	clear(s.waits[len(kept):])
	s.waits = kept
	return failed
}

func (s *session) sound(p *packet.Packet) error {
	s.size += int64(len(p.Data))
	if s.before != nil && p.Time() < s.since {
		return s.before.write(p)
	}
	return s.newest.write(p)
}

func (s *session) endBefore() error {
	f := s.before
	s.before = nil
	return f.close()
}

// Close implements publish.Sink.
func (s *session) Close() error {
	var err error
	if !s.newest.failed {
		err = s.pass(s.together(), s.together())
	}
	if s.before != nil {
		err = errors.Join(err, s.endBefore())
	}
	return errors.Join(err, s.newest.close())
}
