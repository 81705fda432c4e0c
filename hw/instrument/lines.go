package instrument

import (
	"bytes"
	"time"
)

// lines cuts a byte stream into lines that end with LF, of bounded length.
type lines struct {
	longest int           // bytes, the line end included
	gap     time.Duration // a half line that gets nothing more for so long is thrown away
	lost    func(why string)

	buf     []byte
	last    time.Time // when the newest byte of buf came
	discard bool      // inside a line that is too long, up to its end
}

func (l *lines) reset() {
	l.buf, l.discard = l.buf[:0], false
}

// feed calls line for every whole line, with its line end. The bytes are the
// splitter's own and valid only during the call.
func (l *lines) feed(chunk []byte, at time.Time, line func(frame []byte)) {
	if len(l.buf) > 0 && at.Sub(l.last) > l.gap {
		l.reset()
		l.lost("half a line, then silence")
	}
	l.last = at
	for len(chunk) > 0 {
		part, rest := chunk, []byte(nil)
		end := bytes.IndexByte(chunk, '\n')
		if end >= 0 {
			part, rest = chunk[:end+1], chunk[end+1:]
		}
		if !l.discard && len(l.buf)+len(part) > l.longest {
			l.discard = true
			l.lost("a line that is too long")
		}
		if l.discard {
			l.buf = l.buf[:0]
		} else {
			l.buf = append(l.buf, part...)
		}
		if end >= 0 {
			if !l.discard {
				line(l.buf)
			}
			l.reset()
		}
		chunk = rest
	}
}

// text returns a line without its end.
func text(frame []byte) []byte { return bytes.TrimRight(frame, "\r\n") }
