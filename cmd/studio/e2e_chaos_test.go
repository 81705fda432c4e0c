package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"studio/capture/drawn"
	"studio/media/packet"
	"studio/media/picture"
	"studio/overlay/svg"
	"studio/publish/servertest"
	"studio/ui"
)

// clipFrames is how many pictures the small clip has before it begins again.
const clipFrames = 300

// smallClip makes a Motion JPEG clip whose pictures show their numbers, 0 to
// clipFrames-1.
func smallClip(t *testing.T) (path string) {
	t.Helper()
	rate := packet.Rational{Num: 30, Den: 1}
	source, err := drawn.New(drawn.Options{Scene: "hands", Size: smallSize, FrameRate: rate, Start: time.Now(), Code: true, Rasterize: svg.Render})
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	pic := picture.New(smallSize)
	for n := range uint64(clipFrames) {
		frame := source.Frame(n)
		frame.Painter.Paint(pic.View)
		frame.Release()
		for y := range pic.Height {
			raw.Write(pic.Y[y*pic.StrideY:][:pic.Width])
		}
		for _, plane := range [][]byte{pic.U, pic.V} {
			for y := range pic.Height / 2 {
				raw.Write(plane[y*pic.StrideC:][:pic.Width/2])
			}
		}
	}
	path = filepath.Join(t.TempDir(), "clip.mkv")
	cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p",
		"-s", fmt.Sprintf("%dx%d", smallSize.Width, smallSize.Height), "-r", "30", "-i", "-", "-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p", path)
	cmd.Stdin = &raw
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make a clip: %v %s", err, out)
	}
	return path
}

// life is one run of the program from its start to its kill.
type life struct {
	began, killed time.Time // of its clock
	recorded      time.Time // its recording was seen to grow
	dropped       uint64    // pictures that the busy box could not make
	programme     []string  // files
	own           []string
}

// TestChaos cuts the power at random moments of an evening on air: after each cut the
// box goes on by itself, every file of the recording plays, and what is lost is less
// than two seconds. CHAOS is the number of cuts.
func TestChaos(t *testing.T) {
	cuts := 5
	if text := os.Getenv("CHAOS"); text != "" {
		var err error
		if cuts, err = strconv.Atoi(text); err != nil || cuts < 1 {
			t.Fatalf("CHAOS=%s: the number of cuts is wanted", text)
		}
	}
	random := chance(t)
	server := servertest.NewRTMP(t, "")
	s := newSmall(t, []goal{{name: "nginx", address: server.To(""), key: "evening"}}, fmt.Sprintf(`
cameras:
  - {name: wheel, drawn: wheel, size: 640x360}
  - {name: clip, file: %s, size: 640x360, keep: true}
%srecording: {folder: recordings, reserve: 1M, rotate_size: 0.4M}
`, smallClip(t), lostMicrophones))
	known := map[string]bool{}
	fresh := func(pattern string) (list []string) {
		found, err := filepath.Glob(filepath.Join(s.recording, pattern))
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(found)
		for _, path := range found {
			if !known[path] {
				known[path] = true
				list = append(list, path)
			}
		}
		return list
	}
	var lives []life
	s.start(t)
	s.do(t, ui.Broadcast{On: true})
	for cut := range cuts {
		up := time.Now()
		now := s.resumes(t, true, true)
		var keeps ui.Keeping
		until(t, 15*time.Second, "the clip's own picture is recorded", func() bool {
			now = s.status(t)
			keeps = now.Cameras[1].Kept
			return keeps.On && keeps.Bytes > 0
		})
		l := life{began: began(now), recorded: time.Now()}
		t.Logf("cut %d: recording %.1f s after the program answered", cut, time.Since(up).Seconds())
		time.Sleep(time.Duration(random.Int64N(int64(6 * time.Second)))) // when the power goes is what is tested
		l.dropped = s.status(t).Canvases[0].Dropped
		l.killed = time.Now()
		s.kill()
		l.programme, l.own = fresh("landscape_*.mp4"), fresh("clip_*.mkv")
		s.start(t)
		// One that had only just begun and held nothing is removed at the start.
		l.programme, l.own = slices.DeleteFunc(l.programme, gone), slices.DeleteFunc(l.own, gone)
		lives = append(lives, l)
	}
	s.resumes(t, true, true)
	s.goes(t, "nginx")
	if repaired := s.status(t).Recording.Repaired; len(repaired) == 0 || repaired[0].Zh == "" {
		t.Errorf("nobody is told what was finished: %+v", repaired)
	}
	s.do(t, ui.Broadcast{On: false})
	s.kill()
	s.start(t)
	s.resumes(t, false, false)
	s.end(t, syscall.SIGTERM)
	for i, l := range lives {
		t.Run(fmt.Sprintf("cut %d", i), l.lostLittle)
	}
	for _, path := range append(fresh("landscape_*.mp4"), fresh("clip_*.mkv")...) {
		burnt(t, path, smallSize)
	}
}

// lostLittle judges the files of one life.
func (l life) lostLittle(t *testing.T) {
	const most = 2 * time.Second
	var numbers []uint32
	for _, path := range l.programme {
		plays(t, path)
		tracksOf(t, path, mixTitle, "讲解 · Voice", "bench")
		numbers = append(numbers, burnt(t, path, smallSize)...)
	}
	if len(numbers) == 0 {
		t.Fatal("nothing of the programme is left")
	}
	taken := func(n uint32) time.Time { return l.began.Add(time.Duration(n) * time.Second / 30) }
	lost := l.killed.Sub(taken(numbers[len(numbers)-1]))
	t.Logf("%d pictures in %d files, %v lost before the cut", len(numbers), len(l.programme), lost.Round(time.Millisecond))
	if lost > most {
		t.Errorf("%v of the programme are lost", lost)
	}
	// What was seen to be recorded before the cut is there from its beginning.
	if late := taken(numbers[0]).Sub(l.recorded); late > 0 {
		t.Errorf("the programme begins %v after it was seen to be recorded", late)
	}
	if left := missing(t, "programme", numbers); left > l.dropped {
		t.Errorf("%d pictures are missing within the recording, of which the box could not make %d", left, l.dropped)
	}
	var own []uint32
	for _, path := range l.own {
		plays(t, path)
		own = append(own, burnt(t, path, smallSize)...)
	}
	gaps := 0
	for i := 1; i < len(own); i++ {
		if own[i] != (own[i-1]+1)%clipFrames {
			gaps++
		}
	}
	kept := time.Duration(len(own)) * time.Second / 30
	t.Logf("%v of the clip's own picture in %d files, %d gaps", kept, len(l.own), gaps)
	if gaps > 0 {
		t.Errorf("%d gaps in the clip's own picture", gaps)
	}
	if lost := l.killed.Sub(l.recorded) - kept; lost > most {
		t.Errorf("%v of the clip's own picture are lost", lost)
	}
}

// gone tells whether there is no such file.
func gone(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// plays requires that ffprobe reads a file and knows how long it is.
func plays(t *testing.T, path string) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries", "format=duration", path).CombinedOutput()
	if seconds, bad := strconv.ParseFloat(strings.TrimSpace(string(out)), 64); err != nil || bad != nil || seconds <= 0 {
		t.Errorf("ffprobe %s: %v %s", path, err, out)
	}
}
