//go:build devices

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"os/exec"
	"strconv"
	"testing"

	"studio/capture"
	"studio/capture/drawn"
	"studio/media/picture"
	"studio/overlay/svg"
)

// The programme of these tests: small enough for an emulated machine.
var (
	programmeSize = picture.Size{Width: 320, Height: 180}
	slotSize      = picture.Size{Width: 160, Height: 90} // of the layout quad
)

// frameTime is one frame of the programme in seconds.
const frameTime = 0.1

// slotAt is where a camera is in the picture.
func slotAt(n int) image.Point {
	return image.Pt(n%2*slotSize.Width, n/2*slotSize.Height)
}

// slateLuma is the luma of what stands in for a camera, as large as a slot.
func slateLuma(title string) []byte {
	pic := picture.New(slotSize)
	var painter capture.Painter = drawn.NewSlate(title, title, svg.Render)
	painter.Paint(pic.View)
	luma := make([]byte, 0, slotSize.Width*slotSize.Height)
	for y := range slotSize.Height {
		luma = append(luma, pic.Y[y*pic.StrideY:][:slotSize.Width]...)
	}
	return luma
}

// apart is how far two lumas of a slot are apart: the mean difference. Only every
// second row counts, which is enough.
func apart(a, b []byte) float64 {
	sum, n := 0, 0
	for y := 0; y < slotSize.Height; y += 2 {
		for x := y * slotSize.Width; x < (y+1)*slotSize.Width; x++ {
			d := int(a[x]) - int(b[x])
			sum, n = sum+max(d, -d), n+1
		}
	}
	return float64(sum) / float64(n)
}

// A slot shows the slate when it is nearer to it than slateNear; the letters of the
// slate alone differ by more from another camera's picture.
const slateNear = 6

// moved is how far a slot of the recording is from the frame before at least when
// the camera's picture is a new one.
const moved = 0.4

// gaugeMoved is how far the quarter with the gauge is at least from what it was
// when the number in it has gone.
const gaugeMoved = 0.3

// cut copies a slot out of a luma plane of the whole programme.
func cut(dst, plane []byte, at image.Point) {
	for y := range slotSize.Height {
		copy(dst[y*slotSize.Width:][:slotSize.Width], plane[(at.Y+y)*programmeSize.Width+at.X:])
	}
}

// lumaOf returns the limited-range luma of a picture that came as JPEG.
func lumaOf(img image.Image) []byte {
	luma := make([]byte, 0, programmeSize.Width*programmeSize.Height)
	for y := range programmeSize.Height {
		for x := range programmeSize.Width {
			full := color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y
			luma = append(luma, byte(16+int(full)*219/255))
		}
	}
	return luma
}

// outage is a time without a camera's picture in the programme.
type outage struct {
	held  float64 // seconds for which the last picture was held before
	first int     // frame with the slate
	last  int
}

func (o outage) String() string {
	return fmt.Sprintf("last picture held %.1f s, slate %.1f s to %.1f s", o.held, float64(o.first)*frameTime, float64(o.last+1)*frameTime)
}

// eachPicture decodes a film to I420 of a size, as it is coded, and returns how
// many pictures it holds.
func eachPicture(t *testing.T, file string, size picture.Size, see func(frame []byte)) (frames int) {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", file, "-an", "-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var words bytes.Buffer
	cmd.Stderr = &words
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, size.Width*size.Height*3/2)
	for ; ; frames++ {
		if _, err := io.ReadFull(out, frame); err != nil {
			break
		}
		see(frame)
	}
	if err := cmd.Wait(); err != nil || words.Len() > 0 {
		t.Errorf("%s cannot be decoded: %v: %s", file, err, words.String())
	}
	return frames
}

// outages finds, for each slot, when the recording shows its slate.
func outages(t *testing.T, file string, slates [][]byte) (lists [][]outage, frames int) {
	t.Helper()
	pixels := programmeSize.Width * programmeSize.Height
	type track struct {
		now, before []byte
		changed     int // frame with the newest picture
		slate       bool
		list        []outage
	}
	tracks := make([]track, len(slates))
	for i := range tracks {
		tracks[i].now, tracks[i].before = make([]byte, pixels/4), make([]byte, pixels/4)
	}
	n := 0
	frames = eachPicture(t, file, programmeSize, func(frame []byte) {
		for i := range tracks {
			k := &tracks[i]
			k.now, k.before = k.before, k.now
			cut(k.now, frame[:pixels], slotAt(i))
			slate := apart(k.now, slates[i]) < slateNear
			switch {
			case slate && !k.slate:
				k.list = append(k.list, outage{held: float64(n-k.changed) * frameTime, first: n, last: n})
			case slate:
				k.list[len(k.list)-1].last = n
			}
			if k.slate = slate; !slate && apart(k.now, k.before) > moved {
				k.changed = n
			}
		}
		n++
	})
	for _, k := range tracks {
		lists = append(lists, k.list)
	}
	return lists, frames
}

// probedPacket is what ffprobe says of one.
type probedPacket struct {
	Kind     string `json:"codec_type"`
	PTS      string `json:"pts_time"`
	DTS      string `json:"dts_time"`
	Duration string `json:"duration_time"`
}

// gapless proves that pictures stand in a file exactly one frame time apart and
// that its sound has no hole, up to the container's unit of time (seconds). It returns how many
// pictures there are.
func gapless(t *testing.T, file string, unit float64) (pictures int) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "packet=codec_type,pts_time,dts_time", "-of", "json", file).Output()
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var all struct{ Packets []probedPacket }
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatal(err)
	}
	step := map[string]float64{"video": frameTime, "audio": 1024.0 / 48000}
	first, count := map[string]float64{}, map[string]int{}
	for _, p := range all.Packets {
		at, err := strconv.ParseFloat(p.PTS, 64)
		if err != nil {
			t.Fatalf("%s: %+v has no time", file, p)
		}
		if count[p.Kind] == 0 {
			first[p.Kind] = at
		}
		want := first[p.Kind] + float64(count[p.Kind])*step[p.Kind]
		if p.PTS != p.DTS || math.Abs(at-want) > unit {
			t.Fatalf("%s: %s packet %d is at %s (decoded at %s), want %.6f", file, p.Kind, count[p.Kind], p.PTS, p.DTS, want)
		}
		count[p.Kind]++
	}
	v, a := float64(count["video"])*frameTime, float64(count["audio"])*step["audio"]
	t.Logf("%s: %d pictures (%.1f s) from %.3f s, %d packets of sound (%.1f s) from %.3f s, no gap",
		file, count["video"], v, first["video"], count["audio"], a, first["audio"])
	if math.Abs(v-a) > 1 || math.Abs(first["video"]-first["audio"]) > 1 {
		t.Errorf("%s: pictures and sound are not as long as each other", file)
	}
	return count["video"]
}
