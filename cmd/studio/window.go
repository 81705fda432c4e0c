package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"studio/configs"
	"studio/media/picture"
	"studio/publish"
	"studio/publish/virtualcam"
	"studio/publish/window"
	"studio/publish/window/screen"
)

// windowCommand is the process that draws a clean window for the engine; people do
// not call it.
func windowCommand() *cobra.Command {
	return &cobra.Command{
		Use:                window.Command,
		Short:              "Shows the programme on a display for the engine",
		Example:            "  studio " + window.Command + " 1 1920 1080",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			return screen.Run(args)
		},
	}
}

// picturesOf says how to open a destination that shows whole pictures, without an
// encode and without sound; nil: it takes packets.
func (e *engine) picturesOf(d configs.Destination, l *line) (publish.PictureDial, error) {
	if d.Kind != "virtualcam" && d.Kind != "window" {
		return nil, nil
	}
	if d.BitsPerSecond > 0 || d.Profile != "" {
		return nil, &publish.Error{Text: publish.Text{
			Zh: fmt.Sprintf("码率和档次：%s 类去向接收画面，不需要编码", d.Kind),
			En: fmt.Sprintf("bitrate and profile: a destination of kind %s takes pictures, not an encode", d.Kind),
		}}
	}
	size := d.Size
	if size == (picture.Size{}) {
		size = l.Size
	}
	_, place, _ := strings.Cut(d.Address, "://")
	if d.Kind == "window" {
		return window.Dial(window.Options{Display: place, Size: size, Log: e.log}), nil
	}
	return virtualcam.Dial(virtualcam.Options{Device: place, Size: size, Rate: l.rate}), nil
}

// openPictures starts to show the line's pictures.
func (p *post) openPictures(ctx context.Context, log *slog.Logger) (*posted, error) {
	d, err := publish.NewPictures(publish.PictureOptions{Name: p.Name, Kind: p.Kind, Address: p.whole(), Dial: p.pictures, Log: log})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	running := &posted{destination: d, cancel: cancel, ended: make(chan struct{})}
	hide := p.line.show(&viewer{func(shown programPicture) { d.Offer(shown.pic) }})
	go func() {
		defer close(running.ended)
		defer hide()
		if err := d.Run(ctx); err != nil {
			log.Warn("destination did not end cleanly", "destination", p.Name, "error", err)
		}
	}()
	return running, nil
}
