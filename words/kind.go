package words

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// Unexplained is what a person is told of an error that nobody has put into words;
// the log has it.
const Unexplained = "原因不明，详情见日志"

// kind says in Chinese what kind of error of the operating system it is.
func kind(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "磁盘已满，请腾出空间"
	case errors.Is(err, syscall.EROFS):
		return "磁盘是只读的，写不进去"
	case errors.Is(err, fs.ErrPermission):
		return "没有权限，请联系技术人员"
	case errors.Is(err, fs.ErrNotExist):
		return "文件或设备不见了"
	case errors.Is(err, syscall.EIO):
		return "设备读写出错，请检查连线"
	case errors.Is(err, syscall.EBUSY):
		return "正被其他程序占用"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		return "等了太久，没有回应"
	case errors.Is(err, context.Canceled):
		return "已被取消"
	}
	return Unexplained
}
