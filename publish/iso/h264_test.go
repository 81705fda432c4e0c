package iso

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"studio/capture"
	"studio/encode"
	"studio/media/packet"
	"studio/media/packet/annexb"
	"studio/media/picture"
	"studio/polltest"
	"studio/publish"
	"studio/publish/filetest"
)

// group is how many pictures there are from key frame to key frame.
const group = 15

// film is access units as a camera sends them.
func film(width, height, count int) [][]byte {
	size := picture.Size{Width: width, Height: height}
	v, err := encode.NewVideo(encode.VideoOptions{Size: size, Rate: packet.Rational{Num: 30, Den: 1}, Preset: "ultrafast",
		KeyInterval: group, BitsPerSecond: 1_000_000})
	if err != nil {
		panic(err)
	}
	defer v.Close()
	var units [][]byte
	pic, state := picture.New(size), uint32(1)
	for i := range count {
		picture.Bars(pic.View)
		for i := range 32 * pic.StrideY {
			state = state*1664525 + 1013904223
			pic.Y[i] = 16 + byte(state>>24)%200
		}
		if err := v.Encode(pic.View, int64(i), time.Time{}, func(p *packet.Packet) { units = append(units, p.Data) }); err != nil {
			panic(err)
		}
	}
	return units
}

func unitFrame(began time.Time, number, width, height int, data []byte) *capture.Frame {
	f := frame(began, number, width, height, data)
	look, _ := annexb.Look(data)
	f.Format, f.Key = capture.H264, look.Key
	return f
}

// lengths is an access unit as Matroska has it: each unit behind its length.
func lengths(data []byte) (out []byte) {
	for unit, rest := annexb.Next(data); unit != nil; unit, rest = annexb.Next(rest) {
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(unit))), unit...)
	}
	return out
}

// TestH264IsKeptByteForByte begins in the middle of a group, rotates, and changes the
// size on the way.
func TestH264IsKeptByteForByte(t *testing.T) {
	folder := t.TempDir()
	began := time.Now()
	r := NewCamera(Options{Name: "wheel", Folder: folder, Start: began.Add(-time.Hour), Reserve: -1, RotateAfter: 1200 * time.Millisecond})
	end := start(t, r)
	if err := r.Switch(true); err != nil {
		t.Fatal(err)
	}
	large, small := film(320, 180, 6*group), film(322, 182, 2*group)
	var want []string
	for i := 4; i < 8*group; i++ {
		data := bytes.Clone(append(large, small...)[i])
		r.Offer(unitFrame(began, i, 320, 180, data)) // the driver does not tell of the new size
		if i >= group {
			want = append(want, fmt.Sprintf("%x", md5.Sum(lengths(data))))
		}
		clear(data) // it was copied
	}
	polltest.Until(t, 20*time.Second, "all is written", func() bool { return r.Status().Bytes > 0 && len(r.more) == 0 && r.Status().State == publish.Live })
	if err := end(); err != nil {
		t.Fatal(err)
	}
	if n := r.Status().Dropped; n != 0 {
		t.Errorf("%d dropped", n)
	}
	list := files(t, folder)
	if len(list) != 3 { // from group 1 to 3, to 5, and the small ones
		t.Fatalf("files %v", list)
	}
	var got []string
	for i, path := range list {
		got = append(got, packets(t, path)...)
		p := filetest.Look(t, path)
		times := p.Times(t, 0, 0.035)
		if first := p.Packets[0]; times[0] != 0 || !strings.HasPrefix(first.Flags, "K") || len(times) != []int{3 * group, 2 * group, 2 * group}[i] {
			t.Errorf("%s: %d pictures, first %+v", path, len(times), first)
		}
		if s := p.Streams[0]; s.CodecName != "h264" || s.Width != []int{320, 320, 322}[i] || s.Height != []int{180, 180, 182}[i] || s.ColorSpace != "bt709" || s.ColorRange != "tv" {
			t.Errorf("%s: stream %+v", path, s)
		}
		if want := []string{"3600.500000", "3602.000000", "3603.000000"}[i]; p.Format.Tags["PROGRAM_START"] != want {
			t.Errorf("%s begins at %q of the programme, want %s", path, p.Format.Tags["PROGRAM_START"], want)
		}
		filetest.Decodes(t, path)
		seeks(t, path, times[len(times)-1]-0.2)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%d pictures in the files, %d were offered, or others", len(got), len(want))
	}
	if list, err := Repair(folder); err != nil || len(list) != 0 {
		t.Errorf("repair of finished files: %v, %v", list, err)
	}
}

// TestH264DropsThroughToTheNextKeyFrame offers more than there is room for before
// anything is written.
func TestH264DropsThroughToTheNextKeyFrame(t *testing.T) {
	folder := t.TempDir()
	began := time.Now()
	units := film(320, 180, 10*group)
	r := NewCamera(Options{Name: "wheel", Folder: folder, Start: began, Reserve: -1, QueueBytes: 100_000})
	if err := r.Switch(true); err != nil {
		t.Fatal(err)
	}
	kept := make([]bool, len(units))
	offer := func(i int) {
		before := r.Status().Dropped
		r.Offer(unitFrame(began, i, 320, 180, units[i]))
		kept[i] = r.Status().Dropped == before
	}
	for i := range 7 * group {
		offer(i)
	}
	end := start(t, r)
	polltest.Until(t, 20*time.Second, "it is written", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.ring.entries) == 0
	})
	for i := 7 * group; i < len(units); i++ {
		offer(i)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	dropped, want := uint64(0), 0
	for i, k := range kept {
		switch {
		case !k:
			dropped++
		case i%group != 0 && !kept[i-1]:
			t.Errorf("picture %d is kept, though the one that it stands on is not", i)
		default:
			want++
		}
	}
	if s := r.Status(); dropped == 0 || s.Dropped != dropped {
		t.Errorf("%d of %d dropped, counted %d", dropped, len(units), s.Dropped)
	}
	path := files(t, folder)[0]
	if got := len(packets(t, path)); got != want {
		t.Errorf("%d pictures are in the file, %d were kept", got, want)
	}
	filetest.Decodes(t, path)
}

// TestH264GoesOnAtAKeyFrame lets the disk fail once: what was written plays, and the
// next file begins where players can.
func TestH264GoesOnAtAKeyFrame(t *testing.T) {
	folder := t.TempDir()
	began := time.Now()
	units := film(320, 180, 2*group)
	var syncs atomic.Int32
	r := NewCamera(Options{Name: "wheel", Folder: folder, Start: began, Reserve: -1, sync: func(*os.File) error {
		if syncs.Add(1) == 1 {
			return unix.EIO
		}
		return nil
	}})
	end := start(t, r)
	if err := r.Switch(true); err != nil {
		t.Fatal(err)
	}
	n := 0
	offer := func() {
		time.Sleep(time.Until(began.Add(time.Duration(n) * time.Second / 30))) // a camera's pace
		r.Offer(unitFrame(began, n, 320, 180, units[n%len(units)]))
		n++
	}
	for syncs.Load() < 2 && n < 300 {
		offer()
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	list := files(t, folder)
	if len(list) != 2 {
		t.Fatalf("files %v", list)
	}
	for _, path := range list {
		if p := filetest.Look(t, path); !strings.HasPrefix(p.Packets[0].Flags, "K") {
			t.Errorf("%s begins with %+v", path, p.Packets[0])
		}
		filetest.Decodes(t, path)
	}
	if s := r.Status(); s.Dropped >= group {
		t.Errorf("%d dropped, more than the rest of a group", s.Dropped)
	}
}

// h264Child is isoChild for H.264.
func h264Child(folder string) {
	began := time.Now()
	r := NewCamera(Options{Name: "wheel", Folder: folder, Start: began, Reserve: -1})
	go func() { _ = r.Run(context.Background()) }()
	_ = r.Switch(true) // never refused
	units := film(640, 360, 4*group)
	for began, i := time.Now(), 0; ; i++ {
		r.Offer(unitFrame(began, i, 640, 360, units[i%len(units)]))
		if i == 0 {
			fmt.Println("recording")
		}
		time.Sleep(time.Until(began.Add(time.Duration(i+1) * time.Second / 30)))
	}
}

func TestKilledH264IsRepaired(t *testing.T) { killed(t, "H264_CHILD") }

// TestRepairListsKeyFrames writes a file that was not finished, whose key frames are
// further apart than its clusters: players find each.
func TestRepairListsKeyFrames(t *testing.T) {
	folder := t.TempDir()
	began := time.Now()
	r := NewCamera(Options{Name: "wheel", Folder: folder, Start: began, Reserve: -1})
	end := start(t, r)
	if err := r.Switch(true); err != nil {
		t.Fatal(err)
	}
	units := film(320, 180, group)
	for i := range 240 { // a key frame every two seconds, and clusters of half a second
		data := units[i%group]
		if i%60 != 0 {
			data = units[1+i%(group-1)]
		}
		r.Offer(unitFrame(began, i, 320, 180, data))
	}
	polltest.Until(t, 20*time.Second, "all is written", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.ring.entries) == 0
	})
	begun, err := os.ReadFile(files(t, folder)[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "again_2026-01-31_18-30-00_001.mkv")
	if err := os.WriteFile(path, begun, 0o644); err != nil {
		t.Fatal(err)
	}
	list, err := Repair(folder)
	if err != nil || len(list) != 1 || list[0].Err != nil {
		t.Fatalf("%+v, %v", list, err)
	}
	repaired, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cues := repaired[bytes.LastIndex(repaired, idBytes(idCues)):]
	for i := range 4 {
		if time := put(idCueTime, number(int64(2000*i))); !bytes.Contains(cues, time) {
			t.Errorf("the key frame at %d s is not listed", 2*i)
		}
	}
	point := put(idCuePoint, put(idCueTime, number(0)), put(idCuePlace, put(idCueTrack, number(1)), put(idCueCluster, number(0))))
	if n := (len(cues) - len(put(idCues))) / len(point); n != 4 {
		t.Errorf("%d places to begin at are listed, there are 4 key frames", n)
	}
}
