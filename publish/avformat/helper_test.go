package avformat

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"studio/encode"
	"studio/media/packet"
	"studio/media/picture"
	"studio/media/samples"
	"studio/publish"
)

func TestMain(m *testing.M) {
	if run := os.Getenv("RECORDING_CHILD"); run != "" {
		recordingChild(run)
		return
	}
	goleak.VerifyTestMain(m)
}

// programme is a coded test programme of 320x180 at 30 frames a second, with sound,
// whose clock began long ago.
type programme struct {
	streams []*packet.Stream
	packets []*packet.Packet // in the order in which encoders hand them out
}

// began is the programme's first frame number: not a key frame's on the grid.
const began = 3007

func record(seconds int, bitsPerSecond int) (programme, error) {
	size := picture.Size{Width: 320, Height: 180}
	video, err := encode.NewVideo(encode.VideoOptions{Size: size, Rate: packet.Rational{Num: 30, Den: 1}, Preset: "ultrafast", BitsPerSecond: bitsPerSecond})
	if err != nil {
		return programme{}, err
	}
	defer video.Close()
	audio, err := encode.NewAudio(encode.AudioOptions{Codec: packet.AAC})
	if err != nil {
		return programme{}, err
	}
	defer audio.Close()
	out := programme{streams: []*packet.Stream{video.Stream(), audio.Stream()}}
	emit := func(p *packet.Packet) { out.packets = append(out.packets, p) }
	pic := picture.New(size)
	sound := make([]float32, 2*1600)
	state := uint32(1)
	for frame := int64(began); frame < began+int64(30*seconds); frame++ {
		picture.Bars(pic.View)
		for i := 0; i < 64*pic.StrideY; i++ { // noise, so that there is something to send
			state = state*1664525 + 1013904223
			pic.Y[i] = 16 + byte(state>>24)%200
		}
		for i := range 1600 {
			x := float32(0.1 * math.Sin(float64(frame*1600+int64(i))*2*math.Pi*440/samples.Rate))
			sound[2*i], sound[2*i+1] = x, x
		}
		if err := audio.Encode(samples.Block{Position: frame * 1600, Data: sound}, emit); err != nil {
			return programme{}, err
		}
		if err := video.Encode(pic.View, frame, time.Now(), emit); err != nil {
			return programme{}, err
		}
	}
	return out, nil
}

// ten is a programme of ten seconds, made once.
var ten = sync.OnceValues(func() (programme, error) { return record(10, 400_000) })

func tenSeconds(t *testing.T) programme {
	t.Helper()
	p, err := ten()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// play hands the packets out at their times, speed times as fast, until ctx ends.
func (p programme) play(ctx context.Context, speed float64, each func(*packet.Packet)) {
	start, first := time.Now(), time.Duration(began)*time.Second/30
	for _, q := range p.packets {
		due := time.Duration(float64(q.Time()-first) / speed)
		select {
		case <-ctx.Done():
			return
		case <-time.After(due - time.Since(start)):
		}
		each(q)
	}
}

// probe is what ffprobe finds in a file.
type probe struct {
	Streams []struct {
		CodecName    string `json:"codec_name"`
		AvgFrameRate string `json:"avg_frame_rate"`
		RFrameRate   string `json:"r_frame_rate"`
		ColorSpace   string `json:"color_space"`
		ColorRange   string `json:"color_range"`
		SampleRate   string `json:"sample_rate"`
		Profile      string
	}
	Packets []struct {
		CodecType string `json:"codec_type"`
		PTS       string `json:"pts_time"`
		DTS       string `json:"dts_time"`
		Flags     string
	}
}

func look(t *testing.T, path string) probe {
	t.Helper()
	cmd := exec.Command("ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_packets", path)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ffprobe %s: %v %s", path, err, stderr.String())
	}
	var p probe
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// times returns the presentation times of one kind in seconds, and checks that
// no step is longer than longest.
func (p probe) times(t *testing.T, kind string, longest float64) []float64 {
	t.Helper()
	var times []float64
	for _, q := range p.Packets {
		if q.CodecType != kind {
			continue
		}
		at, err := strconv.ParseFloat(q.PTS, 64)
		if err != nil || q.PTS != q.DTS {
			t.Fatalf("%s packet at %q, decoded at %q", kind, q.PTS, q.DTS)
		}
		if n := len(times); n > 0 && (at <= times[n-1] || at-times[n-1] > longest) {
			t.Errorf("%s: %.3f follows %.3f", kind, at, times[n-1])
		}
		times = append(times, at)
	}
	return times
}

// decodes fails the test if ffmpeg finds a fault in the file.
func decodes(t *testing.T, path string) {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-f", "null", "-").CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("decoding %s: %v\n%s", path, err, out)
	}
}

// server is an nginx with its RTMP module on a loopback port, recording all it gets.
type server struct {
	port, folder string
	cmd          *exec.Cmd
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// newServer starts nginx; more are lines for its application.
func newServer(t *testing.T, more string) *server {
	t.Helper()
	s := &server{port: freePort(t), folder: t.TempDir()}
	config := fmt.Sprintf(`
daemon off;
master_process off;
pid %[1]s/pid;
error_log %[1]s/error.log info;
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
events { worker_connections 64; }
rtmp {
	access_log off;
	server {
		listen 127.0.0.1:%[2]s;
		application live { live on; record all; record_path %[1]s; record_suffix -%%s.flv; %[3]s }
	}
}
`, s.folder, s.port, more)
	if err := os.WriteFile(filepath.Join(s.folder, "nginx.conf"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	s.start(t)
	t.Cleanup(s.kill)
	return s
}

func (s *server) start(t *testing.T) {
	t.Helper()
	s.cmd = exec.Command("/usr/sbin/nginx", "-p", s.folder, "-c", filepath.Join(s.folder, "nginx.conf"), "-e", filepath.Join(s.folder, "error.log"))
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, 5*time.Second, "nginx answers", func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+s.port)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func (s *server) kill() {
	if s.cmd != nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		s.cmd = nil
	}
}

func (s *server) address(key string) string { return "rtmp://127.0.0.1:" + s.port + "/live/" + key }

// recordings waits until nginx has closed its files and returns them by name.
func (s *server) recordings(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.folder, "*.flv"))
	if err != nil || len(files) == 0 {
		log, _ := os.ReadFile(filepath.Join(s.folder, "error.log"))
		t.Fatalf("the server recorded nothing: %v\n%s", err, log)
	}
	return files
}

func until(t *testing.T, limit time.Duration, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !done(); {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", limit, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func dial(t *testing.T, o NetworkOptions) publish.Dial {
	t.Helper()
	d, err := Network(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// log collects what is logged.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *log) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// relay passes bytes between an accepted connection and the server until either
// ends; stalled connections are no longer read.
type relay struct {
	listener net.Listener
	to       string
	stall    chan struct{} // closed: nothing is read any more
	done     sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]bool
}

func newRelay(t *testing.T, l net.Listener, to string) *relay {
	r := &relay{listener: l, to: to, stall: make(chan struct{}), open: map[net.Conn]bool{}}
	r.done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.done.Go(func() { r.pass(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		r.mu.Lock()
		for c := range r.open {
			c.Close()
		}
		r.mu.Unlock()
		r.done.Wait()
	})
	return r
}

func (r *relay) keep(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open[c] = true
}

func (r *relay) pass(near net.Conn) {
	r.keep(near)
	defer near.Close()
	if r.to == "" { // a black hole
		io.CopyN(io.Discard, near, 1)
		r.hold(near)
		return
	}
	far, err := net.Dial("tcp", r.to)
	if err != nil {
		return
	}
	r.keep(far)
	defer far.Close()
	r.done.Go(func() {
		io.Copy(near, far)
		near.Close()
	})
	buffer := make([]byte, 4096)
	for {
		select {
		case <-r.stall:
			r.hold(near)
			return
		default:
		}
		n, err := near.Read(buffer)
		if err != nil {
			return
		}
		if _, err := far.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// hold leaves a connection open, unread, until the test closes it.
func (r *relay) hold(c net.Conn) {
	for {
		if err := c.SetDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (r *relay) port() string {
	_, port, _ := net.SplitHostPort(r.listener.Addr().String())
	return port
}
