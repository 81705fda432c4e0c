package h264

import (
	"context"
	"hash/crc32"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"studio/capture"
	"studio/encode"
	"studio/media/packet"
	"studio/media/packet/annexb"
	"studio/media/picture"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const group = 30 // pictures from key frame to key frame

// film returns access units of moving noise, so that what is decoded from the wrong
// picture looks wrong, and the sum of each decoded picture.
func film(t testing.TB, size picture.Size, count int) (units [][]byte, sums []uint32) {
	t.Helper()
	v, err := encode.NewVideo(encode.VideoOptions{Size: size, Rate: packet.Rational{Num: 30, Den: 1}, Preset: "veryfast",
		KeyInterval: group, BitsPerSecond: size.Width * size.Height * 3})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	pic, state := picture.New(size), uint32(1)
	noise := make([]byte, 2*len(pic.Y))
	for i := range noise {
		state = state*1664525 + 1013904223
		noise[i] = 60 + byte(state>>24)%120
		if i > 8 && i%8 != 0 { // soft enough to be worth a reference
			noise[i] = noise[i-1]
		}
	}
	for i := range count {
		picture.Fill(pic.View, 0, 100, 150)
		copy(pic.Y, noise[(i*(3*pic.StrideY+5))%len(pic.Y):])
		if err := v.Encode(pic.View, int64(i), time.Time{}, func(p *packet.Packet) { units = append(units, p.Data) }); err != nil {
			t.Fatal(err)
		}
	}
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	f := capture.NewFrame(nil)
	for i, u := range units {
		if err := c.send(u, time.Duration(i)); err != nil {
			t.Fatal(err)
		}
		if at, some, err := c.next(); err != nil || !some || at != time.Duration(i) {
			t.Fatalf("picture %d: %v, %v, %v", i, at, some, err)
		}
		c.copy(f)
		sums = append(sums, crc32.ChecksumIEEE(f.Data))
	}
	return units, sums
}

// show is a camera that sends a film, with a decoder, in a bubble of synctest.
type show struct {
	t     *testing.T
	box   capture.Mailbox
	d     *Decoder
	began time.Time
	units [][]byte
	sums  []uint32
	at    int // number of the next unit
	shown int // of the newest picture seen
	stop  func()
}

const tick = time.Second / 30

func begin(t *testing.T, units [][]byte, sums []uint32) *show {
	s := &show{t: t, began: time.Now(), units: units, sums: sums, shown: -1}
	var err error
	if s.d, err = New(&s.box); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { s.d.Run(ctx); close(done) }()
	s.stop = func() {
		cancel()
		<-done
		s.d.Close()
		s.box.Clear()
	}
	return s
}

// send lets the next unit arrive, as data if that is not nil, a frame's time after the
// one before.
func (s *show) send(data []byte) {
	time.Sleep(time.Until(s.began.Add(time.Duration(s.at+1) * tick)))
	if data == nil {
		data = s.units[s.at%len(s.units)]
	}
	f := capture.NewFrame(nil)
	f.Format, f.Width, f.Height, f.Data = capture.H264, 320, 180, data
	look, _ := annexb.Look(data)
	f.Taken, f.Sequence, f.Key = time.Now(), uint64(s.at), look.Key
	s.at++
	s.box.Come(f)
	s.d.Take(f)
	f.Release()
	synctest.Wait()
}

// lose lets the next unit get lost without a word.
func (s *show) lose() { s.at++ }

// look asks for the newest picture, and fails the test unless it is whole. It returns
// its number, -1 if there is none.
func (s *show) look() int {
	f := s.box.Newest()
	if f == nil {
		return -1
	}
	defer f.Release()
	number := int((f.Taken.Sub(s.began)+tick/2)/tick) - 1
	if number < s.shown {
		s.t.Errorf("picture %d after picture %d", number, s.shown)
	}
	s.shown = number
	if got := crc32.ChecksumIEEE(f.Data); got != s.sums[number%len(s.sums)] {
		s.t.Errorf("picture %d is not whole", number)
	}
	if f.Format != capture.I420 || f.Width != 320 || f.Height != 180 || f.Stride != 320 || f.Colour != picture.Program {
		s.t.Errorf("picture %d: %v %dx%d %+v", number, f.Format, f.Width, f.Height, f.Colour)
	}
	return number
}

// see sends units up to a number and looks after each; it returns the pictures seen.
func (s *show) see(until int) (seen []int) {
	for s.at < until {
		s.send(nil)
		seen = append(seen, s.look())
	}
	return seen
}

var small = picture.Size{Width: 320, Height: 180}

func TestWhoLooksSeesEveryPicture(t *testing.T) {
	units, sums := film(t, small, 4*group)
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, units, sums)
		defer s.stop()
		s.look()
		for i, n := range s.see(100) {
			if n != i {
				t.Errorf("picture %d is shown when picture %d has come", n, i)
			}
		}
		if c := s.box.Counts(); c.Frames != 100 || c.Damaged+c.Missed+c.Exhausted != 0 {
			t.Errorf("counts %+v", c)
		}
	})
}

// TestWhoLooksAgain looks, looks away, and looks again in the middle of a group.
func TestWhoLooksAgain(t *testing.T) {
	units, sums := film(t, small, 12*group)
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, units, sums)
		defer s.stop()
		s.look()
		s.see(20)
		for s.at < 10*group+17 {
			s.send(nil)
		}
		if c := s.box.Counts(); c.Unseen < 200 {
			t.Errorf("nobody looked, and yet %d pictures were decoded: %+v", int(c.Frames-c.Unseen), c)
		}
		if n := s.look(); n != 8*group && n != 9*group && n != 10*group {
			t.Errorf("picture %d is there when somebody looks again", n)
		}
		seen := s.see(10*group + 19)
		if seen[0] != 10*group+17 {
			t.Errorf("one frame later there is picture %d of %d", seen[0], s.at)
		}
		if c := s.box.Counts(); c.Damaged+c.Missed+c.Exhausted != 0 {
			t.Errorf("counts %+v", c)
		}
	})
}

// TestFaults lets the stream be hurt in every way: what is seen is whole, and behind
// the next key frame all is as before.
func TestFaults(t *testing.T) {
	units, sums := film(t, small, 4*group)
	cut := func(n, to int) []byte { return units[n][:to] }
	changed := func(n, at int) []byte {
		data := append([]byte{}, units[n]...)
		for i := at; i < min(at+40, len(data)); i++ {
			data[i] ^= 0x55
		}
		return data
	}
	for _, test := range []struct {
		name    string
		at      int
		hurt    func(s *show)
		damaged uint64 // up to the next key frame
		missed  uint64
	}{
		{"a lost unit", 13, func(s *show) { s.lose() }, group - 14, 1},
		{"a lost unit that nobody told of", 13, func(s *show) { s.lose(); s.d.last++ }, group - 14, 1},
		{"a lost key frame", group, func(s *show) { s.lose() }, group - 1, 1},
		{"one that the driver told of", 13, func(s *show) { s.d.Lost(); s.send(nil) }, group - 13, 0},
		{"half a unit", 13, func(s *show) { s.send(cut(13, len(units[13])/2)) }, group - 13, 0},
		{"a unit's beginning", 13, func(s *show) { s.send(cut(13, 12)) }, group - 13, 0},
		{"half a key frame", group, func(s *show) { s.send(cut(group, len(units[group])/2)) }, group, 0},
		{"garbage in a unit", 13, func(s *show) { s.send(changed(13, 30)) }, group - 13, 0},
		{"garbage in a key frame", group, func(s *show) { s.send(changed(group, 200)) }, group, 0},
		{"no unit at all", 13, func(s *show) { s.send([]byte("\x00\x00\x01\xff\xd8\xff\xe0")) }, group - 13, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := begin(t, units, sums)
				defer s.stop()
				s.look()
				s.see(test.at)
				test.hurt(s)
				held := s.look()
				next := (test.at/group + 1) * group
				for _, n := range s.see(next) {
					if n != held {
						t.Errorf("picture %d is shown, %d was the last good one", n, held)
					}
				}
				if held < test.at-1 || held > test.at-1 {
					t.Errorf("picture %d is held, %d was lost", held, test.at)
				}
				if c := s.box.Counts(); c.Damaged != test.damaged || c.Missed != test.missed {
					t.Errorf("counts %+v, want %d damaged", c, test.damaged)
				}
				for i, n := range s.see(next + 20) {
					if n != next+i {
						t.Errorf("picture %d of %d behind the next key frame", n, next+i)
					}
				}
			})
		})
	}
}

// TestBeginsMidGroup opens a camera that is in the middle of a group.
func TestBeginsMidGroup(t *testing.T) {
	units, sums := film(t, small, 2*group)
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, units, sums)
		defer s.stop()
		s.look()
		s.at = 11
		for _, n := range s.see(group) {
			if n != -1 {
				t.Errorf("picture %d before a key frame", n)
			}
		}
		if seen := s.see(group + 1); seen[0] != group {
			t.Errorf("at the key frame there is picture %d", seen[0])
		}
		if c := s.box.Counts(); c.Damaged != 0 {
			t.Errorf("counts %+v", c)
		}
	})
}

// TestLongGroups is a camera that sends no second key frame for a long time while
// nobody looks: what waits is bounded, and its pictures go on.
func TestLongGroups(t *testing.T) {
	v, err := encode.NewVideo(encode.VideoOptions{Size: small, Rate: packet.Rational{Num: 30, Den: 1}, Preset: "ultrafast",
		KeyInterval: 1000, BitsPerSecond: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	pic := picture.New(small)
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, nil, nil)
		defer s.stop()
		most := 0
		for i := range 900 {
			picture.Fill(pic.View, byte(16+i%200), 128, 128)
			if err := v.Encode(pic.View, int64(i), time.Time{}, func(p *packet.Packet) {
				s.send(p.Data)
			}); err != nil {
				t.Fatal(err)
			}
			most = max(most, s.d.waiting.count())
		}
		if c := s.box.Counts(); most > mostUnits/2+1 || c.Damaged+c.Exhausted != 0 {
			t.Errorf("up to %d units wait; counts %+v", most, c)
		}
	})
}

// TestSize changes the size in flight.
func TestSize(t *testing.T) {
	units, sums := film(t, small, 20)
	other, _ := film(t, picture.Size{Width: 640, Height: 360}, 5)
	synctest.Test(t, func(t *testing.T) {
		s := begin(t, units, sums)
		defer s.stop()
		s.look()
		s.see(20)
		s.at = group
		s.d.last = group - 1
		for i := range 5 {
			s.send(other[i])
			f := s.box.Newest()
			if f.Width != 640 || f.Height != 360 || len(f.Data) != 640*360*3/2 {
				t.Errorf("picture %d is %dx%d", i, f.Width, f.Height)
			}
			f.Release()
		}
	})
}

func TestColour(t *testing.T) {
	for _, test := range []struct {
		full           bool
		matrix, height int
		want           picture.Colour
	}{
		{false, 0, 1080, picture.Colour{Range: picture.Limited, Matrix: picture.BT709}},
		{false, 0, 720, picture.Colour{Range: picture.Limited, Matrix: picture.BT709}},
		{false, 0, 480, picture.Colour{Range: picture.Limited, Matrix: picture.BT601}},
		{true, 601, 1080, picture.Colour{Range: picture.Full, Matrix: picture.BT601}},
		{true, 709, 480, picture.Colour{Range: picture.Full, Matrix: picture.BT709}},
	} {
		if got := colour(test.full, test.matrix, test.height); got != test.want {
			t.Errorf("%+v: %+v", test, got)
		}
	}
}
