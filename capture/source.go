package capture

import (
	"context"

	"studio/words"
)

// Source is one camera's way of streaming. Stream opens the device, puts frames
// into the mailbox until ctx ends or the device fails, closes the device and
// returns when all its goroutines have ended: nil when ctx ended, an error that
// one plain sentence explains otherwise. It can be called again afterwards.
// opened is called once per call, when the device streams, with what it was set to.
type Source interface {
	Stream(ctx context.Context, out *Mailbox, opened func(Mode)) error
}

// Mode is what a source was really set to.
type Mode struct {
	Format        Format
	Width, Height int     // pixels
	FrameRate     float64 // frames a second, 0 if unknown
	// Warning says in one sentence what was asked for and could not be done, such
	// as a control that the camera does not have; empty if nothing.
	Warning words.Text
}

// What a caller may want to tell apart about a source that does not open.
var (
	ErrGone       = words.New("not connected", "没有连接，请检查插头和连线")
	ErrBusy       = words.New("in use by another program", "正被其他程序占用，请先关掉那个程序")
	ErrPermission = words.New("no permission to open it", "没有打开它的权限，请联系技术人员")
	ErrNoFormat   = words.New("offers no usable picture format", "它没有可用的画面格式，请换一台摄像头")
)
