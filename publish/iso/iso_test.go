package iso

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/capture"
	"studio/media/samples"
	"studio/polltest"
	"studio/publish"
	"studio/publish/filetest"
)

func TestMain(m *testing.M) {
	if run := os.Getenv("ISO_CHILD"); run != "" {
		isoChild(run)
		return
	}
	if run := os.Getenv("H264_CHILD"); run != "" {
		h264Child(run)
		return
	}
	goleak.VerifyTestMain(m)
}

// start runs a recorder until end, which is called at the latest when the test ends.
func start(t testing.TB, r *Recorder) (end func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	end = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { _ = end() })
	return end
}

// photo is a JPEG picture that no other number gives.
func photo(width, height, number int) []byte {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = byte(i*7 + number*31)
	}
	img.SetGray(0, 0, color.Gray{byte(number)})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func frame(began time.Time, number int, width, height int, data []byte) *capture.Frame {
	f := capture.NewFrame(nil)
	f.Format, f.Width, f.Height, f.Data = capture.MJPEG, width, height, data
	f.Taken, f.Sequence = began.Add(time.Duration(number)*time.Second/30), uint64(number)
	return f
}

func files(t testing.TB, folder string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(folder, "*.mkv"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// packets returns the MD5 sum of every packet in a file, as ffmpeg reads it.
func packets(t *testing.T, path string) []string {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-map", "0:0", "-c", "copy", "-f", "framemd5", "-").Output()
	if err != nil {
		t.Fatal(path, err)
	}
	var sums []string
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "#") {
			fields := strings.Split(strings.TrimSpace(line), ",")
			sums = append(sums, strings.TrimSpace(fields[len(fields)-1]))
		}
	}
	return sums
}

func TestCameraIsKeptByteForByte(t *testing.T) {
	folder := t.TempDir()
	began := time.Now()
	r := NewCamera(Options{Name: "轮子/1", Folder: folder, Start: began.Add(-time.Hour), Reserve: -1, RotateAfter: 2 * time.Second})
	end := start(t, r)
	early := photo(320, 180, 0)
	r.Offer(frame(began, 0, 320, 180, early)) // not switched on
	if err := r.Switch(true); err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := 1; i <= 105; i++ {
		width := 320
		if i > 90 {
			width = 160 // somebody set the camera to another size
		}
		data := photo(width, 180, i)
		want = append(want, fmt.Sprintf("%x", md5.Sum(data)))
		r.Offer(frame(began, i, width, 180, data))
		for i := range data {
			data[i] = 0 // it was copied
		}
	}
	polltest.Until(t, 20*time.Second, "all is written", func() bool { return r.Status().Bytes > 0 && len(r.more) == 0 && r.Status().State == publish.Live })
	if err := r.Switch(false); err != nil {
		t.Fatal(err)
	}
	polltest.Until(t, 20*time.Second, "off", func() bool { return r.Status().State == publish.Off })
	list := files(t, folder)
	if len(list) != 3 || !strings.Contains(filepath.Base(list[0]), "轮子_1_20") || !strings.HasSuffix(list[2], "_003.mkv") {
		t.Fatalf("files %v", list)
	}
	var got []string
	for i, path := range list {
		got = append(got, packets(t, path)...)
		p := filetest.Look(t, path)
		p.Times(t, 0, 0.035)
		if s := p.Streams[0]; s.CodecName != "mjpeg" || s.Width != []int{320, 320, 160}[i] || s.Height != 180 {
			t.Errorf("%s: stream %+v", path, s)
		}
		if want := []string{"3600.033333", "3602.033333", "3603.033333"}[i]; p.Format.Tags["PROGRAM_START"] != want {
			t.Errorf("%s begins at %q of the programme, want %s", path, p.Format.Tags["PROGRAM_START"], want)
		}
		if at := p.Format.Tags["creation_time"]; !strings.HasPrefix(at, began.UTC().Format("2006-01-02T")) {
			t.Errorf("%s was made %q", path, at)
		}
		filetest.Decodes(t, path)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%d pictures in the files, %d were offered, or others", len(got), len(want))
	}
	if list, err := Repair(folder); err != nil || len(list) != 0 {
		t.Errorf("repair of finished files: %v, %v", list, err)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

func TestSoundHasATrackForEachMicrophone(t *testing.T) {
	folder := t.TempDir()
	r := NewSound(Options{Name: "sound", Folder: folder, Start: time.Now(), Reserve: -1}, []string{"话筒 1", "lapel"})
	end := start(t, r)
	if err := r.Switch(true); err != nil {
		t.Fatal(err)
	}
	const block, blocks = 1600, 60
	value := func(track, position int) float32 {
		return 1.5 * float32(math.Sin(float64(position)*2*math.Pi*float64(440*(track+1))/samples.Rate))
	}
	for i := range blocks {
		for track := range 2 {
			data := make([]float32, 0, 2*block)
			for j := range block {
				x := value(track, i*block+j)
				data = append(data, x, -x)
			}
			r.OfferSound(track, samples.Block{Position: int64(48000 + i*block), Data: data})
		}
	}
	polltest.Until(t, 20*time.Second, "live", func() bool { return r.Status().State == publish.Live })
	if err := end(); err != nil {
		t.Fatal(err)
	}
	path := files(t, folder)[0]
	p := filetest.Look(t, path)
	if len(p.Streams) != 2 || p.Streams[0].CodecName != "pcm_s16le" || p.Streams[0].Tags["title"] != "话筒 1" || p.Streams[1].Tags["title"] != "lapel" {
		t.Errorf("streams %+v", p.Streams)
	}
	for track := range 2 {
		out, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-map", fmt.Sprintf("0:%d", track), "-f", "s16le", "-").Output()
		if err != nil || len(out) != 4*block*blocks {
			t.Fatalf("track %d: %d bytes, %v", track, len(out), err)
		}
		for i := range block * blocks {
			got := int16(uint16(out[4*i]) | uint16(out[4*i+1])<<8)
			want := math.RoundToEven(float64(min(max(value(track, i), -1), 1)) * 32767)
			if float64(got) != want {
				t.Fatalf("track %d, sample %d is %d, want %v", track, i, got, want)
			}
		}
	}
}

func TestWhatIsNotKeptSaysWhy(t *testing.T) {
	hidden := NewCamera(Options{Name: "door", Folder: t.TempDir(), Start: time.Now(), Hidden: true})
	if err := hidden.Switch(true); err == nil || !strings.Contains(err.Error(), "hidden for privacy") {
		t.Errorf("a camera with hidden parts: %v", err)
	}
	raw := NewCamera(Options{Name: "door", Folder: t.TempDir(), Start: time.Now(), Reserve: -1})
	start(t, raw)
	if err := raw.Switch(true); err != nil {
		t.Fatal(err)
	}
	polltest.Until(t, 20*time.Second, "waits for pictures", func() bool { return raw.Status().State == publish.Connecting })
	f := capture.NewFrame(nil)
	f.Format = capture.YUYV
	raw.Offer(f)
	if s := raw.Status(); s.State != publish.Waiting || !strings.Contains(s.Message.En, "uncompressed pictures (YUYV)") || !strings.Contains(s.Message.En, "MJPEG or H.264") || !strings.Contains(s.Message.Zh, "MJPEG 或 H.264") {
		t.Errorf("a raw camera: %+v", s)
	}
}
