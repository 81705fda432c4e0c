package whip_test

import (
	"context"
	"testing"
	"time"

	"studio/capture/drawn"
	"studio/encode"
	"studio/media/packet"
	"studio/media/picture"
	"studio/overlay/svg"
	"studio/publish/whip/whiptest"
)

// camera draws pictures with a burnt-in number and encodes them at the moment at which
// they are taken, as the studio does.
type camera struct {
	source *drawn.Source
	video  *encode.Video
	canvas *picture.Picture
	start  time.Time
}

var rate = packet.Rational{Num: 30, Den: 1}

func newCamera(t testing.TB, size picture.Size, bitsPerSecond int) *camera {
	t.Helper()
	c := &camera{start: time.Now(), canvas: picture.New(size)}
	var err error
	if c.source, err = drawn.New(drawn.Options{
		Scene: "wheel", Size: size, FrameRate: rate, Start: c.start, Code: true, Rasterize: svg.Render,
	}); err != nil {
		t.Fatal(err)
	}
	if c.video, err = encode.NewVideo(encode.VideoOptions{Size: size, Rate: rate, BitsPerSecond: bitsPerSecond}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.video.Close() })
	return c
}

// taken is when a picture was taken: what its burnt-in clock says.
func (c *camera) taken(number uint32) time.Time {
	return c.start.Add(rate.Inverse().Duration(int64(number)))
}

// play hands out the camera's packets, and the film's sound with them, until ctx ends.
// A picture that comes too late is left out, as a camera does.
func (c *camera) play(ctx context.Context, film *whiptest.Film, write func(*packet.Packet) error) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	sound := int(time.Since(c.start) / (20 * time.Millisecond))
	number := uint32(0)
	for {
		number = max(number+1, uint32(time.Since(c.start)*30/time.Second))
		timer.Reset(time.Until(c.taken(number)))
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		frame := c.source.Frame(uint64(number))
		frame.Painter.Paint(c.canvas.View)
		frame.Release()
		var failed error
		if err := c.video.Encode(c.canvas.View, int64(number), c.taken(number), func(p *packet.Packet) { failed = write(p) }); err != nil {
			return err
		}
		for ; film.SoundAt(sound).Time() < time.Since(c.start) && failed == nil; sound++ {
			failed = write(film.SoundAt(sound))
		}
		if failed != nil {
			return failed
		}
	}
}

// numberIn reads the number burnt into a picture from one row of it.
func numberIn(row []byte) (uint32, bool) {
	const enough = 128 // rows: more than the strip has
	return drawn.ReadCode(picture.View{Y: row, Width: len(row), Height: enough, StrideY: 0})
}
