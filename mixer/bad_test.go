package mixer

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"studio/capture"
	"studio/media/picture"
	"studio/mixer/scene"
)

// camera returns a frame of a JPEG in testdata/camera.
func camera(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "camera", name+".jpg"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// What cameras do wrong, one frame after the other: the picture stays whole, and
// what could not be used is counted.
func TestBadInputLeavesThePictureWhole(t *testing.T) {
	good := camera(t, "420")
	flipped := append([]byte(nil), good...)
	flipped[len(flipped)-200] ^= 0xff
	wrong := append([]byte(nil), good...)
	for i := range len(wrong) - 9 { // the frame header says 3000 lines
		if wrong[i] == 0xff && wrong[i+1] == 0xc0 {
			wrong[i+5], wrong[i+6] = 3000>>8, 3000&0xff
		}
	}
	type frame struct {
		data  []byte
		raw   capture.Format
		taken time.Duration // since the start; 0: as the clock says
		grey  bool          // has no colour
	}
	for _, c := range []struct {
		name    string
		frames  []frame
		damaged int
	}{
		{"every sampling", []frame{{data: good}, {data: camera(t, "422")}, {data: camera(t, "444")}, {data: camera(t, "progressive")}, {data: camera(t, "grey"), grey: true}, {data: good}}, 0},
		{"changes size", []frame{{data: good}, {data: camera(t, "640x480")}, {data: camera(t, "640x480")}, {data: good}}, 0},
		{"empty", []frame{{data: good}, {data: nil}, {data: []byte{}}, {data: good}}, 2},
		{"cut short", []frame{{data: good}, {data: good[:len(good)/2]}, {data: good[:30]}, {data: good}}, 2},
		{"garbage", []frame{{data: good}, {data: []byte("HTTP/1.1 404 Not Found")}, {data: wrong}, {data: good}}, 2},
		{"cut short after a change of size", []frame{{data: good}, {data: camera(t, "640x480")[:4000]}, {data: good}}, 1},
		{"raw and too short", []frame{{data: good}, {data: make([]byte, 99), raw: capture.YUYV}, {data: good}}, 1},
		{"timestamps jump", []frame{{data: good, taken: time.Hour}, {data: good, taken: time.Second}, {data: good, taken: -time.Hour}}, 0},
		{"bits flipped", []frame{{data: good}, {data: flipped}, {data: good}}, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			damaged, n, start := 0, 0, time.Now()
			in := Input{Name: "a", Slate: flat(40), Damaged: func() { damaged++ }, Newest: func(time.Duration) *capture.Frame {
				shown := c.frames[n]
				f := capture.NewFrame(nil)
				f.Format, f.Data, f.Colour, f.Width, f.Height, f.Sequence = capture.MJPEG, shown.data, picture.JFIF, 320, 180, uint64(n)
				if shown.raw != 0 {
					f.Format, f.Stride = shown.raw, 640
				}
				f.Taken = start.Add(shown.taken)
				n++
				return f
			}}
			shot := scene.Shot{Layout: scene.Full, Cameras: []string{"a"}}
			run(t, Options{Inputs: []Input{in}}, shot, int64(len(c.frames)), func(_ *Mixer, v picture.View, n int64) {
				if c.damaged >= 0 || n != 1 { // a flipped bit may be seen, and is gone with the next frame
					wholeBars(t, fmt.Sprintf("picture %d", n), v, c.frames[n].grey)
				}
			})
			if c.damaged >= 0 && damaged != c.damaged {
				t.Errorf("%d frames counted as damaged, want %d", damaged, c.damaged)
			}
		})
	}
}

// wholeBars compares the middle of every bar at three heights with its levels.
func wholeBars(t *testing.T, what string, v picture.View, grey bool) {
	t.Helper()
	for i, want := range picture.BarLevels {
		if i == 0 || i == 7 { // a 4:3 camera loses nothing at the sides, but bars lie elsewhere when scaled
			continue
		}
		x := (2*i + 1) * v.Width / 16
		for _, y := range []int{v.Height / 8, v.Height / 2, v.Height - v.Height/8} {
			got := [3]byte{v.Y[y*v.StrideY+x], v.U[y/2*v.StrideC+x/2], v.V[y/2*v.StrideC+x/2]}
			for j := range got {
				level, most := want[j], 9
				if grey {
					most = 24 // BT.601's luma stays where its chroma, which would correct it, is gone
				}
				if j > 0 && grey {
					level = 128
				}
				if d := int(got[j]) - int(level); d < -most || d > most {
					t.Errorf("%s: bar %d at %d,%d is %v, want %v", what, i, x, y, got, want)
					return
				}
			}
		}
	}
}

// A camera that turns down to 7.5 frames a second in the dark is held, and each of
// its frames is decoded once.
func TestASlowCameraIsHeldAndDecodedOnce(t *testing.T) {
	painted := 0
	in := Input{Name: "a", Slate: flat(40), Newest: func(at time.Duration) *capture.Frame {
		f := frameOf(90, uint64(at.Seconds()*7.5+1e-6))
		f.Taken = time.Time{}
		f.Painter = paint(func(dst picture.View) { painted++; picture.Fill(dst, 90, 128, 128) })
		return f
	}}
	run(t, Options{Inputs: []Input{in}}, scene.Shot{Layout: scene.Full, Cameras: []string{"a"}}, 40, func(_ *Mixer, v picture.View, n int64) {
		if luma(v, 160, 90) != 90 {
			t.Errorf("picture %d shows %d", n, luma(v, 160, 90))
		}
	})
	if painted != 10 {
		t.Errorf("%d frames decoded for 10 taken", painted)
	}
}

type paint func(dst picture.View)

func (p paint) Paint(dst picture.View) { p(dst) }
