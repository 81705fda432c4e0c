// Package screen is the process that draws programme pictures on a display, with
// SDL: full-screen, without a pointer, a border or anything else of its own.
// Pictures of another shape get black bars. SDL turns the pixels into the display's
// colours on the graphics processor, where there is one, with the matrix and range
// that programme pictures have.
package screen

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"time"

	"studio/media/picture"
	"studio/publish"
	"studio/publish/window"
)

// look is how often the display is asked for news when no picture comes.
const look = 100 * time.Millisecond

// Run draws what the engine sends until it wants no more. args are the display and
// the width and height of the pictures.
func Run(args []string) error {
	size, err := sizeIn(args)
	if err != nil {
		return err
	}
	feed, err := window.Attach(size)
	if err != nil {
		return err
	}
	defer feed.Close()
	runtime.LockOSThread() // SDL and its drivers belong to one thread
	defer runtime.UnlockOSThread()
	err = draw(feed, args[0], size)
	var said *fault
	if errors.As(err, &said) {
		feed.Fail(said.Text)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func sizeIn(args []string) (picture.Size, error) {
	if len(args) != 3 {
		return picture.Size{}, errors.New("want DISPLAY WIDTH HEIGHT")
	}
	width, err1 := strconv.Atoi(args[1])
	height, err2 := strconv.Atoi(args[2])
	if err1 != nil || err2 != nil || width <= 0 || height <= 0 || width%2 != 0 || height%2 != 0 || width > 16384 || height > 16384 {
		return picture.Size{}, fmt.Errorf("%s×%s is no size of pictures", args[1], args[2])
	}
	return picture.Size{Width: width, Height: height}, nil
}

func draw(feed *window.Feed, display string, size picture.Size) error {
	s, err := open(display, size)
	if err != nil {
		return err
	}
	defer s.close()
	if err := feed.Ready(); err != nil {
		return err
	}
	for {
		v, found, err := feed.Next(look)
		if err != nil {
			return err
		}
		if found {
			if err := s.show(v); err != nil {
				return err
			}
		}
		if s.changed() {
			return &fault{publish.Text{En: "the displays of this box have changed", Zh: "本机的显示器有变化"}}
		}
	}
}

// fault is a reason for people.
type fault struct{ publish.Text }

func (f *fault) Error() string { return f.En }

// display is one of the box's.
type display struct {
	name string
	picture.Rect
}

func (d display) geometry() string {
	return fmt.Sprintf("%dx%d+%d+%d", d.Width, d.Height, d.X, d.Y)
}

// choose returns where to draw: on the display with this number from 0 or this name,
// or in a geometry that lies on one. Whole tells whether that is a whole display.
func choose(list []display, wish string) (at picture.Rect, whole bool, err error) {
	if n, err := strconv.Atoi(wish); err == nil && n >= 0 && n < len(list) {
		return list[n].Rect, true, nil
	}
	_, err = fmt.Sscanf(wish, "%dx%d+%d+%d", &at.Width, &at.Height, &at.X, &at.Y)
	place := err == nil && at.Width > 0 && at.Height > 0
	for _, d := range list {
		switch {
		case strings.EqualFold(wish, d.name), place && at == d.Rect:
			return d.Rect, true, nil
		case place && at.X >= d.X && at.Y >= d.Y && at.X+at.Width <= d.X+d.Width && at.Y+at.Height <= d.Y+d.Height:
			return at, false, nil
		}
	}
	var there []string
	for n, d := range list {
		there = append(there, fmt.Sprintf("%d (%s, %s)", n, d.name, d.geometry()))
	}
	if there == nil {
		there = []string{"none"}
	}
	return picture.Rect{}, false, &fault{publish.Text{
		En: fmt.Sprintf("there is no display %s; there is %s", wish, strings.Join(there, " and ")),
		Zh: fmt.Sprintf("没有显示器 %s；现有：%s", wish, strings.Join(there, "，")),
	}}
}

// within returns where on a display of this size pictures are drawn whole.
func within(width, height int, size picture.Size) picture.Rect {
	w, h := width, width*size.Height/size.Width
	if h > height {
		w, h = height*size.Width/size.Height, height
	}
	return picture.Rect{X: (width - w) / 2, Y: (height - h) / 2, Width: w, Height: h}
}
