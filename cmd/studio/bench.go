package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"studio/configs"
	"studio/configs/layouts"
	"studio/encode"
	"studio/media/packet"
	"studio/media/picture"
	"studio/mixer"
	"studio/mixer/scene"
)

// benchOptions are the flags of studio bench, as they are written.
type benchOptions struct {
	inputs, hidden, to                                 []string
	canvas, layout, title, size, rate, preset, bitrate string
	seconds                                            int
	pace                                               bool
}

func benchCommand() *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{
		Use:   "bench --input FILE… --to URL|FILE",
		Short: "Mixes files as fast as it can, or in real time, and says what that costs",
		Long: `Runs the engine's own mixer, overlays and encoders over files instead of cameras, as
fast as the box can, and prints one line of JSON: frames, wall and CPU seconds,
peak memory, and CPU milliseconds a frame for each stage. Threads that the encoder
keeps for itself count as encode. With --pace the files come in and the programme
is made in real time, as on air: what the box cannot make in time is dropped and
counted.`,
		Example: `  studio bench --input cam1.mjpeg --input cam2.mjpeg --layout sidebyside --to /tmp/out.mp4
  studio bench --input cam1.mjpeg --input cam2.mjpeg --input cam3.mjpeg --input cam4.mjpeg \
    --layout pip --title 拉坯成型 --seconds 10 --to /tmp/out.mp4
  studio bench --input cam1.mkv --input cam2.mkv --canvas both --layout inset --preset superfast \
    --pace --seconds 60 --to /tmp/landscape.mp4 --to /tmp/portrait.mp4`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			result, err := bench(cmd.Context(), o)
			if err != nil {
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(result)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.inputs, "input", nil, "`FILE` played as a camera; given once per camera, in slot order")
	f.StringArrayVar(&o.hidden, "hidden", nil, "`FILE` played as a camera that is not shown; given once per camera")
	f.StringVar(&o.canvas, "canvas", "landscape", strings.Join(benchCanvases, ", ")+": portrait has the size turned")
	f.StringVar(&o.layout, "layout", scene.PIP, "one of the built-in layouts")
	f.StringVar(&o.title, "title", "", "`TEXT` of a lower third")
	f.StringVar(&o.size, "size", "1920x1080", "of the landscape canvas")
	f.StringVar(&o.rate, "rate", "30", "frames a second")
	f.StringVar(&o.preset, "preset", "veryfast", "x264's: "+strings.Join(configs.Presets(), ", "))
	f.StringVar(&o.bitrate, "bitrate", "4500k", "bits a second of each canvas")
	f.IntVar(&o.seconds, "seconds", 10, "of programme")
	f.BoolVar(&o.pace, "pace", false, "in real time, as on air")
	f.StringArrayVar(&o.to, "to", nil, "`URL|FILE`: rtmp, rtmps, srt, or an MP4 file; given once per canvas")
	for _, name := range []string{"input", "to"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is declared above
		}
	}
	return cmd
}

// benchCanvases are the values of --canvas.
var benchCanvases = []string{"landscape", "portrait", "both"}

// benchPlan is benchOptions as values.
type benchPlan struct {
	canvases      []configs.Canvas
	threads       int // of each canvas's encode
	rate          packet.Rational
	frames        int64
	layouts       *scene.Library
	shown, hidden []string // files
	to            []string // by canvas
	title         string
	pace          bool
}

func (o benchOptions) plan() (p *benchPlan, err error) {
	p = &benchPlan{shown: o.inputs, hidden: o.hidden, to: o.to, title: o.title, pace: o.pace}
	size, err := configs.ParseSize(o.size)
	if err != nil {
		return nil, err
	}
	if p.rate, err = configs.ParseRate(o.rate); err != nil {
		return nil, err
	}
	bits, err := configs.ParseBitrate(o.bitrate)
	if err != nil {
		return nil, err
	}
	if o.seconds < 1 || o.seconds > 3600 {
		return nil, fmt.Errorf("seconds %d: allowed: 1 to 3600", o.seconds)
	}
	p.frames = int64(float64(o.seconds)*p.rate.Float() + 0.5)
	landscape := configs.Canvas{Name: "landscape", Size: size, Preset: o.preset, BitsPerSecond: bits, Layout: o.layout, Cameras: p.names()[:len(o.inputs)]}
	portrait := landscape
	portrait.Name, portrait.Size = "portrait", picture.Size{Width: size.Height, Height: size.Width}
	switch o.canvas {
	case "landscape":
		p.canvases = []configs.Canvas{landscape}
	case "portrait":
		p.canvases = []configs.Canvas{portrait}
	case "both":
		p.canvases = []configs.Canvas{landscape, portrait}
	default:
		return nil, fmt.Errorf("canvas %q: allowed: %s", o.canvas, strings.Join(benchCanvases, ", "))
	}
	if len(o.to) != len(p.canvases) {
		return nil, fmt.Errorf("--to is given %d times: allowed: once per canvas, which is %d", len(o.to), len(p.canvases))
	}
	p.threads = encode.Threads(size, p.rate, max(1, runtime.NumCPU()/len(p.canvases)))
	if p.layouts, err = layouts.Library(""); err != nil {
		return nil, err
	}
	for _, c := range p.canvases {
		slots, err := p.layouts.Place(o.layout, c.Size)
		if err != nil {
			return nil, err
		}
		if len(o.inputs) > len(slots) {
			return nil, fmt.Errorf("layout %q: shows %d inputs at most, not %d", o.layout, len(slots), len(o.inputs))
		}
	}
	return p, nil
}

// names are the cameras, those that are shown first.
func (p *benchPlan) names() []string {
	var names []string
	for i := range len(p.shown) + len(p.hidden) {
		names = append(names, fmt.Sprintf("input %d", i+1))
	}
	return names
}

// benchResult is what the bench prints.
type benchResult struct {
	// Frames is how many pictures were made on the canvas that has fewest.
	Frames      int64   `json:"frames"`
	Dropped     uint64  `json:"framesDropped"`
	WallSeconds float64 `json:"wallSeconds"`
	CPUSeconds  float64 `json:"cpuSeconds"`
	// CPUPer10s is CPU seconds per 10 s of programme.
	CPUPer10s       float64            `json:"cpuSecondsPer10s"`
	PeakMemoryBytes int64              `json:"peakMemoryBytes"`
	StageMS         map[string]float64 `json:"cpuMillisecondsPerFrame"`
}

func (p *benchPlan) result(wall, cpu time.Duration, made []mixer.CanvasState, costs *mixer.Costs) *benchResult {
	var usage unix.Rusage
	// It cannot fail for the calling process and a pointer of ours.
	_ = unix.Getrusage(unix.RUSAGE_SELF, &usage)
	r := &benchResult{
		Frames: p.frames, Dropped: made[0].Dropped, WallSeconds: wall.Seconds(), CPUSeconds: cpu.Seconds(),
		CPUPer10s:       cpu.Seconds() * 10 * p.rate.Float() / float64(p.frames),
		PeakMemoryBytes: usage.Maxrss * 1024,
		StageMS:         make(map[string]float64),
	}
	for _, c := range made {
		r.Frames = min(r.Frames, int64(c.Frames))
	}
	seen := time.Duration(0)
	for _, s := range mixer.Stages() {
		seen += costs.Of(s)
		r.StageMS[s.String()] = perFrame(costs.Of(s), p.frames)
	}
	r.StageMS["other"] = perFrame(cpu-seen, p.frames)
	return r
}

func perFrame(d time.Duration, frames int64) float64 {
	return float64(d.Microseconds()) / 1000 / float64(frames)
}
