package words

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"unicode"
)

var errGone = New("not connected", "没有连接")

// refused embeds a Text, as errors of other packages do.
type refused struct{ Text }

func (r *refused) Error() string { return r.En }

func TestOf(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		en, zh string
	}{
		{"nothing", nil, "", ""},
		{"a sentinel", errGone, "not connected", "没有连接"},
		{"wrapped for the log", fmt.Errorf("open camera %q: %w", "wheel", errGone), `open camera "wheel": not connected`, "没有连接"},
		{"in both languages", Errorf("camera %q: %w", "机位「%s」：%w", "wheel", errGone), `camera "wheel": not connected`, "机位「wheel」：没有连接"},
		{"of another package", fmt.Errorf("send: %w", &refused{Text{En: "no", Zh: "不行"}}), "send: no", "不行"},
		{"an outer one without Chinese", &Error{Text: Text{En: "far"}, Err: errGone}, "far", "没有连接"},
		{"several", errors.Join(errGone, New("busy", "被占用")), "not connected\nbusy", "没有连接；被占用"},
		{"one of several", fmt.Errorf("%w: %w", errors.New("refused"), errGone), "refused: not connected", "没有连接"},
		{"a name that Chinese leaves out", Errorf("camera %q: %w", "摄像头%[2]w", "wheel", errGone), `camera "wheel": not connected`, "摄像头没有连接"},
		{"names that Chinese leaves out", Errorf("camera %q: %w", "坏了", "wheel", errGone), `camera "wheel": not connected`, "坏了"},
		{"of the system", fmt.Errorf("write: %w", &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}), "write: write x: no space left on device", "磁盘已满，请腾出空间"},
		{"anything", errors.New("odd"), "odd", Unexplained},
		{"anything inside words", Errorf("sound: %v", "声音：%v", errors.New("odd")), "sound: odd", "声音：" + Unexplained},
	} {
		if got := Of(c.err); got != (Text{Zh: c.zh, En: c.en}) {
			t.Errorf("%s: %+v, want %q and %q", c.name, got, c.en, c.zh)
		}
	}
}

func TestErrorfKeepsTheCause(t *testing.T) {
	deep := Errorf("start: %w", "启动：%w", fmt.Errorf("canvas: %w", errGone))
	if !errors.Is(deep, errGone) || errors.Is(deep, fs.ErrNotExist) {
		t.Errorf("the cause of %v", deep)
	}
}

func TestTextf(t *testing.T) {
	got := Textf("%[1]s of %[2]v: %[3]d of %[4]v", "%[2]v的%[1]s：%[4]v，%[3]d", "gain", Text{Zh: "轮盘", En: "Wheel"}, 7, errGone)
	if want := (Text{En: "gain of Wheel: 7 of not connected", Zh: "轮盘的gain：没有连接，7"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestEveryKindIsChinese(t *testing.T) {
	for _, err := range []error{
		syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EACCES, syscall.EPERM, syscall.ENOENT, syscall.EIO, syscall.EBUSY, syscall.ETIMEDOUT,
		fs.ErrPermission, fs.ErrNotExist, os.ErrDeadlineExceeded, context.DeadlineExceeded, context.Canceled,
	} {
		zh := Of(fmt.Errorf("do: %w", err)).Zh
		if zh == Unexplained || strings.ContainsFunc(zh, func(r rune) bool { return r < unicode.MaxLatin1 && unicode.IsLetter(r) }) {
			t.Errorf("%v: %q", err, zh)
		}
	}
}
