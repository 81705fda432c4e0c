package wall

import (
	"context"
	"fmt"
	"time"

	"studio/capture"
	"studio/media/picture"
	"studio/mixer/activity"
)

// Watch looks at one camera as the programme does: at every period of program
// time it takes the newest frame, and tells of each new one at what program time
// it is shown and by how much it differs from the frame before (see
// activity.Meter.Motion). It returns nil when ctx ends, and an error when the
// camera is gone or unknown. each is called by the caller's goroutine.
func (w *Wall) Watch(ctx context.Context, name string, period time.Duration, each func(at time.Duration, motion float64)) error {
	t, err := w.tile(name)
	if err != nil {
		return err
	}
	var meter activity.Meter
	var last moment
	timer := time.NewTimer(0)
	defer timer.Stop()
	for at := time.Since(w.start).Truncate(period) + period; ; at += period {
		timer.Reset(time.Until(w.start.Add(at)))
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		frame := t.Newest(at)
		if frame == nil {
			return fmt.Errorf("watch camera %q: it has no picture", name)
		}
		if of := (moment{frame.Sequence, frame.Taken}); of != last {
			last = of
			if w.measure(&meter, frame) {
				each(at, meter.Motion())
			}
		}
		frame.Release()
	}
}

// measure adds a frame to a meter and reports whether it could be developed.
func (w *Wall) measure(meter *activity.Meter, frame *capture.Frame) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.developer == nil {
		return false
	}
	pic, err := w.developer.Develop(frame, Fit(picture.Size{Width: frame.Width, Height: frame.Height}, Width))
	if err != nil {
		return false
	}
	defer pic.Release()
	meter.Add(pic.View, frame.Taken)
	return true
}
