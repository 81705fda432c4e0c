package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"studio/capture"
	"studio/capture/clip"
	"studio/capture/drawn"
	"studio/configs"
	"studio/configs/layouts"
	"studio/configs/templates"
	"studio/encode"
	"studio/media/packet"
	"studio/media/picture"
	"studio/media/samples"
	"studio/mixer"
	"studio/mixer/scene"
	"studio/mixer/sound"
	"studio/overlay"
	"studio/overlay/procedure"
	"studio/publish"
	"studio/publish/avformat"
	"studio/publish/recording"
)

// benchOptions are the flags of studio bench, as they are written.
type benchOptions struct {
	inputs                                         []string
	layout, title, size, rate, preset, bitrate, to string
	seconds                                        int
}

func benchCommand() *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{
		Use:   "bench --input FILE… --to URL|FILE",
		Short: "Mixes files as fast as it can and says what that costs",
		Long: `Runs the engine's own mixer, overlays and encoders over files instead of cameras, as
fast as the box can, and prints one line of JSON: frames, wall and CPU seconds,
peak memory, and CPU milliseconds a frame for each stage. Threads that the encoder
keeps for itself count as encode.`,
		Example: `  studio bench --input cam1.mjpeg --input cam2.mjpeg --layout sidebyside --to /tmp/out.mp4
  studio bench --input cam1.mjpeg --input cam2.mjpeg --input cam3.mjpeg --input cam4.mjpeg \
    --layout pip --title 拉坯成型 --seconds 10 --to /tmp/out.mp4`,
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
	f.StringVar(&o.layout, "layout", scene.PIP, "one of the built-in layouts")
	f.StringVar(&o.title, "title", "", "`TEXT` of a lower third")
	f.StringVar(&o.size, "size", "1920x1080", "of the canvas")
	f.StringVar(&o.rate, "rate", "30", "frames a second")
	f.StringVar(&o.preset, "preset", "veryfast", "x264's: "+strings.Join(configs.Presets(), ", "))
	f.StringVar(&o.bitrate, "bitrate", "4500k", "bits a second")
	f.IntVar(&o.seconds, "seconds", 10, "of programme")
	f.StringVar(&o.to, "to", "", "`URL|FILE`: rtmp, rtmps, srt, or an MP4 file")
	for _, name := range []string{"input", "to"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is declared above
		}
	}
	return cmd
}

// benchResult is what the bench prints.
type benchResult struct {
	Frames      int64   `json:"frames"`
	WallSeconds float64 `json:"wallSeconds"`
	CPUSeconds  float64 `json:"cpuSeconds"`
	// CPUPer10s is CPU seconds per 10 s of programme.
	CPUPer10s       float64            `json:"cpuSecondsPer10s"`
	PeakMemoryBytes int64              `json:"peakMemoryBytes"`
	StageMS         map[string]float64 `json:"cpuMillisecondsPerFrame"`
}

// benchPlan is benchOptions as values.
type benchPlan struct {
	canvas  configs.Canvas
	rate    packet.Rational
	frames  int64
	layouts *scene.Library
	readers []*benchReader
}

func (o benchOptions) plan() (p *benchPlan, err error) {
	p = &benchPlan{canvas: configs.Canvas{Name: "bench", Preset: o.preset, Layout: o.layout}}
	if p.canvas.Size, err = configs.ParseSize(o.size); err != nil {
		return nil, err
	}
	if p.rate, err = configs.ParseRate(o.rate); err != nil {
		return nil, err
	}
	if p.canvas.BitsPerSecond, err = configs.ParseBitrate(o.bitrate); err != nil {
		return nil, err
	}
	if o.seconds < 1 || o.seconds > 3600 {
		return nil, fmt.Errorf("seconds %d: allowed: 1 to 3600", o.seconds)
	}
	p.frames = int64(float64(o.seconds)*p.rate.Float() + 0.5)
	if p.layouts, err = layouts.Library(""); err != nil {
		return nil, err
	}
	slots, err := p.layouts.Place(o.layout, p.canvas.Size)
	if err != nil {
		return nil, err
	}
	if len(o.inputs) > len(slots) {
		return nil, fmt.Errorf("layout %q: shows %d inputs at most, not %d", o.layout, len(slots), len(o.inputs))
	}
	for i, path := range o.inputs {
		r, err := clip.OpenReader(path)
		if err != nil {
			p.close()
			return nil, err
		}
		p.readers = append(p.readers, &benchReader{reader: r})
		p.canvas.Cameras = append(p.canvas.Cameras, fmt.Sprintf("input %d", i+1))
	}
	return p, nil
}

func (p *benchPlan) close() {
	for _, r := range p.readers {
		r.close()
	}
}

func bench(ctx context.Context, o benchOptions) (*benchResult, error) {
	plan, err := o.plan()
	if err != nil {
		return nil, err
	}
	defer plan.close()
	var costs mixer.Costs
	l, err := newLine(plan.canvas, plan.rate, 0, &costs)
	if err != nil {
		return nil, err
	}
	aac, err := encode.NewAudio(encode.AudioOptions{Codec: packet.AAC, BitsPerSecond: soundBitsPerSecond})
	if err != nil {
		return nil, err
	}
	defer aac.Close()
	dial, finish, err := benchSink(o.to)
	if err != nil {
		return nil, err
	}
	sink, err := dial(ctx, []*packet.Stream{l.main.video.Stream(), aac.Stream()})
	if err != nil {
		return nil, err
	}
	direct := &directTaker{sink: sink}
	l.main.join(direct)

	wall, cpu := time.Now(), processTime()
	err = plan.mix(ctx, o.title, l, aac, direct, &costs)
	if err = errors.Join(err, direct.err, sink.Close()); err != nil {
		return nil, err
	}
	result := plan.result(time.Since(wall), processTime()-cpu, &costs)
	return result, finish()
}

// mix runs the engine's own parts until all frames are made.
func (p *benchPlan) mix(ctx context.Context, title string, l *line, aac *encode.Audio, out publish.Taker, costs *mixer.Costs) error {
	var soundFailed error
	voice, err := sound.New(sound.Options{
		Inputs: []sound.Input{{Name: "workshop", Source: sound.Generator(drawn.Sound)}},
		Output: func(b samples.Block) {
			costs.Measure(mixer.Sound, func() { soundFailed = aac.Encode(b, out.Offer) })
		},
	})
	if err != nil {
		return err
	}
	defer voice.Close()
	options := mixer.Options{
		Rate: p.rate, Clock: mixer.Unpaced{}, Frames: p.frames, Costs: costs,
		Pool: picture.NewPool(16 + 8*len(p.readers)), Layouts: p.layouts,
	}
	for i, r := range p.readers {
		options.Inputs = append(options.Inputs, mixer.Input{
			Name: p.canvas.Cameras[i], Slate: blackSlate{},
			Newest: func(at time.Duration) *capture.Frame { return r.at(ctx, at) },
		})
	}
	canvas := mixer.CanvasOptions{
		Name: l.Name, Size: l.Size, Shot: scene.Shot{Layout: l.Layout, Cameras: l.Cameras},
		Output: func(pic *picture.Picture, n int64, taken time.Time) {
			voice.Advance(int64(float64(n+1) / p.rate.Float() * samples.Rate))
			l.output(pic, n, taken)
		},
	}
	if title != "" {
		set, err := titleOverlay(title, l.Size)
		if err != nil {
			return err
		}
		canvas.Overlays = timed{set, time.Now()}
	}
	options.Canvases = []mixer.CanvasOptions{canvas}
	m, err := mixer.New(options)
	if err != nil {
		return err
	}
	var encoding sync.WaitGroup
	encoding.Go(func() { _ = l.run() }) // its errors are kept in l.failed
	err = m.Run(ctx)
	l.end()
	encoding.Wait()
	err = errors.Join(err, l.failure())
	for _, r := range p.readers {
		err = errors.Join(err, r.err)
	}
	return errors.Join(err, soundFailed, ctx.Err())
}

func titleOverlay(title string, size picture.Size) (*overlay.Set, error) {
	set, err := overlay.New(overlay.Options{Canvas: size, Templates: templates.FS, Fade: -1})
	if err != nil {
		return nil, err
	}
	return set, set.Draw(overlay.State{
		Overlays: []procedure.Overlay{{Template: "title", Set: map[string]string{"text": title}}},
		Clock:    time.Now(),
	})
}

func (p *benchPlan) result(wall, cpu time.Duration, costs *mixer.Costs) *benchResult {
	var usage unix.Rusage
	// It cannot fail for the calling process and a pointer of ours.
	_ = unix.Getrusage(unix.RUSAGE_SELF, &usage)
	r := &benchResult{
		Frames: p.frames, WallSeconds: wall.Seconds(), CPUSeconds: cpu.Seconds(),
		CPUPer10s:       cpu.Seconds() * 10 * p.rate.Float() / float64(p.frames),
		PeakMemoryBytes: usage.Maxrss * 1024,
		StageMS:         make(map[string]float64),
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

// benchSink returns the way to where the programme goes, and what puts a file in
// its place at the end.
func benchSink(to string) (publish.Dial, func() error, error) {
	if strings.Contains(to, "://") {
		dial, err := avformat.Network(avformat.NetworkOptions{Address: to})
		return dial, func() error { return nil }, err
	}
	folder, err := os.MkdirTemp(filepath.Dir(to), ".studio-bench-")
	if err != nil {
		return nil, nil, fmt.Errorf("write %s: choose a folder that studio may write to", to)
	}
	var written string
	dial := recording.New(recording.Options{Folder: folder, RotateAfter: -1, RotateBytes: -1, Written: func(path string, _ int64) { written = path }}).Dial
	return dial, func() error {
		defer os.RemoveAll(folder)
		return os.Rename(written, to)
	}, nil
}

// directTaker writes each packet at once: the bench loses none and waits for all.
type directTaker struct {
	mu   sync.Mutex
	sink publish.Sink
	err  error
}

func (d *directTaker) Offer(p *packet.Packet) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.err = d.sink.Write(p)
	}
}

// benchReader plays a file by the program time, over and over.
type benchReader struct {
	reader *clip.Reader
	frame  *capture.Frame
	read   int64
	err    error
}

func (r *benchReader) at(ctx context.Context, at time.Duration) *capture.Frame {
	rate := r.reader.Mode().FrameRate
	if rate <= 0 {
		rate = 30
	}
	for r.err == nil && float64(r.read) <= at.Seconds()*rate+1e-6 {
		r.next(ctx)
	}
	if r.frame == nil {
		return nil
	}
	return r.frame.Retain()
}

func (r *benchReader) next(ctx context.Context) {
	f, err := r.reader.Next(ctx)
	if errors.Is(err, io.EOF) && r.read > 0 {
		if err = r.reader.Rewind(); err == nil {
			f, err = r.reader.Next(ctx)
		}
	}
	if err != nil {
		r.err = err
		return
	}
	if r.frame != nil {
		r.frame.Release()
	}
	r.frame = f
	r.read++
}

func (r *benchReader) close() {
	if r.frame != nil {
		r.frame.Release()
		r.frame = nil
	}
	r.reader.Close()
}

// blackSlate stands in for a file that has no picture.
type blackSlate struct{}

func (blackSlate) Paint(dst picture.View) { picture.Fill(dst, 16, 128, 128) }
