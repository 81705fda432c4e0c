package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"studio/capture/drawn"
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
	"studio/publish/recording"
)

// bench makes a programme by the engine's own parts and measures it.
func bench(ctx context.Context, o benchOptions) (result *benchResult, err error) {
	plan, err := o.plan()
	if err != nil {
		return nil, err
	}
	var costs mixer.Costs
	aac, err := encode.NewAudio(encode.AudioOptions{Codec: packet.AAC, BitsPerSecond: soundBitsPerSecond})
	if err != nil {
		return nil, err
	}
	defer aac.Close()
	var lines []*line
	var outputs benchOutputs
	defer func() { err = errors.Join(err, outputs.close(err == nil)) }()
	for i, c := range plan.canvases {
		l, err := newLine(c, plan.rate, plan.threads, &costs)
		if err != nil {
			return nil, err
		}
		out, err := openBenchOutput(ctx, plan.to[i], l.streams(aac.Stream()))
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, out)
		l.main.join(out)
		lines = append(lines, l)
	}
	cameras, err := plan.openCameras(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, cameras.close()) }()
	return plan.mix(ctx, lines, aac, outputs, cameras, &costs)
}

// mix runs the engine's own parts until all frames are made and encoded.
func (p *benchPlan) mix(ctx context.Context, lines []*line, aac *encode.Audio, out benchOutputs, cameras benchCameras, costs *mixer.Costs) (*benchResult, error) {
	var soundFailed error
	voice, err := sound.New(sound.Options{
		Inputs: []sound.Input{{Name: "workshop", Source: sound.Generator(drawn.Sound)}},
		Output: func(b samples.Block) {
			costs.Measure(mixer.Sound, func() { soundFailed = aac.Encode(b, out.offer) })
		},
	})
	if err != nil {
		return nil, err
	}
	defer voice.Close()
	start := time.Now()
	options := mixer.Options{
		Rate: p.rate, Clock: mixer.Unpaced{}, Frames: p.frames, Costs: costs, Inputs: cameras.inputs(ctx),
		Pool: picture.NewPool(16 + 8*len(p.shown) + 8*len(lines)), Layouts: p.layouts,
	}
	if p.pace {
		options.Clock = mixer.RealTime{Start: start}
	}
	for i, l := range lines {
		canvas := mixer.CanvasOptions{
			Name: l.Name, Size: l.Size, Shot: scene.Shot{Layout: l.Layout, Cameras: l.Cameras}, Output: l.output,
		}
		if i == 0 {
			canvas.Output = func(pic *picture.Picture, n int64, taken time.Time) {
				end := p.rate.Inverse().Duration(n + 1)
				voice.Advance(int64(end.Seconds() * samples.Rate))
				cameras.pass(ctx, end)
				l.output(pic, n, taken)
			}
		}
		if p.title != "" {
			set, err := titleOverlay(p.title, l.Size)
			if err != nil {
				return nil, err
			}
			canvas.Overlays = timed{set, start}
		}
		options.Canvases = append(options.Canvases, canvas)
	}
	m, err := mixer.New(options)
	if err != nil {
		return nil, err
	}
	wall, cpu := time.Now(), processTime()
	var encoding sync.WaitGroup
	for _, l := range lines {
		encoding.Go(func() { _ = l.run() }) // its errors are kept in l.failed
	}
	err = m.Run(ctx)
	for _, l := range lines {
		l.end()
	}
	encoding.Wait()
	result := p.result(time.Since(wall), processTime()-cpu, m.Canvases(), costs)
	for _, l := range lines {
		err = errors.Join(err, l.failure())
	}
	return result, errors.Join(err, soundFailed, ctx.Err())
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

// benchOutput writes each packet at once: the bench loses none and waits for all.
type benchOutput struct {
	mu      sync.Mutex
	sink    publish.Sink
	err     error
	to      string
	folder  string // where a file is made; "": it goes to a network
	written string // the file in there
}

// openBenchOutput connects to a network, or begins a file that is put in its place
// at the end.
func openBenchOutput(ctx context.Context, to string, streams []*packet.Stream) (o *benchOutput, err error) {
	o = &benchOutput{to: to}
	var dial publish.Dial
	if strings.Contains(to, "://") {
		if dial, err = networkDial(to); err != nil {
			return nil, err
		}
	} else {
		if o.folder, err = os.MkdirTemp(filepath.Dir(to), ".studio-bench-"); err != nil {
			return nil, fmt.Errorf("write %s: choose a folder that studio may write to", to)
		}
		dial = recording.New(recording.Options{Folder: o.folder, RotateAfter: -1, RotateBytes: -1, Written: func(path string, _ int64) { o.written = path }}).Dial
	}
	if o.sink, err = dial(ctx, streams); err != nil {
		return nil, errors.Join(err, os.RemoveAll(o.folder))
	}
	return o, nil
}

// Offer implements publish.Taker.
func (o *benchOutput) Offer(p *packet.Packet) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = o.sink.Write(p)
	}
}

func (o *benchOutput) close(keep bool) error {
	err := errors.Join(o.err, o.sink.Close())
	if o.folder == "" {
		return err
	}
	defer os.RemoveAll(o.folder)
	if err != nil || !keep {
		return err
	}
	return os.Rename(o.written, o.to)
}

// benchOutputs are where the canvases go.
type benchOutputs []*benchOutput

// offer hands a packet of sound to all.
func (b benchOutputs) offer(p *packet.Packet) {
	for _, o := range b {
		o.Offer(p)
	}
}

func (b benchOutputs) close(keep bool) error {
	var err error
	for _, o := range b {
		err = errors.Join(err, o.close(keep))
	}
	return err
}
