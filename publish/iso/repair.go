package iso

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"studio/publish"
	"studio/publish/avformat"
)

// ours are the names of the files that this package makes.
var ours = regexp.MustCompile(`_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_\d{3,}\.mkv$`)

// Repair finishes every recording in a folder that was not. It is called before
// anything records there. The error is that of reading the folder.
func Repair(folder string) ([]publish.Repaired, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, avformat.DiskError(publish.Text{En: "look for unfinished recordings in " + folder, Zh: "检查未完成的录像 " + folder}, err)
	}
	var list []publish.Repaired
	for _, e := range entries {
		if !e.Type().IsRegular() || !ours.MatchString(e.Name()) {
			continue
		}
		found, err := repairAt(filepath.Join(folder, e.Name()))
		if err == errFinished {
			continue
		}
		found.Path, found.Err = filepath.Join(folder, e.Name()), err
		list = append(list, found)
	}
	return list, nil
}

func repairAt(path string) (publish.Repaired, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return publish.Repaired{}, err
	}
	found, err := repair(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return found, err
}

var errFinished = errors.New("the recording is finished")

// repair finishes an open file: cuts it behind its last whole cluster, puts an index
// there, and says at the head how long it is. One without a cluster is removed. The
// error is errFinished if the head says its length already.
func repair(f *os.File) (publish.Repaired, error) {
	info, err := f.Stat()
	if err != nil {
		return publish.Repaired{}, err
	}
	m, err := scan(f, info.Size())
	if err != nil {
		return publish.Repaired{}, err
	}
	found := publish.Repaired{Length: time.Duration(m.length) * time.Millisecond}
	if len(m.clusters) == 0 {
		found.Removed = true
		return found, os.Remove(f.Name())
	}
	if err := f.Truncate(m.end); err != nil {
		return found, err
	}
	cues := m.cues()
	if _, err := f.WriteAt(cues, m.end); err != nil {
		return found, errors.Join(err, f.Truncate(m.end))
	}
	if err := f.Sync(); err != nil {
		return found, err
	}
	// Each of these is small, and the file plays without any of them; the length of
	// the whole comes last, because it says that the file is finished.
	duration := binary.BigEndian.AppendUint64([]byte{idDuration >> 8, idDuration & 0xff, 0x88}, math.Float64bits(float64(m.length)))
	for _, patch := range []struct {
		at   int64
		data []byte
	}{
		{m.seekHead.at, m.seek()},
		{m.duration.at, duration},
		{m.segment.begin - 8, binary.BigEndian.AppendUint64(nil, 1<<56|uint64(m.end+int64(len(cues))-m.segment.begin))},
	} {
		if patch.at > 0 {
			if _, err := f.WriteAt(patch.data, patch.at); err != nil {
				return found, err
			}
		}
	}
	return found, f.Sync()
}

// matroska is what a scan finds.
type matroska struct {
	segment, seekHead, duration element // the last two: what was left free for them
	info, tracks, tags          int64   // where they are in the segment; 0: nowhere
	avc                         bool    // the pictures are H.264
	clusters                    []cluster
	length                      int64 // milliseconds
	end                         int64
}

type cluster struct {
	element
	time int64 // milliseconds
	key  bool  // it begins with a picture at which players can begin
}

// scan reads headers only. It returns errFinished for a file whose segment says its
// size.
func scan(r io.ReaderAt, size int64) (*matroska, error) {
	m := &matroska{}
	head, err := readElement(r, 0, size)
	if err == errTorn || err == nil && head.id != idEBML {
		return m, nil
	} else if err != nil {
		return nil, err
	}
	if m.segment, err = readElement(r, head.end(), size); err == errTorn && m.segment.id != idSegment {
		return m, nil
	} else if err != nil && err != errTorn {
		return nil, err
	}
	if m.segment.size != unknown {
		return nil, errFinished
	}
	for m.end = m.segment.begin; m.end < size; {
		e, err := readElement(r, m.end, size)
		if err == errTorn {
			return m, m.check(r)
		} else if err != nil {
			return nil, err
		}
		switch e.id {
		case idVoid:
			if m.seekHead.at == 0 && m.info == 0 {
				m.seekHead = e
			}
		case idInfo:
			m.info = e.at - m.segment.begin
			if m.duration, err = find(r, e, idVoid, 11); err == errTorn {
				return m, nil
			} else if err != nil {
				return nil, err
			}
		case idTracks:
			m.tracks = e.at - m.segment.begin
			if m.avc, err = holds(r, e, "V_MPEG4/ISO/AVC"); err != nil {
				return nil, err
			}
		case idTags:
			m.tags = e.at - m.segment.begin
		case idCluster:
			begins, key, err := opening(r, e)
			if err == errTorn {
				return m, m.check(r)
			} else if err != nil {
				return nil, err
			}
			m.clusters = append(m.clusters, cluster{e, begins, key})
		default:
			return m, m.check(r)
		}
		m.end = e.end()
	}
	return m, m.check(r)
}

// check takes away the last clusters if their blocks do not fill them: a power cut
// may leave a file with its length but not its data. It sets the length.
func (m *matroska) check(r io.ReaderAt) error {
	for n := len(m.clusters); n > 0; n = len(m.clusters) {
		last := m.clusters[n-1]
		ends, err := m.times(r, last.element)
		if err == nil {
			m.length = ends
			return nil
		} else if err != errTorn {
			return err
		}
		m.clusters, m.end = m.clusters[:n-1], last.at
	}
	return nil
}

func (m *matroska) cues() []byte {
	var points [][]byte
	for _, c := range m.clusters {
		if !c.key {
			continue
		}
		points = append(points, put(idCuePoint, put(idCueTime, number(c.time)),
			put(idCuePlace, put(idCueTrack, number(1)), put(idCueCluster, number(c.at-m.segment.begin)))))
	}
	return put(idCues, points...)
}

// seek makes the list of places that fills what was left free for it; nil if it
// does not fit.
func (m *matroska) seek() []byte {
	var seeks [][]byte
	for _, s := range []struct {
		id uint32
		at int64
	}{{idInfo, m.info}, {idTracks, m.tracks}, {idTags, m.tags}, {idCues, m.end - m.segment.begin}} {
		if s.at > 0 {
			seeks = append(seeks, put(idSeek, put(idSeekID, idBytes(s.id)), put(idSeekPos, number(s.at))))
		}
	}
	list := put(idSeekHead, seeks...)
	free := m.seekHead.end() - m.seekHead.at - int64(len(list))
	if free < 9 { // what is left over is void, too
		return nil
	}
	return append(list, put(idVoid, make([]byte, free-9))...)
}
