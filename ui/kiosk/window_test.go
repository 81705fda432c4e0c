package kiosk

import (
	"bytes"
	"context"
	"image/color"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"studio/ui"
	"studio/ui/xvfbtest"
)

// await waits until the spot's left side has a colour.
func await(t testing.TB, d *xvfbtest.Display, s Spot, want color.Color, what string) {
	t.Helper()
	x, y := int((s.X+0.04*s.Width)*float32(d.Width)), int((s.Y+0.5*s.Height)*float32(d.Height))
	for deadline := time.Now().Add(40 * time.Second); ; {
		if got := d.Look(t).At(x, y); near(got, want) {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("%s did not come: at %d,%d is %v, want %v", what, x, y, got, want)
		}
	}
}

// kiosk is the touchscreen as a process.
type kiosk struct {
	cmd   *exec.Cmd
	said  bytes.Buffer
	ended chan struct{} // closed when it has ended, with err
	err   error
}

func newKiosk(t testing.TB, d *xvfbtest.Display, socket, language, size string) *kiosk {
	t.Helper()
	k := &kiosk{cmd: exec.Command(os.Args[0]), ended: make(chan struct{})}
	k.cmd.Env = append(os.Environ(), d.Env(), socketVariable+"="+socket, languageVariable+"="+language, sizeVariable+"="+size)
	k.cmd.Stdout, k.cmd.Stderr = &k.said, &k.said
	if err := k.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(k.ended)
		k.err = k.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = k.cmd.Process.Kill() // if it has not ended by itself
		<-k.ended
		if t.Failed() {
			t.Logf("the kiosk said:\n%s", &k.said)
		}
	})
	return k
}

// end expects the kiosk to end well, with everything that it started.
func (k *kiosk) end(t *testing.T) {
	t.Helper()
	select {
	case <-k.ended:
		if k.err != nil {
			t.Errorf("the kiosk ended with %v", k.err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the kiosk does not end")
		_ = k.cmd.Process.Signal(syscall.SIGQUIT) // it says where it is
		<-k.ended
	}
}

func (e *engine) await(t *testing.T, n int, want ui.Command) {
	t.Helper()
	got, err := e.Await(soon(t), n)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("command %d is %#v, %v; want %#v", n, got, err, want)
	}
}

// TestBroadcastByTouch is an artisan's way through a broadcast, on the whole screen.
func TestBroadcastByTouch(t *testing.T) {
	d, e := xvfbtest.New(t, 1280, 800), newEngine(t)
	defer func() { e.stop() }()
	k := newKiosk(t, d, e.socket, "zh", "")
	await(t, d, StartSpot(), rgb(celadon), "the start button")
	d.Keep(t, "ready")
	d.Touch(t, StartSpot())
	e.await(t, 1, ui.Broadcast{On: true})
	await(t, d, StartSpot(), rgb(wine), "the end button")

	d.Touch(t, TileSpot(1, 4))
	e.await(t, 2, ui.Take{Cameras: []string{"hands"}})
	d.Touch(t, NextSpot())
	e.await(t, 3, ui.Step{To: "next"})
	d.Keep(t, "onair")

	d.Touch(t, PrivacySpot())
	e.await(t, 4, ui.Privacy{On: true})
	await(t, d, PrivacySpot(), rgb(cinnabar), "the muted microphones")
	d.Touch(t, MarkSpot())
	e.await(t, 5, ui.Mark{})
	d.Touch(t, DirectorSpot())
	e.await(t, 6, ui.Direct{On: true})
	d.Touch(t, ViewSpot())
	awaitUpright(t, d)
	d.Keep(t, "upright")
	d.Touch(t, ViewSpot())
	checkProgramme(t, d)
	d.Touch(t, TileSpot(2, 4))
	e.await(t, 7, ui.Take{Cameras: []string{"kiln"}})
	d.Touch(t, PrivacySpot())
	e.await(t, 8, ui.Privacy{On: false})
	await(t, d, PrivacySpot(), rgb(raised), "the microphones")
	d.Keep(t, "held")

	d.Touch(t, StartSpot()) // a touch does not end it
	d.Finger(t, StartSpot(), "mousedown", "1")
	held := time.Now()
	d.Keep(t, "holding") // the bar fills faster than a busy machine takes a photograph
	e.await(t, 9, ui.Broadcast{On: false})
	if d := time.Since(held); d < holdTime-100*time.Millisecond {
		t.Errorf("ended after %v", d)
	}
	d.Xdotool(t, "mouseup", "1")
	await(t, d, StartSpot(), rgb(celadon), "the start button")
	checkProgramme(t, d)

	e.stop()
	await(t, d, StartSpot(), veiled(raised), "the veil")
	d.Keep(t, "lost")
	e.start(t)
	await(t, d, StartSpot(), rgb(celadon), "the engine's return")
	if got := len(e.Commands()); got != 9 {
		t.Errorf("%d commands: %v", got, e.Commands())
	}
	if err := k.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	k.end(t)
}

// checkProgramme expects the live picture's colour bars: eight colours side by side.
func checkProgramme(t testing.TB, d *xvfbtest.Display) {
	t.Helper()
	s := LiveSpot()
	for deadline := time.Now().Add(20 * time.Second); ; {
		img, colours := d.Look(t), map[color.Color]bool{}
		for i := range 8 {
			x := (s.X + s.Width*(float32(i)+0.5)/8) * float32(d.Width)
			colours[img.At(int(x), int((s.Y+s.Height/2)*float32(d.Height)))] = true
		}
		if len(colours) >= 8 {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("the programme has %d colours", len(colours))
		}
	}
}

// awaitUpright waits for colour bars as high as the programme's place and as narrow
// as an upright canvas is, with nothing beside them.
func awaitUpright(t testing.TB, d *xvfbtest.Display) {
	t.Helper()
	s := LiveSpot()
	for deadline := time.Now().Add(20 * time.Second); ; {
		img := d.Look(t)
		bars, beside, wide := map[color.Color]bool{}, map[color.Color]bool{}, s.Height*unitsHigh*9/16
		for i := range 8 {
			y := int((s.Y + s.Height/2) * float32(d.Height))
			x, _ := s.Centre(d.Width, d.Height)
			bars[img.At(x+int((float32(i)-3.5)*wide/8), y)] = true
			beside[img.At(int(s.X*float32(d.Width))+10+i*10, y)] = true
		}
		if len(bars) >= 8 && len(beside) == 1 {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("upright: %d colours in the picture, %d beside it", len(bars), len(beside))
		}
	}
}

// veiled is a colour as it shows through the veil.
func veiled(hex uint32) color.Color {
	mix := func(a, b uint8) uint8 { return uint8((int(a)*55 + int(b)*200) / 255) }
	a, b := rgb(hex), rgb(ink)
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// TestSmallPanelInAWindow is the small panel, in English, ended as systemd ends it.
func TestSmallPanelInAWindow(t *testing.T) {
	d, e := xvfbtest.New(t, 1024, 600), newEngine(t)
	defer func() { e.stop() }()
	e.Change(func(s *ui.Status) {
		s.Cameras[2].State, s.Cameras[2].Message, s.Cameras[2].OnAir = ui.Waiting, ui.Text{Zh: "没有连接，请检查插头和连线", En: "camera \"kiln\" was unplugged"}, false
		s.Health = ui.Health{State: ui.Troubled, Faults: []ui.Text{{
			Zh: "机位“窑口”：没有连接，请检查插头和连线", En: "camera \"kiln\" was unplugged; its slate is shown until it is back"}}}
		s.Director = ui.Director{On: true, Reason: ui.Text{Zh: "双手机位动作最多", En: "most happens at the hands camera"}}
		s.Recording = ui.FileStatus{On: true, State: ui.Live, HoursLeft: 34, Microphones: 3}
	})
	k := newKiosk(t, d, e.socket, "en", "1024x600")
	await(t, d, StartSpot(), rgb(celadon), "the start button")
	d.Keep(t, "ready")
	d.Touch(t, StartSpot())
	e.await(t, 1, ui.Broadcast{On: true})
	await(t, d, StartSpot(), rgb(wine), "the end button")
	d.Touch(t, LanguageSpot())
	d.Touch(t, PreviousSpot())
	e.await(t, 2, ui.Step{To: "previous"})
	d.Keep(t, "onair")
	e.Change(func(s *ui.Status) {
		s.Destinations[0].State, s.Destinations[0].Message = ui.Failed, ui.Text{Zh: "服务器拒绝了推流密钥", En: "the server refuses the stream key"}
	})
	await(t, d, RetrySpot(), rgb(pine), "the way to try again")
	d.Keep(t, "given-up")
	d.Touch(t, RetrySpot())
	e.await(t, 3, ui.Send{Destination: "school", On: true})
	if err := k.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	k.end(t)
}

func TestBadLanguage(t *testing.T) {
	if err := Run(context.Background(), Options{Language: "fr"}); err == nil || !strings.Contains(err.Error(), "zh and en") {
		t.Errorf("fr: %v", err)
	}
}
