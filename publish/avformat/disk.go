package avformat

import (
	"errors"
	"io/fs"
	"syscall"

	"studio/publish"
	"studio/words"
)

// DiskError says what an error of a disk means to a person: what was tried, in both
// languages ("record into /media/usb", "录制到 /media/usb"), and what is wrong. An
// error that says so already stays as it is; nil stays nil.
func DiskError(tried publish.Text, err error) error {
	if err == nil {
		return nil
	}
	if said := new(publish.Error); errors.As(err, &said) {
		return err
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err // the caller names the path
	}
	var e *muxError
	if errors.As(err, &e) && e.errno != 0 {
		err = e.errno
	}
	fault := publish.DiskFault
	wrong := words.Of(err)
	for _, known := range diskFaults {
		if errors.Is(err, known.err) {
			fault, wrong = known.fault, known.text
			break
		}
	}
	return &publish.Error{Fault: fault, Err: err, Text: publish.Text{En: tried.En + ": " + wrong.En, Zh: tried.Zh + "：" + wrong.Zh}}
}

var (
	full = publish.Text{En: "the disk is full", Zh: "磁盘已满"}
	gone = publish.Text{En: "the disk does not answer: see that it is plugged in", Zh: "磁盘没有响应：请检查是否插好"}
)

var diskFaults = []struct {
	err   error
	fault publish.Fault
	text  publish.Text
}{
	{syscall.ENOSPC, publish.DiskFull, full},
	{syscall.EDQUOT, publish.DiskFull, full},
	{syscall.EFBIG, publish.DiskFull, publish.Text{En: "the file may not grow any further (limit of the system)", Zh: "文件不能再变大了（系统限制）"}},
	{syscall.EROFS, publish.DiskFault, publish.Text{En: "the disk can only be read, not written to", Zh: "磁盘是只读的，不能写入"}},
	{fs.ErrPermission, publish.DiskFault, publish.Text{En: "no right to write there", Zh: "没有写入权限"}},
	{syscall.EIO, publish.DiskFault, gone},
	{syscall.ENODEV, publish.DiskFault, gone},
	{syscall.ENXIO, publish.DiskFault, gone},
	{fs.ErrNotExist, publish.DiskFault, publish.Text{En: "there is no such folder", Zh: "没有这个文件夹"}},
}
