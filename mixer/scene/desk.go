package scene

import "time"

// Desk is a canvas's side of a vision mixer as a function of the program time: what
// is on program, what is on preview, and a countdown after which they change places.
type Desk struct {
	program Program
	preview Shot
	auto    bool
	due     time.Duration // of the automatic take
	by      Transition    // of the automatic take
}

// NewDesk returns a desk with s on program and nothing on preview.
func NewDesk(s Shot) Desk { return Desk{program: NewProgram(s)} }

// Take puts a shot on program past the preview, which stays as it is.
func (d Desk) Take(next Shot, by Transition, at time.Duration) Desk {
	d.program = d.program.Take(next, by, at)
	return d
}

// Cue puts a shot on preview.
func (d Desk) Cue(next Shot) Desk {
	d.preview = next
	return d
}

// TakePreview puts the preview on program and what was on program on preview, and
// ends a countdown. Without a preview it does nothing.
func (d Desk) TakePreview(by Transition, at time.Duration) Desk {
	d.auto = false
	if d.preview.Layout == "" {
		return d
	}
	gone := d.program.Target()
	d.program = d.program.Take(d.preview, by, at)
	d.preview = gone
	return d
}

// AutoTake makes TakePreview happen at the time due; a running countdown is
// replaced.
func (d Desk) AutoTake(by Transition, due time.Duration) Desk {
	d.auto, d.due, d.by = true, due, by
	return d
}

// Cancel ends a countdown.
func (d Desk) Cancel() Desk {
	d.auto = false
	return d
}

// Tick returns the desk at a time: a countdown that has run out has been obeyed.
func (d Desk) Tick(now time.Duration) Desk {
	if d.auto && now >= d.due {
		return d.TakePreview(d.by, d.due)
	}
	return d
}

// Program returns what is on program.
func (d Desk) Program() Program { return d.program }

// Preview returns the shot on preview, the zero Shot when there is none.
func (d Desk) Preview() Shot { return d.preview }

// Left returns the time left until the automatic take; false without a countdown.
func (d Desk) Left(now time.Duration) (time.Duration, bool) {
	if !d.auto {
		return 0, false
	}
	return max(0, d.due-now), true
}
