package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"studio/configs"
	"studio/encode"
	"studio/hw/hwtest"
	"studio/media/packet"
	"studio/media/picture"
	"studio/mixer/scene"
	"studio/support"
	"studio/ui"
)

// demoOptions are the flags of studio demo.
type demoOptions struct {
	headless bool
	duration time.Duration
	record   string
	to       []string
	listen   string
	socket   string
}

func demoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Shows a whole programme with no camera, account or server at hand",
		Long: `Runs the engine on three drawn cameras, a simulated kiln and a simulated scale, with
the technician's page and, where there is a display, the kiosk. With --to or
--record it is on air from the start; otherwise the page or the kiosk starts it.`,
		Example: `  studio demo
  studio demo --headless --duration 20s --to rtmp://127.0.0.1/live/x --record /tmp/demo
  studio demo --to http://127.0.0.1:8889/x/whip`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, said := remember()
			return demo(cmd.Context(), o, log, said)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.headless, "headless", false, "do not open the kiosk even if there is a display")
	f.DurationVar(&o.duration, "duration", 0, "end after this time, such as 10s (default: until interrupted)")
	f.StringVar(&o.record, "record", "", "record into this `DIR` (default: a temporary folder that is removed at the end)")
	f.StringArrayVar(&o.to, "to", nil, "broadcast to this `URL`: rtmp, rtmps, srt, or http(s) for WHIP; may be given several times")
	f.StringVar(&o.listen, "listen", configs.DefaultListen, "`ADDRESS` of the page, loopback only")
	f.StringVar(&o.socket, "socket", "", "`PATH` of the kiosk's socket (default: in the user's runtime folder)")
	return cmd
}

func demo(ctx context.Context, o demoOptions, log *slog.Logger, said *support.Log) (err error) {
	if o.duration < 0 {
		return fmt.Errorf("--duration %v: allowed: a time above 0, such as 10s", o.duration)
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	folder, err := os.MkdirTemp("", "studio-demo-")
	if err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer os.RemoveAll(folder)
	config, err := demoConfig(o, folder)
	if err != nil {
		return err
	}
	kiln, err := hwtest.NewKiln(hwtest.KilnOptions{Link: filepath.Join(folder, "kiln"), Start: 0.3})
	if err != nil {
		return fmt.Errorf("simulate a kiln: %w", err)
	}
	scale, err := hwtest.NewScale(hwtest.ScaleOptions{Link: filepath.Join(folder, "scale")})
	if err != nil {
		kiln.Close()
		return fmt.Errorf("simulate a scale: %w", err)
	}
	e, err := newEngine(config, log)
	if err != nil {
		kiln.Close()
		scale.Close()
		return err
	}
	e.said = said
	parts, ctx := errgroup.WithContext(ctx)
	parts.Go(func() error { return kiln.Run(ctx) })
	parts.Go(func() error { return scale.Run(ctx) })
	parts.Go(func() error {
		return e.Run(ctx, func() {
			if o.duration > 0 { // counted from the first picture on
				time.AfterFunc(o.duration, end)
			}
			demoReady(ctx, o, e, parts)
		})
	})
	return parts.Wait()
}

// demoReady goes on air if there is somewhere to go and opens the kiosk if there
// is a display.
func demoReady(ctx context.Context, o demoOptions, e *engine, parts *errgroup.Group) {
	fmt.Fprintf(os.Stderr, "studio %s: watch the programme on http://%s/\n", version, e.config.Listen)
	if o.record == "" {
		fmt.Fprintf(os.Stderr, "studio: recordings go to %s and are removed at the end; --record DIR keeps them\n", e.config.Recording.Folder)
	}
	if len(o.to) > 0 || o.record != "" {
		parts.Go(func() error {
			if err := e.Do(ctx, ui.Broadcast{On: true}); err != nil && ctx.Err() == nil {
				return err
			}
			return nil
		})
	}
	if o.headless || os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return
	}
	parts.Go(func() error {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("open the kiosk: %w", err)
		}
		kiosk := exec.CommandContext(ctx, self, "kiosk", "--socket", e.config.Socket, "--window")
		kiosk.Stderr = os.Stderr
		kiosk.Cancel = func() error { return kiosk.Process.Signal(os.Interrupt) }
		kiosk.WaitDelay = 3 * time.Second
		if err := kiosk.Run(); err != nil && ctx.Err() == nil {
			e.log.Warn("the kiosk ended, the programme goes on", "error", err)
		}
		return nil
	})
}

// demoConfig is a workshop at hand for everybody.
func demoConfig(o demoOptions, folder string) (*configs.Config, error) {
	rate := packet.Rational{Num: 30, Den: 1}
	size := picture.Size{Width: 1920, Height: 1080}
	drawn := func(name, zh, en string) configs.Camera {
		return configs.Camera{Name: name, Title: configs.Text{Zh: zh, En: en}, Drawn: name, Size: size, Rate: rate}
	}
	c := &configs.Config{
		Name: "青瓷工坊 · Celadon", Listen: o.listen, Socket: o.socket, Rate: rate, MainsHz: 50,
		State: filepath.Join(folder, "state"),
		Canvases: []configs.Canvas{
			{Name: "landscape", Size: size, Encoder: encode.X264, Preset: "veryfast", BitsPerSecond: 4_500_000, LeastBits: 1_000_000, Layout: scene.PIP},
			{Name: "portrait", Size: picture.Size{Width: 1080, Height: 1920}, Encoder: encode.X264, Preset: "superfast", BitsPerSecond: 4_500_000, LeastBits: 1_000_000,
				Layout: scene.Full, Framings: map[string]configs.Framing{"wheel": {FocusX: 0.5, FocusY: 0.5, Zoom: 1}}},
		},
		Director: configs.Director{Triggers: []configs.Trigger{{When: "kiln1 >= 600 °C", Camera: "kiln"}}},
		Cameras:  []configs.Camera{drawn("wheel", "拉坯", "Wheel"), drawn("hands", "手法", "Hands"), drawn("kiln", "窑炉", "Kiln")},
		Craft:    "pottery",
		Rig: []configs.Instrument{
			{Name: "kiln", Protocol: "house-line", Port: configs.Port{Path: filepath.Join(folder, "kiln")}, Stale: 3 * time.Second,
				Channels: map[string]configs.Channel{"kiln1": {Name: "kiln1", Title: configs.Text{Zh: "窑温", En: "Kiln"}}}},
			{Name: "scale", Protocol: "mt-sics", Port: configs.Port{Path: filepath.Join(folder, "scale")}, Stale: 3 * time.Second,
				Interval: 200 * time.Millisecond,
				Channels: map[string]configs.Channel{"weight": {Name: "clay", Title: configs.Text{Zh: "泥料", En: "Clay"}}}},
		},
		Recording: configs.Recording{Folder: o.record, WithBroadcast: true, Canvases: []string{"landscape"}},
	}
	if c.Socket == "" {
		c.Socket = configs.DefaultSocket()
	}
	if c.Recording.Folder == "" {
		c.Recording.Folder = filepath.Join(folder, "recordings")
	}
	for i, address := range o.to {
		kind, err := configs.DestinationKind(address, "")
		if err != nil {
			return nil, fmt.Errorf("--to: %w", err)
		}
		c.Destinations = append(c.Destinations, configs.Destination{
			Name: fmt.Sprintf("%s %d", kind, i+1), Kind: kind, Address: address, Need: configs.Need{Canvas: "landscape"},
		})
	}
	return c, nil
}
