package capture

import "testing"

func TestMailboxCountsWhatIsLost(t *testing.T) {
	back := 0
	frame := func(sequence uint64) *Frame {
		f := NewFrame(func(*Frame) { back++ })
		f.Sequence = sequence
		return f
	}
	var m Mailbox
	if m.Newest() != nil {
		t.Fatal("an empty mailbox has a frame")
	}
	m.Put(frame(1))
	m.Put(frame(2)) // 1 was never looked at
	seen := m.Newest()
	m.Put(frame(6)) // 3, 4, 5 lost on the way
	if back != 1 {
		t.Errorf("%d frames came back, want 1: one is held by a reader", back)
	}
	seen.Release()
	m.Clear()
	m.Put(frame(100)) // after a gap that was a fault, nothing is missing
	m.CountDamaged()
	m.CountExhausted()
	m.Clear()
	m.Clear()
	if want := (Counts{Frames: 4, Unseen: 1, Missed: 3, Damaged: 1, Exhausted: 1}); m.Counts() != want {
		t.Errorf("counts %+v, want %+v", m.Counts(), want)
	}
	if back != 4 {
		t.Errorf("%d frames came back, want 4", back)
	}
}

func TestFrameHolds(t *testing.T) {
	recycled := 0
	f := NewFrame(func(*Frame) { recycled++ })
	f.Retain().Release()
	if recycled != 0 {
		t.Error("recycled while held")
	}
	f.Release()
	if recycled != 1 {
		t.Error("not recycled after the last release")
	}
	f.Renew()
	f.Release()
	if recycled != 2 {
		t.Error("not recycled again")
	}
	for _, misuse := range []func(*Frame){func(f *Frame) { f.Retain() }, func(f *Frame) { f.Release() }} {
		func() {
			f := NewFrame(nil)
			f.Release()
			defer func() {
				if recover() == nil {
					t.Error("using a frame that nobody holds did not panic")
				}
			}()
			misuse(f)
		}()
	}
}
