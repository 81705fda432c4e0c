package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"studio/capture"
	"studio/capture/clip"
	"studio/configs"
	"studio/media/picture"
	"studio/mixer"
	"studio/publish/iso"
)

// benchCameras are the files of a bench, those that are shown first.
type benchCameras interface {
	inputs(ctx context.Context) []mixer.Input
	// pass is told after each tick how far the programme is.
	pass(ctx context.Context, at time.Duration)
	close() error
}

func (p *benchPlan) openCameras(ctx context.Context) (benchCameras, error) {
	files := append(append([]string{}, p.shown...), p.hidden...)
	if p.pace {
		return startCameras(ctx, p.names(), files)
	}
	b := &benchReaders{shown: len(p.shown)}
	for i, path := range files {
		r, err := clip.OpenReader(path)
		if err != nil {
			return nil, errors.Join(err, b.close())
		}
		b.readers = append(b.readers, &benchReader{name: p.names()[i], reader: r})
	}
	return b, nil
}

// liveWithin is how long a file may take to be a camera.
const liveWithin = 10 * time.Second

// playing are files that the engine's own cameras play in real time.
type playing struct {
	cameras []*camera
	running errgroup.Group
	end     context.CancelFunc
}

// startCameras returns when all have a picture.
func startCameras(ctx context.Context, names, files []string) (*playing, error) {
	p := &playing{}
	ctx, p.end = context.WithCancel(ctx)
	deaf := func(string) clip.Ear { return nil }
	for i, path := range files {
		var keeper *iso.Recorder
		cam, err := newCamera(configs.Camera{Name: names[i], File: path}, 0, time.Time{}, deaf, keeper, logger())
		if err != nil {
			return nil, errors.Join(err, p.close())
		}
		p.cameras = append(p.cameras, cam)
		p.running.Go(func() error { return cam.run(ctx) })
	}
	deadline := time.Now().Add(liveWithin)
	for _, cam := range p.cameras {
		for !cam.live() {
			if time.Now().After(deadline) || ctx.Err() != nil {
				return nil, errors.Join(fmt.Errorf("%s: %s", cam.Name, cam.supervised.Status().Message.En), ctx.Err(), p.close())
			}
			time.Sleep(lookInterval)
		}
	}
	return p, nil
}

func (p *playing) inputs(context.Context) (list []mixer.Input) {
	for _, cam := range p.cameras {
		list = append(list, cam.input())
	}
	return list
}

func (p *playing) pass(context.Context, time.Duration) {}

func (p *playing) close() error {
	p.end()
	return p.running.Wait()
}

// benchReaders are files that are read by the program time, as fast as it goes.
type benchReaders struct {
	readers []*benchReader
	shown   int
}

func (b *benchReaders) inputs(ctx context.Context) (list []mixer.Input) {
	for _, r := range b.readers {
		list = append(list, mixer.Input{
			Name: r.name, Slate: blackSlate{},
			Newest: func(at time.Duration) *capture.Frame { return r.at(ctx, at) },
		})
	}
	return list
}

// pass lets those that are not shown bring their frames as well.
func (b *benchReaders) pass(ctx context.Context, at time.Duration) {
	for _, r := range b.readers[b.shown:] {
		if f := r.at(ctx, at); f != nil {
			f.Release()
		}
	}
}

func (b *benchReaders) close() error {
	var err error
	for _, r := range b.readers {
		err = errors.Join(err, r.err)
		r.close()
	}
	return err
}

// benchReader plays a file by the program time, over and over.
type benchReader struct {
	name   string
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
