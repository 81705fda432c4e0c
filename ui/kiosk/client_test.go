package kiosk

import (
	"context"
	"errors"
	"fmt"
	"image"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/ui"
	"studio/ui/api"
	"studio/ui/uitest"
)

// engine is a studio without an engine behind the real API on a real socket.
type engine struct {
	*uitest.Studio
	socket string
	stop   func() // ends it; it may start again
}

func newEngine(t testing.TB) *engine {
	t.Helper()
	folder, err := os.MkdirTemp("", "kiosk") // sockets need a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	e := &engine{Studio: uitest.New(), socket: filepath.Join(folder, "s")}
	e.start(t)
	t.Cleanup(func() { e.stop() })
	return e
}

func (e *engine) start(t testing.TB) {
	t.Helper()
	handler, err := api.New(api.Options{Studio: e, Preview: e, Page: os.DirFS(t.TempDir())})
	if err != nil {
		t.Fatal(err)
	}
	e.serve(t, handler)
}

func (e *engine) serve(t testing.TB, handler http.Handler) {
	t.Helper()
	listener, err := api.BindSocket(e.socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- api.Serve(ctx, listener, handler) }()
	e.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
		e.stop = func() {}
	}
}

// soon is how long a test waits for what must happen.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// next takes what comes from a channel, or fails.
func next[T any](t *testing.T, c <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(20 * time.Second):
		t.Fatalf("no %s", what)
	}
	return v
}

func TestClientCommands(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	e := newEngine(t)
	defer e.stop()
	c := NewClient(e.socket)
	defer c.Close()
	ctx := soon(t)
	want := []ui.Command{
		ui.Take{Cameras: []string{"kiln"}}, ui.Take{Layout: "full", Transition: "cut", Cameras: []string{"hands"}},
		ui.Step{To: "next"}, ui.Broadcast{On: true}, ui.Broadcast{On: false},
		ui.Direct{On: true}, ui.Privacy{On: true}, ui.Mark{}, ui.Mark{Seconds: 60}, ui.Send{Destination: "school", On: true},
	}
	for _, command := range want {
		if _, err := c.Do(ctx, command); err != nil {
			t.Errorf("%T: %v", command, err)
		}
	}
	if got := e.Commands(); !reflect.DeepEqual(got, want) {
		t.Errorf("arrived %v, want %v", got, want)
	}
	s, err := c.Status(ctx)
	if err != nil || s.Procedure.Present != 2 || !s.Sound.Privacy || !s.Director.On || s.Canvases[0].Cameras[0] != "hands" {
		t.Errorf("status %+v, %v", s, err)
	}
}

func TestClientRefusals(t *testing.T) {
	e := newEngine(t)
	c := NewClient(e.socket)
	defer c.Close()
	for status, err := range map[int]error{
		http.StatusConflict: fmt.Errorf("%w: put the clay on first", ui.ErrRefused),
		http.StatusNotFound: fmt.Errorf("%w: there is no such step", ui.ErrUnknown),
	} {
		e.Refuse(err)
		problem := (*Problem)(nil)
		_, got := c.Do(soon(t), ui.Step{To: "next"})
		sentence := err.Error()[strings.Index(err.Error(), ": ")+2:]
		if !errors.As(got, &problem) || problem.Status != status || !strings.Contains(problem.Error(), sentence) {
			t.Errorf("%v arrived as %#v", err, got)
		}
	}
	e.stop()
	if _, err := c.Do(soon(t), ui.Step{To: "next"}); err == nil || !strings.Contains(err.Error(), e.socket) {
		t.Errorf("without an engine: %v", err)
	}
}

func TestWatchComesBack(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	e := newEngine(t)
	defer func() { e.stop() }()
	c := NewClient(e.socket)
	defer c.Close()
	ctx, cancel := context.WithCancel(soon(t))
	statuses, losses, ended := make(chan ui.Status, 1000), make(chan error, 1000), make(chan struct{})
	go func() {
		defer close(ended)
		c.Watch(ctx, func(s ui.Status) { statuses <- s }, func(err error) { losses <- err })
	}()
	if s := next(t, statuses, "status"); s.Name == "" {
		t.Errorf("status %+v", s)
	}
	e.Change(func(s *ui.Status) { s.Name = "changed" })
	for next(t, statuses, "changed status").Name != "changed" {
	}
	e.stop()
	if err := next(t, losses, "loss"); err == nil {
		t.Error("a loss without a reason")
	}
	if err := next(t, losses, "failed attempt"); err == nil || !strings.Contains(err.Error(), e.socket) {
		t.Errorf("a failed attempt says %v", err)
	}
	e.Change(func(s *ui.Status) { s.Name = "back" })
	e.start(t)
	for next(t, statuses, "status after the return").Name != "back" {
	}
	cancel()
	next(t, ended, "end of Watch")
}

func TestPictures(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	e := newEngine(t)
	defer func() { e.stop() }()
	c := NewClient(e.socket)
	defer c.Close()
	ctx, cancel := context.WithCancel(soon(t))
	pictures, ended := make(chan image.Image, 1000), make(chan struct{})
	go func() {
		defer close(ended)
		c.Pictures(ctx, "landscape", 320, 15, func(img image.Image) { pictures <- img })
	}()
	for range 3 {
		img := next(t, pictures, "picture")
		if img == nil || img.Bounds().Dx() != 320 || img.Bounds().Dy() != 180 {
			t.Fatalf("picture %v", img)
		}
		if _, ok := img.(*image.RGBA); !ok {
			t.Errorf("a %T, which is copied again to be drawn", img)
		}
	}
	e.stop()
	for next(t, pictures, "nil for the loss") != nil {
	}
	e.start(t)
	for next(t, pictures, "picture after the return") == nil {
	}
	cancel()
	next(t, ended, "end of Pictures")
}

func TestPicturesOfSomethingElse(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"no stream":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") },
		"no picture": onePart("this is no JPEG"),
		"refusal":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"ends":       func(w http.ResponseWriter, r *http.Request) { onePart("")(w, r) },
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			e.stop()
			e.serve(t, answer)
			c := NewClient(e.socket)
			defer c.Close()
			err := c.picturesOnce(soon(t), "landscape", 320, 5, func(image.Image) { t.Error("a picture of nothing") })
			if err == nil {
				t.Error("no error")
			}
		})
	}
}

func onePart(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=b")
		fmt.Fprintf(w, "--b\r\nContent-Type: image/jpeg\r\n\r\n%s\r\n--b\r\n", body)
	}
}
