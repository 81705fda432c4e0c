//go:build devices

package main

import (
	"context"
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"studio/capture/drawn"
	"studio/encode"
	"studio/hw/videodev"
	"studio/media/packet"
	"studio/media/packet/annexb"
	"studio/media/picture"
	"studio/overlay/svg"
	"studio/ui"
)

const h264Config = `
listen: 127.0.0.1:18082
socket: %[1]s/studio.sock
rate: 10
canvases: [{name: landscape, size: 320x180, encoder: libx264, preset: ultrafast, bitrate: 1500k, layout: full, cameras: [hands]}]
cameras:
  - {name: hands, device: {card: "Loopback camera"}, size: 320x180, format: h264, keep: true}
  - {name: wheel, drawn: wheel, size: 320x180}
director: {on: false}
recording: {folder: %[1]s/recordings, reserve: 100M}
`

// The H.264 camera sends so many pictures, numbered from firstNumber on, before it
// starts over, and a key frame every keyEvery.
const (
	h264Frames  = 80
	keyEvery    = 20
	firstNumber = 100_000
)

// h264Film is access units of a drawn camera with its number burnt into each picture.
func h264Film(t *testing.T) (units [][]byte) {
	t.Helper()
	rate := packet.Rational{Num: 10, Den: 1}
	source, err := drawn.New(drawn.Options{Scene: "hands", Size: programmeSize, FrameRate: rate, Start: time.Now(), Code: true, Rasterize: svg.Render})
	if err != nil {
		t.Fatal(err)
	}
	video, err := encode.NewVideo(encode.VideoOptions{Size: programmeSize, Rate: rate, Preset: "ultrafast", KeyInterval: keyEvery, BitsPerSecond: 1_500_000})
	if err != nil {
		t.Fatal(err)
	}
	defer video.Close()
	pic := picture.New(programmeSize)
	for n := range h264Frames {
		f := source.Frame(uint64(firstNumber + n))
		f.Painter.Paint(pic.View)
		f.Release()
		if err := video.Encode(pic.View, int64(n), time.Time{}, func(p *packet.Packet) { units = append(units, p.Data) }); err != nil {
			t.Fatal(err)
		}
	}
	return units
}

// sendH264 makes the loopback a camera that sends the units, ten a second, over and
// over, from the middle of a group on, until the test ends.
func sendH264(t *testing.T, units [][]byte) {
	t.Helper()
	node := vmVariable(t, "LOOPBACK")
	releaseLoopback(t, node)
	fd, err := unix.Open(node, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := videodev.Format{Type: videodev.BufTypeOutput, Pix: videodev.PixFormat{
		Width: uint32(programmeSize.Width), Height: uint32(programmeSize.Height), PixelFormat: videodev.PixH264,
		Field: videodev.FieldNone, SizeImage: uint32(programmeSize.Width * programmeSize.Height * 2),
	}}
	if err := videodev.Ioctl(fd, videodev.SetFormat, unsafe.Pointer(&f)); err != nil || f.Pix.PixelFormat != videodev.PixH264 {
		t.Fatalf("the loopback takes no H.264: %v, %+v", err, f.Pix)
	}
	parm := videodev.StreamParm{Type: videodev.BufTypeOutput, TimePerFrame: videodev.Fraction{Num: 1, Den: 10}}
	if err := videodev.Ioctl(fd, videodev.SetParm, unsafe.Pointer(&parm)); err != nil {
		t.Fatal(err)
	}
	kind := uint32(videodev.BufTypeOutput)
	_ = videodev.Ioctl(fd, videodev.StreamOn, unsafe.Pointer(&kind)) // see releaseLoopback
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		tick := time.NewTicker(time.Second / 10)
		defer tick.Stop()
		for n := keyEvery / 2; ; n++ {
			if _, err := unix.Write(fd, units[n%len(units)]); err != nil {
				done <- err
				return
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				done <- nil
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		unix.Close(fd)
	})
}

// A camera that sends H.264 through a real device node: it is shown, its numbers can be
// read; it is left and taken again in the middle of a group; and its own recording is
// what it sent, byte for byte.
func TestDevicesH264(t *testing.T) {
	units := h264Film(t)
	sendH264(t, units)
	folder := t.TempDir()
	if err := unix.Mount("roomy", folder, "tmpfs", 0, "size=20g"); err != nil { // cameras are kept only on a disk with room
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(folder, unix.MNT_DETACH) })
	config := write(t, filepath.Join(folder, "studio.yaml"), fmt.Sprintf(h264Config, folder))
	engine := runBeside(t, asStudio(studioBinary(t), "serve", "--config", config))
	page := &onAir{base: "http://127.0.0.1:18082", told: make(map[string]bool)}
	awaited(t, "the page", vmSlow, func() bool {
		response, err := http.Get(page.base + "/api/status")
		if err == nil {
			response.Body.Close()
		}
		return err == nil
	})
	take := func(camera string) {
		page.do(t, "take", fmt.Sprintf(`{"canvas":"landscape","layout":"full","cameras":[%q],"transition":"cut"}`, camera))
	}
	page.until(t, "the camera is live", nil, func(s ui.Status) bool { return cameraOf(t, s, "hands").State == ui.Live })
	page.do(t, "recording", `{"on":true}`)
	_, status := page.until(t, "it is kept", nil, func(s ui.Status) bool { return cameraOf(t, s, "hands").Kept.State == ui.Live })
	lost := cameraOf(t, status, "hands").Lost // at its opening: the loopback first hands out what it has had for long
	time.Sleep(3 * time.Second)               // of both recordings
	take("wheel")
	time.Sleep(4500 * time.Millisecond) // nobody looks; the units are kept, or left out
	take("hands")
	time.Sleep(2 * time.Second)
	status = page.status(t)
	page.do(t, "recording", `{"on":false}`)
	page.until(t, "nothing is recorded any more", nil, func(s ui.Status) bool {
		return s.Recording.State == ui.Off && cameraOf(t, s, "hands").Kept.State == ui.Off
	})
	if err := engine.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if <-engine.ended; engine.err != nil {
		t.Errorf("the engine ended with %v", engine.err)
	}
	hands := cameraOf(t, status, "hands")
	t.Logf("camera %+v", hands)
	if hands.Format != "H.264" || hands.Lost != lost || hands.Message != (ui.Text{}) {
		t.Errorf("camera %+v", hands)
	}
	judgeH264(t, files(t, filepath.Join(folder, "recordings"), "landscape_*.mp4"))
	judgeKept(t, units, files(t, filepath.Join(folder, "recordings"), "hands_*.mkv"))
}

// judgeH264 reads the programme's numbers: those of the H.264 camera go on but for the
// one time when it was not shown, and are there at once behind that.
func judgeH264(t *testing.T, recorded []string) {
	t.Helper()
	if len(recorded) != 1 {
		t.Fatalf("recordings %v", recorded)
	}
	pic := picture.New(programmeSize)
	var rows [][]int // of the camera's numbers, without what is between them
	shown := false
	frames := eachPicture(t, recorded[0], programmeSize, func(frame []byte) {
		number, ok := burntIn(pic, frame)
		ours := ok && number >= firstNumber
		if ours && !shown {
			rows = append(rows, nil)
		}
		if shown = ours; ours {
			last := &rows[len(rows)-1]
			*last = append(*last, number-firstNumber)
		}
	})
	t.Logf("%d pictures, with the numbers %v", frames, rows)
	if len(rows) != 2 || len(rows[0]) < 20 || len(rows[1]) < 10 {
		t.Fatal("the camera is not shown twice")
	}
	for i, row := range rows {
		late := 0
		for j := 1; j < len(row); j++ {
			step := (row[j] - row[j-1] + h264Frames) % h264Frames
			if step > 2 && !(i == 1 && j <= 3) { // the picture that is there at once is an older one
				t.Errorf("number %d after %d", row[j], row[j-1])
			}
			if step == 0 {
				late++
			}
		}
		if late > len(row)/3 {
			t.Errorf("%d of %d pictures are shown again", late, len(row))
		}
	}
}

// judgeKept holds the camera's own recording to what it sent.
func judgeKept(t *testing.T, units [][]byte, kept []string) {
	t.Helper()
	if len(kept) != 1 {
		t.Fatalf("the camera's own recordings %v", kept)
	}
	var sent []string
	for _, data := range units {
		var lengths []byte // as Matroska has it
		for unit, rest := annexb.Next(data); unit != nil; unit, rest = annexb.Next(rest) {
			lengths = append(binary.BigEndian.AppendUint32(lengths, uint32(len(unit))), unit...)
		}
		sent = append(sent, fmt.Sprintf("%x", md5.Sum(lengths)))
	}
	out, err := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", kept[0], "-c", "copy", "-f", "framemd5", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	n, at := 0, -1
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimSpace(line), ",")
		sum := strings.TrimSpace(fields[len(fields)-1])
		if n == 0 {
			at = slices.Index(sent, sum)
		}
		if at < 0 || n == 0 && at%keyEvery != 0 || sum != sent[(at+n)%len(sent)] {
			t.Fatalf("unit %d of the recording, which begins with unit %d, is not what was sent", n, at)
		}
		n++
	}
	t.Logf("%d units are kept, from unit %d on", n, at)
	if n < 60 {
		t.Errorf("%d units are kept", n)
	}
	pic, next := picture.New(programmeSize), at
	frames := eachPicture(t, kept[0], programmeSize, func(frame []byte) {
		if number, ok := burntIn(pic, frame); !ok || number != firstNumber+next%h264Frames {
			t.Errorf("picture %d of the recording shows %d, %v", next-at, number, ok)
		}
		next++
	})
	if frames != n {
		t.Errorf("%d of %d units are decoded", frames, n)
	}
}

// burntIn reads the number in a frame, with the help of a picture of its size.
func burntIn(pic *picture.Picture, frame []byte) (number int, ok bool) {
	for y := range programmeSize.Height {
		copy(pic.Y[y*pic.StrideY:], frame[y*programmeSize.Width:][:programmeSize.Width])
	}
	code, ok := drawn.ReadCode(pic.View)
	return int(code), ok
}
