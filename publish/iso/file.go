package iso

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"studio/media/packet/annexb"
	"studio/publish"
	"studio/publish/avformat"
)

// session is one row of files.
type session struct {
	recorder *Recorder
	name     string
	stamp    string // the time in the files' names
	part     int

	file          *os.File // nil: none is open
	matroska      *avformat.Matroska
	width, height int
	sets          []byte        // H.264's parameter sets; nil for others
	zero, last    time.Duration // of the file, and of its newest entry
	size          int64         // bytes in the file
	synced        time.Time
}

func into(where string) publish.Text {
	return publish.Text{En: "record into " + where, Zh: "录制到 " + where}
}

func (s *session) write(e entry) error {
	if s.file != nil && s.over(e) {
		if err := s.close(true); err != nil {
			return err
		}
	}
	if s.file == nil {
		if err := s.open(e); err != nil {
			return err
		}
	}
	s.last = max(s.last, e.at)
	if err := s.matroska.Write(e.track, max(0, e.at-s.zero), e.lasts, e.key, e.data); err != nil {
		return avformat.DiskError(into(s.file.Name()), err)
	}
	s.size += int64(len(e.data))
	return s.secure()
}

// over reports whether an entry belongs into the next file.
func (s *session) over(e entry) bool {
	if !e.key {
		return false // it stands on the one before
	}
	o := s.recorder.options
	return e.h264 != (s.sets != nil) || e.h264 && !bytes.Equal(annexb.AppendSets(nil, e.data), s.sets) ||
		e.width != s.width || e.height != s.height ||
		o.RotateAfter > 0 && e.at-s.zero >= o.RotateAfter || o.RotateBytes > 0 && s.size >= o.RotateBytes
}

// syncEvery is what a power cut may cost, with half a second of sound that gathers.
const syncEvery = time.Second

// secure puts what is written on the disk, once in a while.
func (s *session) secure() error {
	now := time.Now()
	if now.Sub(s.synced) < syncEvery {
		return nil
	}
	if err := s.recorder.options.sync(s.file); err != nil {
		return avformat.DiskError(into(s.file.Name()), err)
	}
	s.synced = time.Now()
	return s.room()
}

func (s *session) room() error {
	o := s.recorder.options
	if o.Reserve < 0 {
		return nil
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(o.Folder, &disk); err != nil {
		return avformat.DiskError(into(o.Folder), err)
	}
	if free := int64(disk.Bavail) * disk.Bsize; free < o.Reserve {
		return &publish.Error{Fault: publish.DiskFull, Text: publish.Text{
			En: fmt.Sprintf("%s is not kept: %d MiB of the disk are free, %d MiB are left to the programme's recording", o.Name, free>>20, o.Reserve>>20),
			Zh: fmt.Sprintf("%s 不再保存：磁盘还剩 %d MiB，其中 %d MiB 留给节目录像", o.Name, free>>20, o.Reserve>>20),
		}}
	}
	return nil
}

func (s *session) open(e entry) error {
	if err := s.room(); err != nil {
		return err
	}
	r := s.recorder
	o := r.options
	if s.stamp == "" {
		s.stamp = time.Now().Format("2006-01-02_15-04-05")
	}
	file, err := s.create()
	if err != nil {
		return avformat.DiskError(into(o.Folder), err)
	}
	picture := avformat.MatroskaTrack{Title: o.Name, Width: e.width, Height: e.height}
	if e.h264 {
		picture.Sets = annexb.AppendSets(nil, e.data)
		if width, height, ok := annexb.Size(picture.Sets); ok { // a camera may change it in flight, without a word
			picture.Width, picture.Height = width, height
		}
	}
	tracks := []avformat.MatroskaTrack{picture}
	if r.titles != nil {
		tracks = tracks[:0]
		for _, title := range r.titles {
			tracks = append(tracks, avformat.MatroskaTrack{Title: title, Channels: 2})
		}
	}
	matroska, err := avformat.NewMatroska(file, tracks, map[string]string{
		"title":         o.Name,
		"creation_time": o.Start.Add(e.at).UTC().Format("2006-01-02T15:04:05.000000Z"),
		"PROGRAM_START": fmt.Sprintf("%.6f", e.at.Seconds()),
	})
	if err != nil {
		err = errors.Join(err, file.Close(), os.Remove(file.Name()))
		return avformat.DiskError(into(o.Folder), err)
	}
	s.file, s.matroska = file, matroska
	s.sets = picture.Sets
	s.width, s.height, s.zero, s.last, s.size = e.width, e.height, e.at, e.at, 0
	s.synced = time.Now()
	r.mu.Lock()
	r.status.Path = file.Name()
	r.mu.Unlock()
	r.change(publish.Live, publish.Text{})
	return nil
}

// create makes a file that did not exist: Wheel_2026-01-31_18-30-00_001.mkv.
func (s *session) create() (*os.File, error) {
	for {
		s.part++
		path := filepath.Join(s.recorder.options.Folder, fmt.Sprintf("%s_%s_%03d.mkv", s.name, s.stamp, s.part))
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
		if !errors.Is(err, fs.ErrExist) || s.part > 100_000 {
			return f, err
		}
	}
}

// close finishes the file that is open. After a fault it is cut to its last whole
// cluster, if the disk lets it; if not, Repair does it.
func (s *session) close(well bool) error {
	if s.file == nil {
		return nil
	}
	file := s.file
	s.file = nil
	err := s.matroska.Close(well)
	if err != nil || !well {
		_, repaired := repair(file)
		if !well { // the fault itself is told
			err = nil
		} else {
			err = errors.Join(err, repaired)
		}
	} else {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil && well {
		err = closed
	}
	return avformat.DiskError(publish.Text{En: "finish " + file.Name(), Zh: "结束录像 " + file.Name()}, err)
}
