package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"studio/capture"
	"studio/capture/clip"
	"studio/capture/drawn"
	"studio/capture/v4l2"
	"studio/configs"
	"studio/mixer"
	"studio/overlay/svg"
	"studio/publish/iso"
	"studio/ui"
)

// camera is a source of pictures with what supervises it. A drawn camera has no
// supervisor: it is made at the very time that the mixer asks for, as a camera
// with genlock would be.
type camera struct {
	configs.Camera
	drawn      *drawn.Source
	supervised *capture.Camera
	slate      capture.Painter
}

// newCameras makes all cameras, several at a time: a drawn one paints its scenery
// first. ears says where the sound of a camera's file goes, keepers what keeps its
// own pictures; both may have nothing for a camera.
func newCameras(c *configs.Config, start time.Time, ears func(camera string) clip.Ear, keepers func(camera string) *iso.Recorder, log *slog.Logger) ([]*camera, error) {
	cameras := make([]*camera, len(c.Cameras))
	var making errgroup.Group
	for i, cc := range c.Cameras {
		making.Go(func() (err error) {
			cameras[i], err = newCamera(cc, c.MainsHz, start, ears, keepers(cc.Name), log)
			return err
		})
	}
	return cameras, making.Wait()
}

func newCamera(c configs.Camera, mainsHz int, start time.Time, ears func(camera string) clip.Ear, keeper *iso.Recorder, log *slog.Logger) (*camera, error) {
	cam := &camera{Camera: c, slate: drawn.NewSlate(c.Title.Zh, c.Title.En, svg.Render)}
	var source capture.Source
	var err error
	switch {
	case c.Drawn != "":
		cam.drawn, err = drawn.New(drawn.Options{
			Scene: c.Drawn, Size: c.Size, FrameRate: c.Rate, Start: start, Code: true, Rasterize: svg.Render,
		})
		return cam, err
	case c.File != "":
		source, err = clip.New(clip.Options{Path: c.File, Sound: ears(c.Name)})
	default:
		source, err = v4l2.New(v4l2.Options{
			Name:   c.Name,
			Select: v4l2.Selector{Serial: c.Device.Serial, Port: c.Device.Port, Card: c.Device.Card, Path: c.Device.Path},
			Size:   c.Size, FrameRate: c.Rate, Format: cameraFormat(c.Format), MainsHz: mainsHz, Controls: c.Controls, Log: log,
		})
	}
	if err != nil {
		return nil, fmt.Errorf("camera %q: %w", c.Name, err)
	}
	o := capture.CameraOptions{Name: c.Name, Source: source, Delay: c.Delay, Log: log}
	if keeper != nil {
		o.Tap = keeper.Offer
	}
	cam.supervised = capture.NewCamera(o)
	return cam, nil
}

// cameraFormat is what a camera is told to send; 0 leaves it open.
func cameraFormat(name string) capture.Format {
	return map[string]capture.Format{"mjpeg": capture.MJPEG, "h264": capture.H264}[name]
}

// newest returns the camera's frame for a program time, held once, or nil.
func (c *camera) newest(at time.Duration) *capture.Frame {
	if c.drawn == nil {
		return c.supervised.Mailbox().Newest()
	}
	return c.drawn.Frame(uint64(float64(at)/float64(time.Second)*c.Rate.Float() + 0.5))
}

func (c *camera) input() mixer.Input {
	in := mixer.Input{Name: c.Name, Newest: c.newest, Slate: c.slate}
	if c.supervised != nil {
		in.Damaged = c.supervised.Mailbox().CountDamaged
	}
	return in
}

// delay is for how long the camera waits.
func (c *camera) delay() time.Duration {
	if c.supervised == nil {
		return 0
	}
	return c.supervised.Mailbox().Delay()
}

// live tells whether the camera has a picture.
func (c *camera) live() bool {
	return c.supervised == nil || ui.State(c.supervised.Status().State) == ui.Live
}

// run supervises the camera until ctx ends.
func (c *camera) run(ctx context.Context) error {
	if c.supervised == nil {
		return nil
	}
	return c.supervised.Run(ctx)
}

func (c *camera) status(onAir bool) ui.Camera {
	s := ui.Camera{Name: c.Name, Title: ui.Text(c.Title), State: ui.Live, OnAir: onAir,
		Format: capture.Drawn.String(), Width: c.Size.Width, Height: c.Size.Height, FrameRate: c.Rate.Float()}
	if c.supervised == nil {
		return s
	}
	status := c.supervised.Status()
	s.State, s.Message = ui.State(status.State), status.Message
	s.Format = status.Mode.Format.String()
	s.Width, s.Height, s.FrameRate = status.Mode.Width, status.Mode.Height, status.FramesPerSecond
	s.Frames, s.DelayMS = status.Counts.Frames, int(c.delay().Milliseconds())
	s.Lost = status.Counts.Missed + status.Counts.Damaged + status.Counts.Exhausted
	return s
}

// watchDevices wakes waiting cameras as soon as a device appears.
func watchDevices(ctx context.Context, cameras []*camera) error {
	return v4l2.Watch(ctx, func() {
		for _, c := range cameras {
			if c.supervised != nil {
				c.supervised.Wake()
			}
		}
	})
}
