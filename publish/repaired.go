package publish

import (
	"fmt"
	"path/filepath"
	"time"
)

// Repaired is a recording that was never finished, and what became of it.
type Repaired struct {
	Path    string
	Length  time.Duration // that plays
	Removed bool          // it held nothing
	Err     error         // it could not be finished; nil if it was
}

// Text says what happened in a sentence.
func (r Repaired) Text() Text {
	name := filepath.Base(r.Path)
	switch {
	case r.Err != nil:
		return Text{
			En: fmt.Sprintf("recording %s was not finished and cannot be finished now: %v", name, r.Err),
			Zh: fmt.Sprintf("录像 %s 上次没有正常结束，现在还不能修复：%v", name, r.Err),
		}
	case r.Removed:
		return Text{
			En: fmt.Sprintf("recording %s had just begun and held nothing; it was removed", name),
			Zh: fmt.Sprintf("录像 %s 刚开始就中断了，没有内容，已删除", name),
		}
	}
	length := r.Length.Round(100 * time.Millisecond)
	return Text{
		En: fmt.Sprintf("recording %s was not finished; it was repaired and plays for %v", name, length),
		Zh: fmt.Sprintf("录像 %s 上次没有正常结束，已修复，可播放 %v", name, length),
	}
}
