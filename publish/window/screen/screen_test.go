package screen

import (
	"context"
	"fmt"
	"image"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/media/picture"
	"studio/publish"
	"studio/publish/window"
	"studio/ui/xvfbtest"
)

func TestMain(m *testing.M) {
	// The engine's end starts this program as the process that draws.
	if len(os.Args) > 1 && os.Args[1] == window.Command {
		if err := Run(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

var size = picture.Size{Width: 640, Height: 360}

// running is a destination to which a picture is shown again and again.
type running struct{ *publish.Pictures }

// run shows pic on a display of the X server that DISPLAY names, until the test ends.
func run(t *testing.T, wish string, pic *picture.Picture) running {
	t.Helper()
	p, err := publish.NewPictures(publish.PictureOptions{
		Name: "grabber", Kind: "window", Address: "window://" + wish,
		Dial: window.Dial(window.Options{Display: wish, Size: pic.Size(), Command: []string{os.Args[0], window.Command}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 2)
	go func() { done <- p.Run(ctx) }()
	go func() {
		ticker := time.NewTicker(time.Second / 30)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				p.Offer(pic.Retain())
			case <-ctx.Done():
				done <- nil
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if s := p.Status(); s.State != publish.Off {
			t.Errorf("after the end: %+v", s)
		}
	})
	return running{p}
}

// becomes waits for a state and returns the status with it.
func (r running) becomes(t *testing.T, want publish.State) publish.Status {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		s := r.Status()
		if s.State == want {
			return s
		}
		if time.Now().After(end) {
			t.Fatalf("not %s but %+v", want, s)
		}
	}
}

// bars is the colour bars with a border, so that a picture that is not whole is seen.
func bars() *picture.Picture {
	pic := picture.New(size)
	picture.Fill(pic.View, 235, 128, 128)
	picture.Bars(pic.Sub(picture.Rect{X: 8, Y: 8, Width: size.Width - 16, Height: size.Height - 16}))
	return pic
}

// shows waits until a display shows pic in a rectangle, and black around it.
func shows(t *testing.T, d *xvfbtest.Display, pic *picture.Picture, in image.Rectangle) {
	t.Helper()
	sent := picture.ToRGBA(pic.View)
	for end := time.Now().Add(20 * time.Second); ; {
		worst, mean, around := apart(d.Look(t), sent, in)
		if mean < 1.5 && worst < 4 && around == 0 {
			t.Logf("display %s: inside the bars at most %.0f from what was sent, all in all %.2f", d.Name, worst, mean)
			return
		}
		if time.Now().After(end) {
			d.Keep(t, "window")
			t.Fatalf("display %s: inside the bars up to %.0f from what was sent, all in all %.1f, around it %.0f", d.Name, worst, mean, around)
		}
	}
}

// at is a colour halfway down.
func at(seen image.Image, x int) [3]uint32 {
	r, g, b, _ := seen.At(x, size.Height/2).RGBA()
	return [3]uint32{r >> 8, g >> 8, b >> 8}
}

// apart compares what is seen with what was sent: the worst difference of a level in
// the middle of each bar, the mean of all, and the brightest that is outside.
func apart(seen image.Image, sent *image.RGBA, in image.Rectangle) (worst, mean, around float64) {
	n := 0
	for y := seen.Bounds().Min.Y; y < seen.Bounds().Max.Y; y++ {
		for x := seen.Bounds().Min.X; x < seen.Bounds().Max.X; x++ {
			r, g, b, _ := seen.At(x, y).RGBA()
			levels := [3]float64{float64(r >> 8), float64(g >> 8), float64(b >> 8)}
			if !image.Pt(x, y).In(in) {
				around = max(around, levels[0], levels[1], levels[2])
				continue
			}
			sx, sy := (x-in.Min.X)*size.Width/in.Dx(), (y-in.Min.Y)*size.Height/in.Dy()
			want := sent.RGBAAt(sx, sy)
			inBar := (sx-8)%78 > 20 && (sx-8)%78 < 58 && sy > 20 && sy < size.Height-20
			for i, w := range [3]uint8{want.R, want.G, want.B} {
				d := math.Abs(levels[i] - float64(w))
				mean, n = mean+d, n+1
				if inBar {
					worst = max(worst, d)
				}
			}
		}
	}
	return worst, mean / float64(n), around
}

func TestWindowShowsThePictureOnTheDisplayThatWasChosen(t *testing.T) {
	pic := bars()
	t.Run("whole", func(t *testing.T) {
		d := xvfbtest.New(t, size.Width, size.Height)
		t.Setenv("DISPLAY", d.Name)
		run(t, "0", pic).becomes(t, publish.Live)
		shows(t, d, pic, image.Rect(0, 0, size.Width, size.Height))
	})
	t.Run("another shape", func(t *testing.T) {
		d := xvfbtest.New(t, 400, 300)
		t.Setenv("DISPLAY", d.Name)
		run(t, "screen", pic).becomes(t, publish.Live)
		shows(t, d, pic, image.Rect(0, 37, 400, 262)) // black above and below
	})
	// Two windows beside each other, as on two displays that X sees as one.
	t.Run("by geometry", func(t *testing.T) {
		d := xvfbtest.New(t, 2*size.Width, size.Height)
		t.Setenv("DISPLAY", d.Name)
		run(t, "640x360+640+0", pic).becomes(t, publish.Live)
		shows(t, d, pic, image.Rect(size.Width, 0, 2*size.Width, size.Height))
		red := picture.New(size)
		picture.Fill(red.View, 51, 109, 212)
		run(t, "640x360+0+0", red).becomes(t, publish.Live)
		until := time.Now().Add(20 * time.Second)
		for seen := d.Look(t); ; seen = d.Look(t) {
			left, right := at(seen, 320), at(seen, 640+78*5+47) // the bars' red
			if left == right && left[0] > 185 && left[1]+left[2] < 5 {
				break
			}
			if time.Now().After(until) {
				t.Fatalf("left %v, right %v", left, right)
			}
		}
	})
}

func TestWindowThatCrashesComesBack(t *testing.T) {
	d := xvfbtest.New(t, size.Width, size.Height)
	t.Setenv("DISPLAY", d.Name)
	pic := bars()
	r := run(t, "0", pic)
	whole := image.Rect(0, 0, size.Width, size.Height)
	r.becomes(t, publish.Live)
	shows(t, d, pic, whole)
	out, err := exec.Command("xdotool", "search", "--name", "studio: programme", "getwindowpid").Output()
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s := r.becomes(t, publish.Waiting)
	if s.Message.En != "the window's process has ended" || s.Message.Zh == "" {
		t.Errorf("status %+v", s)
	}
	r.becomes(t, publish.Live)
	shows(t, d, pic, whole)
	if s := r.Status(); s.Attempts != 2 {
		t.Errorf("status %+v", s)
	}
}

func TestWindowSaysThatThereIsNoDisplay(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	s := run(t, "0", bars()).becomes(t, publish.Waiting)
	t.Log(s.Message.En)
	if !strings.HasPrefix(s.Message.En, "there is no display (") || s.Message.Zh == "" || s.Fault != publish.NoDevice {
		t.Errorf("status %+v", s)
	}
}

func TestWindowSaysWhichDisplaysThereAre(t *testing.T) {
	d := xvfbtest.New(t, size.Width, size.Height)
	t.Setenv("DISPLAY", d.Name)
	s := run(t, "HDMI-1", bars()).becomes(t, publish.Waiting)
	if want := "there is no display HDMI-1; there is 0 (screen, 640x360+0+0)"; s.Message.En != want {
		t.Errorf("message %q, want %q", s.Message.En, want)
	}
}

func TestChoose(t *testing.T) {
	list := []display{
		{"eDP-1", picture.Rect{Width: 1280, Height: 800}},
		{"HDMI-1", picture.Rect{X: 1280, Width: 1920, Height: 1080}},
	}
	for wish, want := range map[string]int{"0": 0, "1": 1, "hdmi-1": 1, "eDP-1": 0, "1920x1080+1280+0": 1} {
		if at, whole, err := choose(list, wish); at != list[want].Rect || !whole || err != nil {
			t.Errorf("%s: %v, %v", wish, at, err)
		}
	}
	if at, whole, err := choose(list, "1280x720+1920+360"); at != (picture.Rect{X: 1920, Y: 360, Width: 1280, Height: 720}) || whole || err != nil {
		t.Errorf("%v, %v", at, err)
	}
	for _, wish := range []string{"2", "-1", "", "HDMI-2", "1920x1080+0+0", "0x0+0+0", "-5x10+20+20"} {
		if at, _, err := choose(list, wish); err == nil {
			t.Errorf("%q chooses %v", wish, at)
		}
	}
}

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		width, height int
		size          picture.Size
		want          picture.Rect
	}{
		{1920, 1080, picture.Size{Width: 1920, Height: 1080}, picture.Rect{Width: 1920, Height: 1080}},
		{1280, 1024, picture.Size{Width: 1920, Height: 1080}, picture.Rect{Y: 152, Width: 1280, Height: 720}},
		{1920, 1080, picture.Size{Width: 1080, Height: 1920}, picture.Rect{X: 656, Width: 607, Height: 1080}},
		{3840, 2160, picture.Size{Width: 1280, Height: 720}, picture.Rect{Width: 3840, Height: 2160}},
	} {
		if got := within(c.width, c.height, c.size); got != c.want {
			t.Errorf("%v on %d×%d: %+v, want %+v", c.size, c.width, c.height, got, c.want)
		}
	}
}

func TestArguments(t *testing.T) {
	if s, err := sizeIn([]string{"1", "1920", "1080"}); err != nil || s.Width != 1920 || s.Height != 1080 {
		t.Error(s, err)
	}
	for _, args := range [][]string{nil, {"1"}, {"1", "0", "2"}, {"1", "3", "2"}, {"1", "-4", "2"}, {"1", "x", "2"}, {"1", "99998", "2"}} {
		if _, err := sizeIn(args); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}
