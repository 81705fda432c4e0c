package microphone

import (
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/capture/microphone/internal/wire"
	"studio/capture/microphone/reader"
)

// TestMain lets the test's program stand in for the reader process: the real one,
// or one that behaves as badly as the word after ReaderCommand says.
func TestMain(m *testing.M) {
	if len(os.Args) < 3 || os.Args[1] != ReaderCommand {
		goleak.VerifyTestMain(m)
		return
	}
	w := wire.NewWriter(os.Stdout)
	switch os.Args[2] {
	case "hang": // as the sound library does when the card is pulled
		w.Message(wire.Message{Opened: "Hanging microphone"})
		w.Block(make([]float32, 1920))
		for {
			time.Sleep(time.Hour)
		}
	case "sing": // gives blocks until it is asked to end
		w.Message(wire.Message{Opened: "Singing " + os.Args[len(os.Args)-1]})
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			io.Copy(io.Discard, os.Stdin)
		}()
		for {
			select {
			case <-ended:
				os.Exit(0)
			case <-time.After(20 * time.Millisecond):
				w.Block(make([]float32, 1920))
			}
		}
	case "die":
		w.Message(wire.Message{Opened: "Dying microphone"})
		fmt.Fprintln(os.Stderr, "a first line\nSIGSEGV: segmentation violation")
		os.Exit(2)
	case "mute": // never says that it is open
		for {
			time.Sleep(time.Hour)
		}
	}
	if err := reader.Run(os.Args[2:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// us is the command that TestMain answers.
func us(words ...string) []string {
	return append([]string{os.Args[0], ReaderCommand}, words...)
}
