package clap

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"studio/media/picture"
	"studio/media/samples"
	"studio/mixer/activity"
)

// apartBy returns how far apart two hands are at a time after they met, 0 to 1:
// they come together ever faster, rest, and part slowly.
func apartBy(since time.Duration) float64 {
	const coming, rest, parting = 180 * time.Millisecond, 90 * time.Millisecond, 400 * time.Millisecond
	switch {
	case since < -coming:
		return 1
	case since < 0:
		x := 1 + float64(since)/float64(coming)
		return 1 - x*x
	case since < rest:
		return 0
	case since < rest+parting:
		x := float64(since-rest) / float64(parting)
		return x * x * (3 - 2*x)
	}
	return 1
}

// hands returns how far apart they are when they clap at these times.
func hands(at time.Duration, claps []time.Duration) float64 {
	nearest := time.Hour
	for _, c := range claps {
		if (at - c).Abs() < nearest.Abs() {
			nearest = at - c
		}
	}
	return apartBy(nearest)
}

// clapTimes are claps about a second apart, as a person does.
func clapTimes(random *rand.Rand, n int) []time.Duration {
	var claps []time.Duration
	at := time.Second
	for range n {
		at += 800*time.Millisecond + time.Duration(random.Int64N(int64(350*time.Millisecond)))
		claps = append(claps, at)
	}
	return claps
}

// room returns the levels of a microphone that hears the claps in a noisy room.
func room(random *rand.Rand, claps []time.Duration, end time.Duration, noise float64) []Level {
	const stretch = 2500 * time.Microsecond
	var trace []Level
	for at := time.Duration(0); at < end; at += stretch {
		peak := noise * (2 + random.Float64())
		for _, c := range claps {
			if since := at + stretch - c; since > 0 {
				peak = max(peak, 0.6*math.Exp(-float64(max(0, since-stretch))/float64(25*time.Millisecond)))
			}
		}
		trace = append(trace, Level{at + stretch/2, peak})
	}
	return trace
}

// heardRoom returns the same from samples of sound.
func heardRoom(random *rand.Rand, claps []time.Duration, end time.Duration) []Level {
	data := make([]float32, int(end.Seconds()*samples.Rate)*samples.Channels)
	for i := range data {
		data[i] = float32(0.006 * (random.Float64() - 0.5))
	}
	for _, c := range claps {
		first := int(c.Seconds() * samples.Rate)
		for i := range samples.Rate / 10 {
			v := float32(math.Exp(-float64(i)/1200) * (random.Float64() - 0.5))
			data[(first+i)*samples.Channels] += v
			data[(first+i)*samples.Channels+1] += v
		}
	}
	var trace []Level
	for p := 0; p < len(data); p += 960 * samples.Channels { // in blocks, as sound comes
		trace = AppendLevels(trace, samples.Duration(int64(p/samples.Channels)), data[p:min(p+960*samples.Channels, len(data))])
	}
	return trace
}

// camera returns what a camera sees that takes a picture every frame from phase
// on and whose pictures are shown skew later: moving is asked for each picture.
func camera(random *rand.Rand, frame, skew, end time.Duration, moving func(before, at time.Duration) float64) []Motion {
	phase := time.Duration(random.Int64N(int64(frame)))
	var trace []Motion
	for at := phase + frame; at < end; at += frame {
		trace = append(trace, Motion{at + skew, moving(at-frame, at)})
	}
	return trace
}

func TestAKnownSkewIsFound(t *testing.T) {
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 3))
		claps := clapTimes(random, 5)
		end := claps[4] + 2*time.Second
		skew := time.Duration(random.Int64N(int64(800*time.Millisecond))) - 350*time.Millisecond
		video := camera(random, time.Second/30, skew, end, func(before, at time.Duration) float64 {
			return max(0, 0.1*math.Abs(hands(at, claps)-hands(before, claps))+0.0008*random.NormFloat64())
		})
		r := Measure(video, room(random, claps, end, 0.003))
		if off := r.Skew - skew; !r.Sure || off.Abs() > 10*time.Millisecond {
			t.Errorf("seed %d: skew %v, found %v (off by %v) of %d claps, sure %v, %.2f, %s", seed, skew, r.Skew, off, r.Claps, r.Sure, r.Confidence, r.Reason.En)
		}
	}
}

// TestADrawnClapIsFound draws hands, with the blur of an exposure, and looks at
// them as the programme does.
func TestADrawnClapIsFound(t *testing.T) {
	for _, c := range []struct {
		rate   float64
		skew   time.Duration
		within time.Duration
	}{
		{30, 83 * time.Millisecond, 10 * time.Millisecond},
		{30, -120 * time.Millisecond, 10 * time.Millisecond},
		{30, 4 * time.Millisecond, 10 * time.Millisecond},
		{25, 200 * time.Millisecond, 10 * time.Millisecond},
		{60, 45 * time.Millisecond, 10 * time.Millisecond},
		{15, 150 * time.Millisecond, 20 * time.Millisecond},
	} {
		random := rand.New(rand.NewPCG(uint64(c.rate), 5))
		claps := clapTimes(random, 6)
		end := claps[5] + time.Second
		var meter activity.Meter
		epoch := time.Unix(0, 0)
		noise := make([]float64, 50021)
		for i := range noise {
			noise[i] = 1.5 * random.NormFloat64()
		}
		video := camera(random, time.Duration(float64(time.Second)/c.rate), c.skew, end, func(_, at time.Duration) float64 {
			meter.Add(drawnHands(random, noise, at, claps), epoch.Add(at))
			return meter.Motion()
		})
		r := Measure(video, heardRoom(random, claps, end))
		t.Logf("%v fps: skew %v, found %v of %d claps, confidence %.2f", c.rate, c.skew, r.Skew, r.Claps, r.Confidence)
		if off := r.Skew - c.skew; !r.Sure || off.Abs() > c.within {
			t.Errorf("%v fps: skew %v, found %v, sure %v: %s", c.rate, c.skew, r.Skew, r.Sure, r.Reason.En)
		}
	}
}

// drawnHands is a picture of hands during an exposure of 10 ms about a moment.
func drawnHands(random *rand.Rand, noise []float64, at time.Duration, claps []time.Duration) picture.View {
	p := picture.New(picture.Size{Width: 240, Height: 134})
	light := make([]float64, 240*134)
	grain := random.IntN(len(noise))
	const exposures = 5
	for e := range exposures {
		gap := int(35 * hands(at+time.Duration(e-exposures/2)*2*time.Millisecond, claps))
		for y := 30; y < 100; y++ {
			for x := range 30 {
				light[y*240+119-gap-x] += 140.0 / exposures
				light[y*240+120+gap+x] += 140.0 / exposures
			}
		}
	}
	for y := range 134 {
		for x := range 240 {
			p.Y[y*p.StrideY+x] = byte(52 + float64(y)/4 + light[y*240+x] + noise[(grain+y*240+x)%len(noise)])
		}
	}
	return p.View
}

func TestWhatIsNoClearClapIsRefused(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	claps := clapTimes(random, 5)
	end := claps[4] + 2*time.Second
	still := func(_, _ time.Duration) float64 { return 0.0002 * random.Float64() }
	clapping := func(before, at time.Duration) float64 {
		return 0.1 * math.Abs(hands(at, claps)-hands(before, claps))
	}
	restless := func(_, _ time.Duration) float64 { return 0.1 * random.Float64() }
	elsewhere := clapTimes(rand.New(rand.NewPCG(9, 9)), 5)
	other := func(before, at time.Duration) float64 {
		return 0.1 * math.Abs(hands(at, elsewhere)-hands(before, elsewhere))
	}
	var fast []time.Duration
	for n := range 12 {
		fast = append(fast, time.Second+time.Duration(n)*300*time.Millisecond)
	}
	drumming := func(before, at time.Duration) float64 {
		return 0.05 * math.Abs(math.Sin(math.Pi*float64(at)/float64(300*time.Millisecond)))
	}
	const frame = time.Second / 30
	for name, c := range map[string]struct {
		video []Motion
		sound []Level
		why   string
	}{
		"nothing at all":            {nil, nil, "no clap heard"},
		"silence":                   {camera(random, frame, 0, end, clapping), room(random, nil, end, 0.003), "no clap heard"},
		"two claps":                 {camera(random, frame, 0, end, clapping), room(random, claps[:2], end, 0.003), "2 claps heard"},
		"a steady noise":            {camera(random, frame, 0, end, clapping), room(random, nil, end, 0.2), "no clap heard"},
		"no camera":                 {nil, room(random, claps, end, 0.003), "not clearly seen"},
		"hands out of the picture":  {camera(random, frame, 0, end, still), room(random, claps, end, 0.003), "not clearly seen"},
		"other things move":         {camera(random, frame, 0, end, restless), room(random, claps, end, 0.003), ""},
		"somebody else claps":       {camera(random, frame, 0, end, other), room(random, claps, end, 0.003), ""},
		"applause":                  {camera(random, frame, 0, end, drumming), room(random, fast, end, 0.003), ""},
		"clapped once, then others": {camera(random, frame, 0, claps[0]+time.Second, clapping), room(random, claps, end, 0.003), ""},
	} {
		r := Measure(c.video, c.sound)
		if r.Sure || r.Reason.En == "" || r.Reason.Zh == "" || !strings.Contains(r.Reason.En, c.why) {
			t.Errorf("%s: %+v", name, r)
		}
		before := Part{Text{"手法", "Hands"}, 40 * time.Millisecond}
		if a := r.Advise(before, Part{}); a.CameraDelay != before.Delay || a.MicrophoneDelay != 0 || a.Words != r.Reason {
			t.Errorf("%s: advice %+v", name, a)
		}
	}
}

func TestWhatIsEarlyWaits(t *testing.T) {
	const ms = time.Millisecond
	title := func(d time.Duration) (Part, Part) {
		return Part{Text{"手法", "Hands"}, d}, Part{Text{"讲解", "Voice"}, 0}
	}
	for _, c := range []struct {
		skew, camera, microphone   time.Duration
		wantCamera, wantMicrophone time.Duration
		zh, en                     string
	}{
		{83*ms + 400*time.Microsecond, 0, 0, 0, 83 * ms,
			"「手法」的画面比「讲解」的声音晚 83 毫秒（5 次击掌）：话筒「讲解」延时设为 83 毫秒",
			"the picture of Hands comes 83 ms after the sound of Voice (5 claps): set the delay of the microphone Voice to 83 ms"},
		{-60 * ms, 0, 0, 60 * ms, 0,
			"「手法」的画面比「讲解」的声音早 60 毫秒（5 次击掌）：机位「手法」延时设为 60 毫秒",
			"the picture of Hands comes 60 ms before the sound of Voice (5 claps): set the delay of the camera Hands to 60 ms"},
		{9 * ms, 20 * ms, 0, 20 * ms, 0, "", "the picture of Hands and the sound of Voice are in step (5 claps): nothing to set"},
		{50 * ms, 30 * ms, 10 * ms, 0, 30 * ms, "",
			"the picture of Hands comes 50 ms after the sound of Voice (5 claps): set the delay of the camera Hands to 0 ms; set the delay of the microphone Voice to 30 ms"},
		{50 * ms, 80 * ms, 0, 30 * ms, 0, "", "the picture of Hands comes 50 ms after the sound of Voice (5 claps): set the delay of the camera Hands to 30 ms"},
		{-50 * ms, 0, 80 * ms, 50 * ms, 80 * ms, "", "the picture of Hands comes 50 ms before the sound of Voice (5 claps): set the delay of the camera Hands to 50 ms"},
		{400 * ms, 0, 700 * ms, 0, 700 * ms, "", "the picture and the sound are 400 ms apart, which is more than can be set"},
	} {
		camera, microphone := title(c.camera)
		microphone.Delay = c.microphone
		a := Result{Skew: c.skew, Claps: 5, Sure: true}.Advise(camera, microphone)
		if a.CameraDelay != c.wantCamera || a.MicrophoneDelay != c.wantMicrophone || a.Words.En != c.en || c.zh != "" && a.Words.Zh != c.zh {
			t.Errorf("skew %v: %+v", c.skew, a)
		}
	}
}
