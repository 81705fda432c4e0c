//go:build devices

package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"studio/capture/drawn"
	"studio/media/packet"
	"studio/media/picture"
	"studio/media/picture/jpeg"
	"studio/overlay/svg"
	"studio/ui"
)

// The upright canvas shows the MJPEG camera alone, lying on its side and mirrored:
// as large as the camera makes it, so that the numbers in its pictures can be read.
var uprightSize = picture.Size{Width: 180, Height: 320}

// filmFrames is how many pictures the MJPEG camera sends before it starts over.
const filmFrames = 64

// drawnFilm is Motion JPEG of a drawn camera with its number burnt into each picture.
func drawnFilm(t *testing.T) (film []byte) {
	t.Helper()
	source, err := drawn.New(drawn.Options{
		Scene: "hands", Size: programmeSize, FrameRate: packet.Rational{Num: 10, Den: 1}, Start: time.Now(), Code: true, Rasterize: svg.Render,
	})
	if err != nil {
		t.Fatal(err)
	}
	pic := picture.New(programmeSize)
	for n := range filmFrames {
		f := source.Frame(uint64(n))
		f.Painter.Paint(pic.View)
		f.Release()
		data, err := jpeg.Encode(pic.View, 90)
		if err != nil {
			t.Fatal(err)
		}
		film = append(film, data...)
	}
	return film
}

// shootByHand puts the shots of these tests on air.
func (w *vmWorkshop) shootByHand(t *testing.T) {
	w.do(t, "take", `{"canvas":"landscape","layout":"quad","cameras":["wheel","hands","glaze"],"transition":"cut"}`)
	w.do(t, "take", `{"canvas":"portrait","layout":"full","cameras":["glaze"],"transition":"cut"}`)
}

// directed hands the choice of shots to the director for a while: more clay on the
// scale brings its camera onto both canvases, with the reason.
func (w *vmWorkshop) directed(t *testing.T) {
	w.do(t, "director", `{"on":true}`)
	w.scale.Lay(grams + 100)
	took, now := w.until(t, "the scale's camera is the main one", nil, func(now ui.Status) bool {
		return now.Canvases[0].Cameras[0] == "hands" && now.Canvases[1].Cameras[0] == "hands"
	})
	t.Logf("the director took %v: %+v", took, now.Director)
	if !now.Director.On || !strings.Contains(now.Director.Reason.En, "900") || now.Director.Reason.Zh == "" {
		t.Errorf("its reason is %+v", now.Director)
	}
	time.Sleep(time.Second) // the viewer is to see it, too
	w.do(t, "director", `{"on":false}`)
	w.shootByHand(t)
	w.scale.Lay(grams)
	w.until(t, "the weight as before", nil, func(now ui.Status) bool { return weightShown(now) == gramsShown })
}

// judgeUpright looks at the upright canvas's recording, which is as long as the other
// one: the camera's numbers go on all the time, but for when the director showed
// something else and for the one time when the camera was pulled.
func (w *vmWorkshop) judgeUpright(t *testing.T, landscape string, frames int) {
	list, err := filepath.Glob(filepath.Join(filepath.Dir(landscape), "portrait_*.mp4"))
	if err != nil || len(list) != 1 {
		t.Fatalf("recordings of the upright canvas: %v, %v", list, err)
	}
	if kept := gapless(t, list[0], 0.00003); kept < frames-2 || kept > frames+2 {
		t.Errorf("%d pictures of the upright canvas recorded, %d of the other", kept, frames)
	}
	camera := picture.New(programmeSize)
	without := 0 // pictures since the last one with a number
	var gaps []int
	last, same, readable, decoded := -1, 0, 0, 0
	eachPicture(t, list[0], uprightSize, func(frame []byte) {
		for y := range programmeSize.Height { // turned by 90° and mirrored is rows and columns changed
			for x := range programmeSize.Width {
				camera.Y[y*camera.StrideY+x] = frame[x*uprightSize.Width+y]
			}
		}
		at := decoded
		decoded++
		number, ok := drawn.ReadCode(camera.View)
		if !ok {
			without++
			return
		}
		readable++
		n := int(number)
		switch ahead := (n - last + filmFrames) % filmFrames; {
		case n >= filmFrames:
			t.Errorf("picture %d has the number %d, which the camera never sent", at, n)
		case without > 0 && readable > 1:
			t.Logf("no number in %d pictures before picture %d", without, at)
			gaps = append(gaps, without)
		case readable > 1 && ahead > 5:
			t.Errorf("picture %d has the number %d after %d", at, n, last)
		}
		if same++; n != last {
			same = 0
		}
		if same > 5 {
			t.Errorf("picture %d is the %dth with the number %d", at, same+1, n)
		}
		last, without = n, 0
	})
	t.Logf("the camera's number is in %d of %d upright pictures", readable, decoded)
	if len(gaps) != 2 || without > 0 {
		t.Errorf("the camera was off the upright picture %d times %v, want 2; at the end for %d pictures", len(gaps), gaps, without)
	}
}
