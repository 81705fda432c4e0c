package window

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"studio/media/picture"
	"studio/publish"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var size = picture.Size{Width: 64, Height: 36}

// ends are both ends in one process.
func ends(t *testing.T) (*wall, *Feed) {
	t.Helper()
	slots, memory, err := newSlots(size)
	if err != nil {
		t.Fatal(err)
	}
	far, err := mapSlots(int(memory.Fd()), size)
	if err != nil {
		t.Fatal(err)
	}
	memory.Close()
	ours, theirs, err := pair()
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Dup(int(theirs.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	feed := newFeed(far, fd)
	if err := feed.Ready(); err != nil {
		t.Fatal(err)
	}
	if err := await(t.Context(), ours); err != nil {
		t.Fatal(err)
	}
	return newWall(slots, ours, func() {}), feed
}

func drawn(level byte) *picture.Picture {
	pic := picture.New(size)
	picture.Fill(pic.View, level, level+1, level+2)
	return pic
}

func TestNewestIsDrawnAndNoneIsOverwritten(t *testing.T) {
	w, f := ends(t)
	defer f.Close()
	var last picture.View
	for round := range byte(40) {
		waiting := 1 + round%2 // besides the one that is drawn
		for n := range waiting {
			if err := w.Show(drawn(4*round + n).View); err != nil {
				t.Fatal(err)
			}
			if last.Y != nil && last.Y[0] != 4*(round-1)+(round-1)%2 {
				t.Fatalf("the picture that is drawn was overwritten by %d", last.Y[0])
			}
		}
		v, found, err := f.Next(time.Second)
		want := 4*round + waiting - 1
		if err != nil || !found || v.Y[0] != want || v.U[0] != want+1 || v.V[len(v.V)-1] != want+2 {
			t.Fatalf("round %d: found %v, %v, %d", round, found, err, v.Y[0])
		}
		last = v
	}
	if _, found, err := f.Next(0); found || err != nil {
		t.Errorf("without a picture: %v, %v", found, err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := f.Next(time.Second); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
}

func TestShowAllocatesNothing(t *testing.T) {
	w, f := ends(t)
	defer f.Close()
	defer w.Close()
	pic := drawn(20)
	n := testing.AllocsPerRun(50, func() {
		if w.Show(pic.View) != nil {
			t.Error("it cannot be shown")
		}
		if _, found, _ := f.Next(time.Second); !found {
			t.Error("it is not found")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations a picture", n)
	}
}

func TestProcessThatGoes(t *testing.T) {
	w, f := ends(t)
	f.Close()
	<-w.done
	pic, err := drawn(20), error(nil)
	for range slotCount + 1 {
		if err = w.Show(pic.View); err != nil {
			break
		}
	}
	var said *publish.Error
	if !errors.As(err, &said) || said.En != "the window's process has ended" {
		t.Errorf("%v", err)
	}
	w.Close()
}

func TestProcessThatSaysWhatIsWrong(t *testing.T) {
	slots, memory, err := newSlots(size)
	if err != nil {
		t.Fatal(err)
	}
	memory.Close()
	for _, wrong := range []struct {
		say  func(f *Feed)
		want string
	}{
		{func(f *Feed) { f.Fail(publish.Text{En: "no display", Zh: "没有显示器"}) }, "no display"},
		{func(f *Feed) { _ = f.say([]byte("f{")) }, "not understood"},
		{func(f *Feed) { _ = f.say([]byte("2")) }, "not understood"},
		{func(f *Feed) { _ = unix.Shutdown(f.socket, unix.SHUT_WR) }, "has ended"},
	} {
		ours, theirs, err := pair()
		if err != nil {
			t.Fatal(err)
		}
		wrong.say(newFeed(slots, int(theirs.Fd())))
		if err := await(t.Context(), ours); err == nil || !strings.Contains(err.Error(), wrong.want) {
			t.Errorf("%v, want %q", err, wrong.want)
		}
		ours.Close()
		theirs.Close()
	}
	ours, theirs, err := pair()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := await(ctx, ours); !errors.Is(err, context.Canceled) {
		t.Errorf("after the wish was off: %v", err)
	}
	ours.Close()
	theirs.Close()
	slots.unmap()
}
