package drawn

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/capture"
	"studio/media/packet"
	"studio/media/picture"
	"studio/overlay/svg"
)

var (
	hd    = picture.Size{Width: 1920, Height: 1080}
	small = picture.Size{Width: 640, Height: 360}
	inset = picture.Size{Width: 480, Height: 270}
	fps30 = packet.Rational{Num: 30, Den: 1}
)

func source(t testing.TB, scene string, size picture.Size, rate packet.Rational) *Source {
	t.Helper()
	s, err := New(Options{Scene: scene, Size: size, FrameRate: rate, Start: time.Now(), Code: true, Rasterize: svg.Render})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// painted returns frame n of a source at a size.
func painted(s *Source, n uint64, size picture.Size) *picture.Picture {
	f := s.Frame(n)
	defer f.Release()
	pic := picture.New(size)
	f.Painter.Paint(pic.View)
	return pic
}

// difference is the mean difference of luma above the strip.
func difference(a, b *picture.Picture) float64 {
	var sum, count int
	for y := range a.Height - stripHeight(a.Width) {
		for x := range a.Width {
			d := int(a.Y[y*a.StrideY+x]) - int(b.Y[y*b.StrideY+x])
			sum, count = sum+max(d, -d), count+1
		}
	}
	return float64(sum) / float64(count)
}

func TestScenesMoveAndStayLegal(t *testing.T) {
	for _, scene := range Scenes() {
		t.Run(scene, func(t *testing.T) {
			s := source(t, scene, small, fps30)
			first := painted(s, 30, small)
			if d := difference(first, painted(s, 30, small)); d != 0 {
				t.Errorf("the same frame drawn twice differs by %.3f", d)
			}
			if d := difference(first, painted(s, 31, small)); d == 0 || d > 6 {
				t.Errorf("the next frame differs by %.3f levels: it stands still or jumps", d)
			}
			if d := difference(first, painted(s, 210, small)); d < 0.05 {
				t.Errorf("six seconds later it differs by %.3f levels only", d)
			}
			var sum int
			levels := map[byte]bool{}
			for y := range small.Height {
				for _, luma := range first.Y[y*first.StrideY:][:small.Width] {
					if luma < 16 || luma > 235 {
						t.Fatalf("luma %d in row %d is outside limited range", luma, y)
					}
					sum += int(luma)
					levels[luma] = true
				}
			}
			for y := range small.Height / 2 {
				for x := range small.Width / 2 {
					if u, v := first.U[y*first.StrideC+x], first.V[y*first.StrideC+x]; min(u, v) < 16 || max(u, v) > 240 {
						t.Fatalf("chroma %d, %d is outside limited range", u, v)
					}
				}
			}
			if mean := sum / (small.Width * small.Height); mean < 45 || mean > 150 {
				t.Errorf("mean luma %d: too dark or too bright to look at", mean)
			}
			if len(levels) < 150 {
				t.Errorf("only %d levels: flat", len(levels))
			}
		})
	}
}

func TestAnySizeShowsTheSameScene(t *testing.T) {
	for _, scene := range Scenes() {
		s := source(t, scene, small, fps30)
		whole := painted(s, 45, small)
		for _, size := range []picture.Size{{Width: 320, Height: 180}, {Width: 480, Height: 270}, {Width: 960, Height: 540}} {
			back := picture.New(small)
			picture.Scale(back.View, painted(s, 45, size).View)
			if d := difference(whole, back); d > 7 {
				t.Errorf("%s at %v differs by %.1f levels from what it is at %v", scene, size, d, small)
			}
		}
		// shapes that are not the camera's, and sizes without room for a strip
		for _, size := range []picture.Size{{Width: 360, Height: 640}, {Width: 400, Height: 400}, {Width: 64, Height: 36}, {Width: 2, Height: 2}} {
			painted(s, 45, size)
		}
	}
}

func TestKilnGlows(t *testing.T) {
	s := source(t, "kiln", small, fps30)
	pic := painted(s, 10, small)
	x, y := peepX*small.Width/fieldWidth, peepY*small.Height/fieldHeight
	if luma := pic.Y[y*pic.StrideY+x]; luma < 150 {
		t.Errorf("luma %d in the peep-hole", luma)
	}
	if u, v := pic.U[y/2*pic.StrideC+x/2], pic.V[y/2*pic.StrideC+x/2]; u > 115 || v < 132 {
		t.Errorf("the fire's chroma is %d, %d", u, v)
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	good := Options{Scene: "wheel", Size: small, FrameRate: fps30, Rasterize: svg.Render}
	tests := []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"scene", func(o *Options) { o.Scene = "beach" }, `no scene "beach"`},
		{"odd", func(o *Options) { o.Size.Width = 641 }, "641x360 is not even"},
		{"tiny", func(o *Options) { o.Size.Height = 2 }, "640x2"},
		{"rate", func(o *Options) { o.FrameRate.Den = 0 }, "frame rate 30/0"},
		{"no rasterizer", func(o *Options) { o.Rasterize = nil }, "Rasterize"},
		{"bad rasterizer", func(o *Options) {
			o.Rasterize = func([]byte, picture.Size) ([]byte, int, error) { return nil, 0, errors.New("no paper") }
		}, "no paper"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := good
			test.change(&o)
			if _, err := New(o); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want it to say %q", err, test.want)
			}
		})
	}
}

func TestFrameNumbersNeverDrift(t *testing.T) {
	for _, rate := range []packet.Rational{{Num: 30, Den: 1}, {Num: 30000, Den: 1001}, {Num: 25, Den: 1}, {Num: 50, Den: 1}, {Num: 60000, Den: 1001}} {
		s := &Source{options: Options{FrameRate: rate}}
		for _, n := range []uint64{0, 1, 2, 29, 30, 1001, 30000, 2_592_000, 25_920_000} { // up to ten days
			at := rate.Inverse().Duration(int64(n))
			if got := s.number(at); got != n {
				t.Errorf("%v: at the moment of frame %d it is %d", rate, n, got)
			}
			if got := s.number(at - 1); n > 0 && got != n-1 {
				t.Errorf("%v: just before frame %d it is %d", rate, n, got)
			}
		}
		if got := s.number(-time.Second); got != 0 {
			t.Errorf("before the start it is frame %d", got)
		}
	}
}

func TestStreamKeepsPaceAndEnds(t *testing.T) {
	defer goleak.VerifyNone(t)
	s := source(t, "kiln", picture.Size{Width: 128, Height: 72}, packet.Rational{Num: 100, Den: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	var out capture.Mailbox
	var mode capture.Mode
	if err := s.Stream(ctx, &out, func(m capture.Mode) { mode = m }); err != nil {
		t.Fatal(err)
	}
	if mode.Format != capture.Drawn || mode.Width != 128 || mode.FrameRate != 100 {
		t.Errorf("mode %+v", mode)
	}
	f := out.Newest()
	if f == nil {
		t.Fatal("no frame")
	}
	// what a busy machine makes it miss is counted, so the sum is the time that passed
	first := time.Until(s.options.Start)
	if n, newest := out.Counts().Frames, f.Sequence; n < 10 || newest < 35 || float64(newest) > -first.Seconds()*100+1 {
		t.Errorf("%d frames, the newest is %d", n, newest)
	}
	if want := s.options.Start.Add(time.Duration(f.Sequence) * 10 * time.Millisecond); !f.Taken.Equal(want) {
		t.Errorf("frame %d taken at %v, want %v", f.Sequence, f.Taken, want)
	}
	f.Release()
	out.Clear()
}

func TestFramesAndPaintingAllocateNothing(t *testing.T) {
	for _, scene := range Scenes() {
		s := source(t, scene, small, fps30)
		pic := picture.New(inset)
		n := uint64(0)
		allocs := testing.AllocsPerRun(20, func() {
			f := s.Frame(n)
			f.Painter.Paint(pic.View)
			f.Release()
			n++
		})
		if allocs > 0 {
			t.Errorf("%s: %v allocations a frame", scene, allocs)
		}
	}
}

func TestKeptIsBounded(t *testing.T) {
	var k kept[int]
	builds := 0
	get := func(width int) {
		got := k.get(picture.Size{Width: width}, func(size picture.Size) int { builds++; return size.Width })
		if got != width {
			t.Errorf("got %d for %d", got, width)
		}
	}
	for width := range 3 * sizesKept {
		get(width)
		get(0) // used all the time: never thrown out
	}
	if len(k.entries) != sizesKept || builds != 3*sizesKept {
		t.Errorf("%d kept, %d built", len(k.entries), builds)
	}
}

func TestSoundKeepsItsLevelsAndTime(t *testing.T) {
	const seconds = 3
	whole := make([]float32, 2*SampleRate*seconds)
	Sound(whole, 0)
	pieces := make([]float32, 0, len(whole))
	for position := int64(0); len(pieces) < len(whole); position += 1600 {
		piece := make([]float32, 3200)
		Sound(piece, position)
		pieces = append(pieces, piece...)
	}
	var bedMost, tickMost float64
	for i, sample := range whole {
		if pieces[i] != sample {
			t.Fatalf("sample %d is %v in one go and %v in pieces", i, sample, pieces[i])
		}
		level := math.Abs(float64(sample))
		if i/2%SampleRate < SampleRate/25 {
			tickMost = max(tickMost, level)
		} else {
			bedMost = max(bedMost, level)
		}
	}
	if db := 20 * math.Log10(bedMost); db > -30 || db < -42 {
		t.Errorf("bed peaks at %.1f dBFS", db)
	}
	if db := 20 * math.Log10(tickMost); db > -17 || db < -21 {
		t.Errorf("tick peaks at %.1f dBFS", db)
	}
	// the tick begins with the second: loud within 5 ms of it, not before
	before, after := make([]float32, 960), make([]float32, 480)
	Sound(before, SampleRate-480)
	Sound(after, SampleRate)
	if a, b := loudest(before), loudest(after); a > 0.032 || b < 0.05 {
		t.Errorf("before the second %.3f, after it %.3f", a, b)
	}
}

func loudest(samples []float32) (most float64) {
	for _, s := range samples {
		most = max(most, math.Abs(float64(s)))
	}
	return most
}

func TestSlate(t *testing.T) {
	wheel, kiln := NewSlate("拉坯", "Wheel", svg.Render).(*slate), NewSlate("窑炉 <&>", "Kiln", svg.Render).(*slate)
	for _, size := range []picture.Size{hd, inset, {Width: 360, Height: 640}, {Width: 160, Height: 90}} {
		a, b, later := picture.New(size), picture.New(size), picture.New(size)
		wheel.paint(a.View, 0)
		kiln.paint(b.View, 0)
		wheel.paint(later.View, breath/2)
		if d := difference(a, b); d < 0.05 {
			t.Errorf("%v: two cameras' slates look the same (%.3f)", size, d)
		}
		if d := difference(a, later); d < 0.01 {
			t.Errorf("%v: the bar does not move (%.3f)", size, d)
		}
		var light int
		for y := range size.Height {
			for _, luma := range a.Y[y*a.StrideY:][:size.Width] {
				if luma > 150 {
					light++
				}
			}
		}
		if share := float64(light) / float64(size.Width*size.Height); share < 0.005 || share > 0.2 {
			t.Errorf("%v: %.1f %% of it is light: too little writing, or not dark", size, 100*share)
		}
	}
	if n := testing.AllocsPerRun(20, func() { wheel.Paint(kept0(wheel)) }); n > 0 {
		t.Errorf("%v allocations a picture", n)
	}
	broken := NewSlate("拉坯", "", func([]byte, picture.Size) ([]byte, int, error) { return nil, 0, errors.New("no fonts") })
	pic := picture.New(inset)
	broken.Paint(pic.View)
	if pic.Y[0] < 16 || pic.Y[0] > 60 {
		t.Errorf("a slate that cannot be drawn has luma %d", pic.Y[0])
	}
}

// kept0 returns a picture of a size that the slate knows, to paint on.
func kept0(s *slate) picture.View { return s.plain.entries[0].made().View }

func BenchmarkPaint(b *testing.B) {
	for _, scene := range Scenes() {
		s := source(b, scene, hd, fps30)
		for _, size := range []picture.Size{hd, inset} {
			pic := picture.New(size)
			n := uint64(0)
			b.Run(scene+"/"+[]string{"whole", "inset"}[map[picture.Size]int{hd: 0, inset: 1}[size]], func(b *testing.B) {
				for b.Loop() {
					f := s.Frame(n)
					f.Painter.Paint(pic.View)
					f.Release()
					n++
				}
			})
		}
	}
}
