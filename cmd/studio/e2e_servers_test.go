package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v3"
	"github.com/pion/webrtc/v3/pkg/media/samplebuilder"

	"studio/publish/servertest"
	"studio/publish/whip/whiptest"
)

// serveConnections answers every connection as answer does, until the test ends; a nil
// config is without TLS. answer returns when its connection is closed.
func serveConnections(t *testing.T, config *tls.Config, answer func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[c] = true
			mu.Unlock()
			serving.Go(func() {
				defer func() {
					c.Close()
					mu.Lock()
					delete(open, c)
					mu.Unlock()
				}()
				if config != nil {
					c = tls.Server(c, config)
				}
				answer(c)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for c := range open {
			c.Close()
		}
		mu.Unlock()
		serving.Wait()
	})
	return l.Addr().String()
}

// listenOnly reads and answers nothing until the other side hangs up.
func listenOnly(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// passTo passes a connection on to a server. When stalled says so nothing is read any
// more, and the connection stays open.
func passTo(address string, stalled *atomic.Bool) func(net.Conn) {
	return func(near net.Conn) {
		far, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		defer far.Close()
		back := make(chan struct{})
		go func() {
			defer close(back)
			_, _ = io.Copy(near, far) // it ends with either side
			near.Close()
		}()
		buffer := make([]byte, 4096)
		for {
			if stalled != nil && stalled.Load() {
				for near.SetDeadline(time.Now().Add(time.Hour)) == nil { // until the test closes it
					time.Sleep(20 * time.Millisecond)
				}
				far.Close()
				<-back
				return
			}
			n, err := near.Read(buffer)
			if err == nil {
				_, err = far.Write(buffer[:n])
			}
			if err != nil {
				far.Close()
				<-back
				return
			}
		}
	}
}

// srtListener is an FFmpeg that keeps what it is sent.
type srtListener struct {
	address, file string
	cmd           *exec.Cmd
	said          *text
}

func newSRTListener(t *testing.T, host, passphrase string, within ...string) *srtListener {
	t.Helper()
	_, port, err := net.SplitHostPort(servertest.FreeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	l := &srtListener{address: "srt://" + net.JoinHostPort(host, port), file: filepath.Join(t.TempDir(), "srt.ts"), said: &text{}}
	url := l.address + "?mode=listener&listen_timeout=-1"
	if passphrase != "" {
		url += "&passphrase=" + passphrase
	}
	command := append(within, "ffmpeg", "-nostdin", "-v", "error", "-i", url, "-c", "copy", "-y", l.file)
	l.cmd = exec.Command(command[0], command[1:]...)
	l.cmd.Stderr = l.said
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if l.cmd.ProcessState == nil {
			_ = l.cmd.Process.Kill()
			_ = l.cmd.Wait() // it was killed
		}
	})
	return l
}

// finish waits until the listener has put everything into its file.
func (l *srtListener) finish(t *testing.T) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = l.cmd.Wait() // it ends with the stream, not always with 0
	}()
	select {
	case <-done:
	case <-time.After(15 * time.Second):
		_ = l.cmd.Process.Signal(syscall.SIGINT)
		<-done
	}
}

// whipKeeper is a WHIP server that keeps the pictures it is sent, as a bare stream.
type whipKeeper struct {
	url, file string
	bearer    atomic.Value   // of the last POST
	link      *whiptest.Link // nil: the network as it is

	mu sync.Mutex
	pc *webrtc.PeerConnection
}

func newWHIPKeeper(t *testing.T) *whipKeeper {
	t.Helper()
	k := &whipKeeper{file: filepath.Join(t.TempDir(), "whip.h264")}
	server := httptest.NewServer(k)
	k.url = server.URL + "/whip"
	t.Cleanup(func() {
		k.hangUp()
		server.Close()
	})
	return k
}

func (k *whipKeeper) hangUp() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pc != nil {
		_ = k.pc.GracefulClose()
		k.pc = nil
	}
}

func (k *whipKeeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodDelete {
		k.hangUp()
		return
	}
	k.bearer.Store(r.Header.Get("Authorization"))
	offer, err := io.ReadAll(r.Body)
	if err == nil {
		var answer string
		if answer, err = k.answer(string(offer)); err == nil {
			w.Header().Set("Content-Type", "application/sdp")
			w.Header().Set("Location", "/session")
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, answer)
			return
		}
	}
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

func (k *whipKeeper) answer(offer string) (string, error) {
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	media, helpers := &webrtc.MediaEngine{}, &interceptor.Registry{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return "", err
	}
	if err := webrtc.RegisterDefaultInterceptors(media, helpers); err != nil {
		return "", err
	}
	api := webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(helpers))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	k.mu.Lock()
	k.pc = pc
	k.mu.Unlock()
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { k.keep(track) })
	if k.link == nil {
		return whiptest.Answer(pc, offer)
	}
	answer, err := whiptest.Answer(pc, k.link.Offer(offer))
	return k.link.Answer(answer), err
}

// keep writes a track's pictures to the file, until the session ends.
func (k *whipKeeper) keep(track *webrtc.TrackRemote) {
	if track.Kind() != webrtc.RTPCodecTypeVideo {
		for { // what is not read counts as lost in the reports
			if _, _, err := track.ReadRTP(); err != nil {
				return
			}
		}
	}
	f, err := os.Create(k.file)
	if err != nil {
		return // a test that looks into the file says so
	}
	defer f.Close()
	pictures := samplebuilder.New(500, &codecs.H264Packet{}, 90000)
	for {
		p, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		pictures.Push(p)
		for s := pictures.Pop(); s != nil; s = pictures.Pop() {
			if _, err := f.Write(s.Data); err != nil {
				return
			}
		}
	}
}

// whipRefusals is a web server with one way to be wrong at each path.
func whipRefusals() http.Handler {
	const head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		place, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		say := func(code int, body string) {
			if r.Method == http.MethodDelete {
				return
			}
			w.Header().Set("Location", "/elsewhere/"+r.URL.Path)
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
		switch place {
		case "sdp":
			say(http.StatusCreated, "hello "+r.URL.String())
		case "vp8":
			say(http.StatusCreated, head+"m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n")
		default:
			var code int
			if _, err := fmt.Sscan(place, &code); err != nil {
				code = http.StatusNotFound
			}
			say(code, "no good: "+r.URL.String()) // some servers repeat the address with its key
		}
	})
}
