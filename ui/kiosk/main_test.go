package kiosk

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"go.uber.org/goleak"
)

// The graphics driver wants the main goroutine, which a test does not have: the test
// binary runs itself with socketVariable set, and is then the kiosk.
const (
	socketVariable   = "KIOSK_TEST_SOCKET"
	languageVariable = "KIOSK_TEST_LANGUAGE"
	sizeVariable     = "KIOSK_TEST_SIZE" // WIDTHxHEIGHT of a window; empty: the whole screen
)

func TestMain(m *testing.M) {
	if socket := os.Getenv(socketVariable); socket != "" {
		os.Exit(beKiosk(socket))
	}
	ready := make(chan error)
	go func() {
		look, err := newLook()
		if err == nil {
			test.NewApp().Settings().SetTheme(look)
		}
		ready <- err
	}()
	if err := <-ready; err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func beKiosk(socket string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGUSR1)
	defer stop()
	o := Options{Socket: socket, Language: os.Getenv(languageVariable), FullScreen: os.Getenv(sizeVariable) == "", Stuck: func() {
		fmt.Fprintln(os.Stderr, "the driver did not end: the process is ended, as studio does it")
		os.Exit(0)
	}}
	if !o.FullScreen {
		var width, height float32
		if _, err := fmt.Sscanf(os.Getenv(sizeVariable), "%fx%f", &width, &height); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		o.Size = fyne.NewSize(width, height)
	}
	if err := Run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "kiosk:", err)
		return 1
	}
	stop()
	if err := leaked(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	return 0
}

// leaked finds goroutines that Run left behind. The graphics driver's own wait for a
// signal ends with the process.
func leaked() error {
	return goleak.Find(goleak.IgnoreAnyFunction("fyne.io/fyne/v2/internal/driver/glfw.(*gLDriver).catchTerm"))
}
