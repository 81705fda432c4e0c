package recording

import (
	"fmt"
	"time"

	"studio/publish"
)

// Disk is what the guard is told about the disk at one moment.
type Disk struct {
	FreeBytes     int64
	ReserveBytes  int64   // that are never to be filled
	ProgrammeRate float64 // bytes a second that the programme's recordings need
	ISORate       float64 // bytes a second that cameras and microphones need if they are kept
}

// Verdict is what the guard wants.
type Verdict struct {
	HoursLeft float64      // until the programme has no room, with everything on that is wanted; 0 if nothing is
	Warn      bool         // there is little room
	ISO       bool         // cameras and microphones may be kept
	Programme bool         // the programme may be kept
	Text      publish.Text // why not, or the warning; empty if all is well
}

// Guard decides what is still kept as a disk fills up: cameras and microphones go
// first, the programme last, and each comes back only when there is clearly room
// again. Its zero value is ready. It knows no disk and no clock: Look is told.
type Guard struct {
	noISO, noProgramme, warned bool
}

// How much room each thing has to have left, as time of recording. ISO leaves the
// programme an hour; what was stopped comes back when there is half as much again.
const (
	warnBelow      = 2 * time.Hour
	isoBelow       = time.Hour
	programmeBelow = 20 * time.Second
	again          = 1.5
)

// Look decides, for a disk as it is now.
func (g *Guard) Look(d Disk) Verdict {
	room := float64(max(0, d.FreeBytes-d.ReserveBytes))
	lasts := func(rate float64) time.Duration {
		if rate <= 0 {
			return 1 << 62
		}
		return time.Duration(min(room/rate, 1e9) * float64(time.Second))
	}
	below := func(was bool, left, limit time.Duration) bool {
		if was {
			limit = time.Duration(again * float64(limit))
		}
		return left < limit
	}
	g.noProgramme = below(g.noProgramme, lasts(d.ProgrammeRate), programmeBelow) || room == 0
	// A rate that is not known yet must not let ISO fill the disk.
	g.noISO = below(g.noISO, lasts(max(d.ProgrammeRate, 1e6)), isoBelow)
	rate := d.ProgrammeRate
	if !g.noISO {
		rate += d.ISORate
	}
	left := lasts(rate)
	g.warned = below(g.warned, left, warnBelow)
	v := Verdict{Warn: g.warned, ISO: !g.noISO, Programme: !g.noProgramme}
	if rate > 0 {
		v.HoursLeft = left.Hours()
	}
	switch {
	case g.noProgramme:
		v.Text = publish.Text{
			En: "the disk is full: nothing more is recorded; delete old recordings or plug in another disk, and recording goes on by itself",
			Zh: "磁盘已满：录像已停止。请删除旧录像或换一块磁盘，之后会自动继续录制",
		}
	case g.noISO && d.ISORate > 0:
		v.Text = publish.Text{
			En: fmt.Sprintf("the disk is nearly full: single cameras and microphones are no longer kept, the programme is, for %s", enLeft(left)),
			Zh: fmt.Sprintf("磁盘快满了：已停止保存单独的摄像头和话筒，节目录像继续，还能录 %s", zhLeft(left)),
		}
	case g.warned:
		v.Text = publish.Text{
			En: fmt.Sprintf("the disk has room for %s of recording", enLeft(left)),
			Zh: fmt.Sprintf("磁盘还能录 %s", zhLeft(left)),
		}
	}
	return v
}

func enLeft(d time.Duration) string {
	if d < time.Hour {
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%.1f h", d.Hours())
}

func zhLeft(d time.Duration) string {
	if d < time.Hour {
		return fmt.Sprintf("%d 分钟", int(d.Minutes()))
	}
	return fmt.Sprintf("%.1f 小时", d.Hours())
}
