package jpeg

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"testing"

	"studio/media/picture"
)

// A made-up picture, sampled as cameras do, in JFIF levels: slopes, hard edges and
// a camera's noise, or the hardest there is, black and white at random.
type scenery struct {
	width, height int
	noise         int // levels
	blackAndWhite bool
}

func (s scenery) jpeg(t testing.TB, sampled, quality, flags int) []byte {
	t.Helper()
	random := rand.New(rand.NewPCG(1, uint64(s.width)))
	across, down := [...]int{1, 2, 2, 2, 1, 4}[sampled], [...]int{1, 1, 2, 2, 2, 1}[sampled]
	plane := func(width, height, phase int) []byte {
		out := make([]byte, width*height)
		for i := range out {
			x, y := i%width, i/width
			level := 40 + 90*x/width + 60*y/height + random.IntN(s.noise+1)
			if (x/37+y/23+phase)%3 == 0 {
				level = 255 - level
			}
			if s.blackAndWhite {
				level = 255 * random.IntN(2)
			}
			out[i] = byte(min(max(level, 0), 255))
		}
		return out
	}
	// Even luma, as compressSampled's rows of odd pictures end with a spare one.
	strideY, w, h := (s.width+3)&^3, (s.width+across-1)/across, (s.height+down-1)/down
	data, err := compressSampled(plane(strideY, (s.height+3)&^3, 0), plane(w, h, 1), plane(w, h, 2), strideY, w, s.width, s.height, sampled, quality, flags)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// both decodes with the decoder of our own and with the library.
func both(t testing.TB, d *Decoder, data []byte, want picture.Size) (own, library *picture.Picture) {
	t.Helper()
	handle := d.whole
	if _, huffman := tables(data); !huffman {
		handle = d.bare
	}
	f, err := newFrame(handle, data, want)
	if err != nil {
		t.Fatal(err)
	}
	if want == (picture.Size{}) {
		want = f.used()
	}
	own, library = picture.New(want), picture.New(want)
	from, ok := d.decodeBaseline(planes(own.View), f)
	if !ok {
		t.Fatal("not a frame for the decoder of our own")
	}
	bring(own, from)
	if from, err = d.decodeLibrary(planes(library.View), f); err != nil {
		t.Fatal(err)
	}
	bring(library, from)
	return own, library
}

// difference returns the largest difference of any level and the mean of its square.
func difference(a, b picture.View) (most int, meanSquare float64) {
	n := 0
	for i, p := range planes(a) {
		q := planes(b)[i]
		for y := range p.Height {
			for x := range p.Width {
				d := int(p.Pix[y*p.Stride+x]) - int(q.Pix[y*q.Stride+x])
				most = max(most, d, -d)
				meanSquare += float64(d * d)
				n++
			}
		}
	}
	return most, meanSquare / float64(n)
}

// checkAlike holds the two decoders to the tolerance of the package comment: where
// all coefficients count, one level from the transform and one from the rounding of
// what comes behind it.
func checkAlike(t testing.TB, own, library picture.View, exact bool, mostMeanSquare float64) {
	t.Helper()
	most, meanSquare := difference(own, library)
	if exact && most > 2 {
		t.Errorf("up to %d levels from the library's", most)
	}
	if meanSquare > mostMeanSquare {
		t.Errorf("a mean square of %.2f from the library's", meanSquare)
	}
}

func TestBaselineAgainstTheLibrary(t *testing.T) {
	d := newDecoder(t)
	sceneries := []scenery{
		{width: 592, height: 136, noise: 14},
		{width: 322, height: 86, noise: 6},
		{width: 99, height: 131, noise: 40},
		{width: 16, height: 8, noise: 3},
		{width: 18, height: 10},
	}
	// libturbojpeg's own switches for its encoder: restart markers so many blocks or
	// rows apart, Huffman tables made for the picture.
	for _, encoder := range [][2]string{{"", "0"}, {"1B", "1"}, {"7B", "0"}, {"1", "1"}} {
		t.Setenv("TJ_RESTART", encoder[0])
		t.Setenv("TJ_OPTIMIZE", encoder[1])
		for _, s := range sceneries {
			for _, sampled := range []int{samp444, samp422, samp420, sampGrey, samp440} {
				for _, quality := range []int{30, 75, 98} {
					t.Run(fmt.Sprint(encoder, s, subsamplings[sampled], " ", quality), func(t *testing.T) {
						data := s.jpeg(t, sampled, quality, 0)
						bare := encoder[1] == "0" && quality == 75
						if bare {
							data = without(data, markerDHT)
						}
						for _, by := range []int{1, 2, 4, 8} {
							checkScale(t, d, data, s, sampled, quality, by)
						}
						if restarts := d.headers.restart > 0; restarts != (encoder[0] != "") {
							t.Errorf("restart markers: %v", restarts)
						}
						if bare != (d.headers.dc[0].values == 0) {
							t.Errorf("without Huffman tables: %v", !bare)
						}
					})
				}
			}
		}
	}
}

func checkScale(t *testing.T, d *Decoder, data []byte, s scenery, sampled, quality, by int) {
	t.Helper()
	chromaHalved := sampled != samp444 && sampled != samp440 // across
	if by == 8 && !chromaHalved && sampled != sampGrey || s.width < 2*by || s.height < 2*by {
		return
	}
	want := picture.Size{Width: divide(s.width, by) &^ 1, Height: divide(s.height, by) &^ 1}
	if by == 1 {
		want = picture.Size{}
	}
	own, library := both(t, d, data, want)
	// Chroma is averaged before it is cut to 0 to 255 here, after it there, which
	// shows at hard edges in low quality.
	exact := by == 1 && (quality > 30 || sampled == samp420) || by == 2 && chromaHalved || by == 8
	mostMeanSquare := 1.0
	if by == 4 || by == 2 && !exact {
		mostMeanSquare = 16 // the edges are everywhere
	}
	checkAlike(t, own.View, library.View, exact, mostMeanSquare)
}

// No picture asks more of the transform's 16 bits.
func TestBaselineBlackAndWhite(t *testing.T) {
	d := newDecoder(t)
	for _, sampled := range []int{sampGrey, samp420} {
		for _, quality := range []int{30, 60, 90, 100} {
			data := scenery{width: 320, height: 240, blackAndWhite: true}.jpeg(t, sampled, quality, 0)
			for _, by := range []int{1, 2, 8} {
				own, library := both(t, d, data, picture.Size{Width: 320 / by, Height: 240 / by})
				checkAlike(t, own.View, library.View, true, 1)
			}
		}
	}
}

// FFmpeg writes 4:2:2 as two rows of blocks of each component.
func TestBaselineWithRowsOfChroma(t *testing.T) {
	d := newDecoder(t)
	data, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=650x370", "-vf", "eq=saturation=0.4,noise=alls=6,format=yuvj422p",
		"-frames:v", "1", "-q:v", "3", "-c:v", "mjpeg", "-f", "image2pipe", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []picture.Size{{}, {Width: 324, Height: 184}, {Width: 162, Height: 92}, {Width: 80, Height: 46}} {
		own, library := both(t, d, data, want)
		checkAlike(t, own.View, library.View, denominator(650, 370, want) != 4, 3)
	}
}

// What is not baseline in one scan, and what cannot be made 4:2:0, is not for the
// decoder of our own, and comes out all the same.
func TestTheLibraryDecodesTheRest(t *testing.T) {
	d := newDecoder(t)
	s := scenery{width: 160, height: 96}
	cases := map[string][]byte{
		"progressive": s.jpeg(t, samp422, 80, progressive),
		"4:1:1":       s.jpeg(t, samp411, 80, 0),
	}
	t.Setenv("TJ_ARITHMETIC", "1")
	cases["arithmetic"] = s.jpeg(t, samp422, 80, 0)
	for name, data := range cases {
		f, err := newFrame(d.whole, data, picture.Size{})
		if err != nil {
			t.Fatal(err)
		}
		pic := picture.New(f.used())
		if _, ok := d.decodeBaseline(planes(pic.View), f); ok {
			t.Errorf("%s is taken for baseline", name)
		}
		got, err := d.Decode(picture.NewPool(1), data, picture.Size{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got.Release()
	}
}

// The library is the judge of what is damaged: what the decoder of our own takes
// for whole, the library does, too.
func TestBaselineTakesNothingForWholeThatIsDamaged(t *testing.T) {
	d := newDecoder(t)
	random := rand.New(rand.NewPCG(2, 3))
	taken := 0
	for _, restart := range []string{"", "5B"} {
		t.Setenv("TJ_RESTART", restart)
		for _, sampled := range []int{samp422, samp420, sampGrey} {
			whole := scenery{width: 98, height: 66, noise: 9}.jpeg(t, sampled, 85, 0)
			for range 400 {
				data := append([]byte(nil), whole...)
				for range 1 + random.IntN(4) {
					data[random.IntN(len(data))] ^= 1 << random.IntN(8)
				}
				if random.IntN(4) == 0 {
					data = data[:random.IntN(len(data))]
				}
				if sameVerdict(t, d, data, picture.Size{Width: 98 / 2 &^ 1, Height: 66 / 2 &^ 1}) {
					taken++
				}
			}
		}
	}
	if taken < 100 {
		t.Errorf("only %d of 2400 frames were whole enough to try", taken)
	}
}

// sameVerdict says whether the decoder of our own takes data for whole, and fails
// when the library does not.
func sameVerdict(t testing.TB, d *Decoder, data []byte, want picture.Size) bool {
	t.Helper()
	if quantisation, huffman := tables(data); !quantisation || !huffman {
		return false
	}
	// As Decode does after damage: or the library goes on with the old frame.
	if err := renew(&d.whole); err != nil {
		t.Fatal(err)
	}
	f, err := newFrame(d.whole, data, want)
	if err != nil {
		return false
	}
	if want == (picture.Size{}) {
		want = f.used()
	}
	pic := picture.New(want)
	if _, ok := d.decodeBaseline(planes(pic.View), f); !ok {
		return false
	}
	if _, err := d.decodeLibrary(planes(pic.View), f); err != nil {
		t.Errorf("a frame that the library calls damaged was taken for whole: %v", err)
	}
	return true
}
