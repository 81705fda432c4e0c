package publish

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"studio/media/picture"
)

// easel is a sink of a test's own.
type easel struct {
	shown  []byte        // the first luma of each picture
	takes  time.Duration // for each picture
	breaks int           // after so many pictures; 0: never
	closed int
}

func (e *easel) Show(v picture.View) error {
	time.Sleep(e.takes)
	e.shown = append(e.shown, v.Y[0])
	if len(e.shown) == e.breaks {
		return &Error{Fault: DeviceFault, Text: Text{En: "it broke", Zh: "坏了"}}
	}
	return nil
}

func (e *easel) Close() error { e.closed++; return nil }

// showPictures runs a destination on fake time, offers n pictures 40 ms apart, and
// returns its statuses before the end and after it.
func showPictures(t *testing.T, dial PictureDial, n int) (before, after Status) {
	t.Helper()
	p, err := NewPictures(PictureOptions{Name: "grabber", Kind: "window", Address: "window://1", Dial: dial})
	if err != nil {
		t.Fatal(err)
	}
	pool := picture.NewPool(4)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	for i := range n {
		synctest.Wait()
		pic := pool.Get(picture.Size{Width: 2, Height: 2})
		if pic == nil {
			t.Fatal("pictures are kept")
		}
		pic.Y[0] = byte(i)
		p.Offer(pic)
		time.Sleep(40 * time.Millisecond)
	}
	synctest.Wait()
	before = p.Status()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if pool.Out() != 0 {
		t.Errorf("%d pictures are not given back", pool.Out())
	}
	return before, p.Status()
}

func TestPicturesAreShownAsTheyCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &easel{}
		before, after := showPictures(t, func(context.Context) (PictureSink, error) { return e, nil }, 25)
		if len(e.shown) != 25 || e.closed != 1 || before.State != Live || before.Dropped != 0 || after.State != Off {
			t.Errorf("%v, closed %d times, %+v, %+v", e.shown, e.closed, before, after)
		}
	})
}

func TestOfPicturesTheNewestWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &easel{takes: 100 * time.Millisecond}
		before, _ := showPictures(t, func(context.Context) (PictureSink, error) { return e, nil }, 25)
		for i := 1; i < len(e.shown); i++ {
			if step := e.shown[i] - e.shown[i-1]; step < 1 || step > 3 {
				t.Errorf("shown %v", e.shown)
			}
		}
		if before.State != Troubled || before.Dropped < 13 || before.Dropped > 16 || before.Message.Zh == "" {
			t.Errorf("%+v", before)
		}
	})
}

func TestPicturesAreTriedAgainForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		dial := func(context.Context) (PictureSink, error) {
			attempts++
			return nil, &Error{Fault: RefusedOtherwise, Text: Text{En: "no", Zh: "不行"}}
		}
		before, _ := showPictures(t, dial, 25*60*30) // half an hour
		if before.State != Waiting || before.Message.En != "no" || before.Message.Zh != "不行" || before.Dropped != 0 || attempts < 600 {
			t.Errorf("%d attempts, %+v", attempts, before)
		}
	})
}

func TestPicturesAfterABreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all []*easel
		dial := func(context.Context) (PictureSink, error) {
			all = append(all, &easel{breaks: 10 * (1 - len(all))})
			return all[len(all)-1], nil
		}
		before, _ := showPictures(t, dial, 50)
		if len(all) != 2 || before.State != Live || before.Attempts != 2 || all[0].closed != 1 || all[1].closed != 1 || len(all[1].shown) < 25 {
			t.Errorf("%d attempts, %+v", len(all), before)
		}
	})
}

func TestPicturesNeedWhatTheyNeed(t *testing.T) {
	if _, err := NewPictures(PictureOptions{Name: "x"}); err == nil {
		t.Error("without a way to dial")
	}
	if _, err := NewPictures(PictureOptions{Dial: func(context.Context) (PictureSink, error) { return nil, errors.New("") }}); err == nil {
		t.Error("without a name")
	}
}

func TestOfferAllocatesNothing(t *testing.T) {
	p, err := NewPictures(PictureOptions{Name: "x", Dial: func(context.Context) (PictureSink, error) { return nil, errors.New("") }})
	if err != nil {
		t.Fatal(err)
	}
	p.open = true
	p.lastDrop = time.Now() // no line in the log
	pic := picture.New(picture.Size{Width: 2, Height: 2})
	if n := testing.AllocsPerRun(100, func() { p.Offer(pic.Retain()) }); n != 0 {
		t.Errorf("%v allocations a picture", n)
	}
}
