//go:build devices

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shaped is a line to a server of its own: a veth pair, the far end of which is in
// the servers' network namespace.
type shaped struct {
	name   string // of the destination behind it
	kind   string // rtmp, srt
	canvas string
	each   string // what tc does with the packets each way
	out    string // the same on the way out only
}

// shapedLines are the destinations of both canvases. Of the landscape ones few are
// slow, and those suffer alone; the upright ones are slow together.
func shapedLines() []shaped {
	const narrow = "tbf rate 1mbit burst 5kb latency 300ms"
	return []shaped{
		{name: "clean", kind: "rtmp", canvas: "landscape"},
		{name: "clean2", kind: "rtmp", canvas: "landscape"}, // with the holes half of the others are slow for a while
		{name: "clean3", kind: "rtmp", canvas: "landscape"},
		{name: "loss1", kind: "rtmp", canvas: "landscape", each: "netem loss 1%"},
		{name: "loss3", kind: "srt", canvas: "landscape", each: "netem loss 3%"},
		{name: "loss5", kind: "rtmp", canvas: "landscape", each: "netem loss 5%"},
		{name: "loss5srt", kind: "srt", canvas: "landscape", each: "netem loss 5%"},
		{name: "far", kind: "rtmp", canvas: "landscape", out: "netem delay 200ms"},
		{name: "hole", kind: "rtmp", canvas: "landscape"},
		{name: "holesrt", kind: "srt", canvas: "landscape"},
		{name: "narrow", kind: "rtmp", canvas: "landscape", out: narrow},
		{name: "narrowsrt", kind: "srt", canvas: "landscape", out: narrow},
		{name: "upright1", kind: "rtmp", canvas: "portrait", out: narrow},
		{name: "upright2", kind: "srt", canvas: "portrait", out: narrow},
	}
}

const (
	holed = "netem loss 100%"
	plain = "pfifo limit 1000" // a line like any other
)

func (s shaped) address(n int) string {
	if s.kind == "srt" { // with a second, in microseconds, for what is sent again
		return fmt.Sprintf("srt://10.77.%d.2:9000?latency=1000000", n)
	}
	return fmt.Sprintf("rtmp://10.77.%d.2/live/%s", n, s.name)
}

// The picture is noise (vivid's pattern 21), which no encoder makes small, above the
// strip with the burnt-in number.
const shapedConfig = `
name: Shaped lines
listen: 127.0.0.1:18081
socket: %[1]s/studio.sock
rate: 10
layouts: layouts.yaml
canvases:
  - {name: landscape, size: 320x180, encoder: libx264, preset: ultrafast, bitrate: 2M, least_bitrate: 300k, layout: noisy}
  - {name: portrait, size: 180x320, encoder: libx264, preset: ultrafast, bitrate: 2M, least_bitrate: 300k, layout: full, cameras: [noise]}
cameras:
  - {name: wheel, drawn: wheel, size: 320x180}
  - {name: noise, device: {port: "platform:vivid-000"}, size: 320x180, controls: {test_pattern: 21}}
recording: {folder: %[1]s/recordings, canvases: [landscape], reserve: 1M}
destinations:
`

const shapedLayouts = `
layouts:
  - name: noisy
    title: {zh: 噪点, en: Noisy}
    landscape:
      - {x: 0, y: 0, width: 1, height: 1}
      - {x: 0, y: 0, width: 1, height: 4/5}
`

// shapedStudio is a studio whose lines are bad, each in its own way.
type shapedStudio struct {
	*onAir
	folder string
	log    string // the engine's, a file
	lines  []shaped
	engine *beside
	nginx  *beside
	srt    map[string]*beside // listeners

	attempts map[string]uint64 // until each destination was on air
}

func newShapedStudio(t *testing.T) *shapedStudio {
	t.Helper()
	folder := t.TempDir()
	s := &shapedStudio{
		onAir: &onAir{base: "http://127.0.0.1:18081", told: make(map[string]bool)}, folder: folder,
		log: filepath.Join(folder, "log"), lines: shapedLines(), srt: make(map[string]*beside), attempts: make(map[string]uint64),
	}
	s.layLines(t)
	s.serve(t)
	config := fmt.Sprintf(shapedConfig, folder)
	for n, l := range s.lines {
		config += fmt.Sprintf("  - {name: %s, address: %q, canvas: %s}\n", l.name, l.address(n), l.canvas)
	}
	write(t, filepath.Join(folder, "layouts.yaml"), shapedLayouts)
	s.engine = runBeside(t, asStudio("sh", "-c", `exec "$0" serve --config "$1" 2>"$2"`,
		studioBinary(t), write(t, filepath.Join(folder, "studio.yaml"), config), s.log))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the engine said:\n%s", s.said(t))
		}
	})
	return s
}

func (s *shapedStudio) said(t *testing.T) string {
	t.Helper()
	log, err := os.ReadFile(s.log)
	if err != nil {
		t.Error(err)
	}
	return string(log)
}

// layLines makes the namespace and the lines. A line takes packets as they go over
// a wire, not the large ones that a kernel cuts up behind the shaping.
func (s *shapedStudio) layLines(t *testing.T) {
	t.Helper()
	vmCommand(t, "modprobe", "-a", "veth", "sch_netem", "sch_tbf")
	vmCommand(t, "ip", "netns", "add", "servers")
	t.Cleanup(func() { // as the next test expects it
		vmCommand(t, "ip", "netns", "del", "servers")
		vmCommand(t, "v4l2-ctl", "-d", vmVariable(t, "VIVID0"), "--set-ctrl=test_pattern=0")
	})
	var near, far strings.Builder
	for n := range s.lines {
		fmt.Fprintf(&near, "link add line%[1]d gso_max_segs 1 type veth peer name line%[1]d gso_max_segs 1 netns servers\n"+
			"addr add 10.77.%[1]d.1/24 dev line%[1]d\nlink set line%[1]d up\n", n)
		fmt.Fprintf(&far, "addr add 10.77.%[1]d.2/24 dev line%[1]d\nlink set line%[1]d up\n", n)
	}
	vmCommand(t, "ip", "-batch", write(t, filepath.Join(s.folder, "near"), near.String()))
	vmCommand(t, "ip", "-n", "servers", "-batch", write(t, filepath.Join(s.folder, "far"), far.String()))
	for _, l := range s.lines {
		if l.each != "" || l.out != "" {
			s.shape(t, l.name, l.each+l.out, l.each != "")
		}
	}
}

// shape gives a line's packets to a queueing discipline, on the way out or each way.
func (s *shapedStudio) shape(t *testing.T, name, discipline string, eachWay bool) {
	t.Helper()
	n := slices.IndexFunc(s.lines, func(l shaped) bool { return l.name == name })
	command := append([]string{"qdisc", "replace", "dev", fmt.Sprintf("line%d", n), "root"}, strings.Fields(discipline)...)
	vmCommand(t, "tc", command...)
	if eachWay {
		vmCommand(t, "tc", append([]string{"-n", "servers"}, command...)...)
	}
}

// over is a file that tells the SRT listeners that no connection comes any more.
func (s *shapedStudio) over() string { return filepath.Join(s.folder, "over") }

// serve starts the servers. The RTMP one lets go of a publisher who falls silent, as
// those of the platforms do: else a key would stay in use behind a black hole.
func (s *shapedStudio) serve(t *testing.T) {
	t.Helper()
	config := write(t, filepath.Join(s.folder, "nginx.conf"), fmt.Sprintf(`
daemon off;
master_process off;
pid %[1]s/pid;
error_log %[1]s/error.log info;
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
events { worker_connections 64; }
rtmp {
	access_log off;
	server {
		listen 1935;
		application live { live on; drop_idle_publisher 5s; record all; record_path %[1]s; record_suffix -%%s.flv; }
	}
}
`, s.folder))
	s.nginx = runBeside(t, exec.Command("ip", "netns", "exec", "servers",
		"/usr/sbin/nginx", "-p", s.folder, "-c", config, "-e", filepath.Join(s.folder, "error.log")))
	for n, l := range s.lines {
		if l.kind == "srt" {
			// FFmpeg takes one connection, and one whose greeting is lost counts, too.
			s.srt[l.name] = runBeside(t, exec.Command("ip", "netns", "exec", "servers", "sh", "-c",
				`n=1; until [ -e "$2" ]; do ffmpeg -nostdin -v fatal -i "$0&mode=listener" -c copy "$1-$n.ts"; n=$((n+1)); done`,
				l.address(n), filepath.Join(s.folder, l.name), s.over()))
		}
	}
	awaited(t, "the RTMP server", vmSlow, func() bool {
		c, err := net.Dial("tcp", "10.77.0.2:1935")
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	for n, l := range s.lines {
		if l.kind == "srt" {
			listening := fmt.Sprintf("02%02X4D0A:2328 ", n) // 10.77.n.2:9000
			awaited(t, "listening for SRT", vmSlow, func() bool {
				sockets, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/udp", s.srt[l.name].Process.Pid))
				return strings.Contains(string(sockets), listening)
			})
		}
	}
}
