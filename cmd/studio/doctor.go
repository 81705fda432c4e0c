package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"studio/capture/microphone"
	"studio/capture/v4l2"
	"studio/configs"
	"studio/configs/layouts"
	"studio/encode"
	"studio/hw/serialport"
	"studio/media/packet"
	"studio/media/picture"
	"studio/overlay/svg"
)

// finding is one thing that the doctor looked at.
type finding struct {
	About  string `json:"about"`
	State  string `json:"state"` // ok, note, fault
	Found  string `json:"found"`
	Remedy string `json:"remedy,omitempty"` // what to do; empty if nothing
}

const (
	stateOK    = "ok"
	stateNote  = "note"  // the box works without
	stateFault = "fault" // something will not work
)

func doctorCommand() *cobra.Command {
	var asJSON bool
	var folder string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Says what this box has, what is wrong with it and what to do",
		Long: `Looks at cameras, microphones, serial ports, rights, fonts, the encoder's speed and
the disk, and says what to do about each fault. It exits with 1 if there is one.`,
		Example: `  studio doctor
  studio doctor --json
  studio doctor --folder /var/lib/studio`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings := examine(folder)
			if err := report(cmd.OutOrStdout(), findings, asJSON); err != nil {
				return err
			}
			faults := 0
			for _, f := range findings {
				if f.State == stateFault {
					faults++
				}
			}
			if faults > 0 {
				return fmt.Errorf("doctor: %d faults found", faults)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	cmd.Flags().StringVar(&folder, "folder", ".", "recording `DIR` whose disk is looked at")
	return cmd
}

func examine(folder string) []finding {
	return slices.Concat(examineOnAir(folder), lookAtMicrophones(), lookAtEncoder())
}

// examineOnAir looks at what can be looked at beside a programme: no encoder is tried,
// and no microphone is opened, which could take the USB bus away from a camera.
func examineOnAir(folder string) []finding {
	return slices.Concat(lookAtCameras(), lookAtSerialPorts(), lookAtFonts(), lookAtLayouts(), lookAtDisk(folder))
}

func report(w io.Writer, findings []finding, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(findings)
	}
	for _, f := range findings {
		if _, err := fmt.Fprintf(w, "%-6s %-14s %s\n", f.State, f.About, f.Found); err != nil {
			return err
		}
		if f.Remedy != "" {
			if _, err := fmt.Fprintf(w, "%21s → %s\n", "", f.Remedy); err != nil {
				return err
			}
		}
	}
	return nil
}

func lookAtCameras() []finding {
	nodes, err := v4l2.Nodes()
	if err != nil {
		return []finding{{"cameras", stateFault, err.Error(), "see whether /sys and /dev can be read"}}
	}
	var list []finding
	for _, d := range nodes {
		switch {
		case d.LeftOut != "":
			continue
		case d.Problem != nil:
			list = append(list, finding{"camera", stateFault, fmt.Sprintf("%s: %v", d.Path, d.Problem), rightsRemedy(d.Problem, "video")})
		default:
			list = append(list, finding{About: "camera", State: stateOK,
				Found: fmt.Sprintf("%s  card: %q  serial: %q  port: %q", d.Path, d.Card, d.Identity.Serial, d.Identity.Port)})
		}
	}
	if len(list) == 0 {
		return []finding{{"cameras", stateNote, "none is connected", "plug in a USB camera (UVC) and look again"}}
	}
	return list
}

// rightsRemedy says what to do about a device that cannot be opened.
func rightsRemedy(err error, group string) string {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Sprintf("let the user who runs studio into the group %s: sudo usermod -aG %s %s, then log in again", group, group, os.Getenv("USER"))
	}
	return "end the program that uses it, or plug it in again"
}

func lookAtMicrophones() []finding {
	devices, err := microphone.Devices()
	if err != nil {
		return []finding{{"microphones", stateNote, err.Error(), "the programme is silent without; see whether ALSA or PulseAudio runs"}}
	}
	var list []finding
	for _, d := range devices {
		list = append(list, finding{About: "microphone", State: stateOK, Found: d.Name})
	}
	if len(list) == 0 {
		return []finding{{"microphones", stateNote, "none is connected", "plug one in; without, the programme is silent"}}
	}
	return list
}

func lookAtSerialPorts() []finding {
	ports, err := serialport.List()
	if err != nil {
		return []finding{{"serial ports", stateFault, err.Error(), "see whether /sys and /dev can be read"}}
	}
	var list []finding
	for _, p := range ports {
		f := finding{About: "serial port", State: stateOK,
			Found: fmt.Sprintf("%s  vendor: %q  product: %q  serial: %q  port: %q", p.Path, p.Vendor, p.Product, p.Serial, p.PortPath)}
		if err := unix.Access(p.Path, unix.R_OK|unix.W_OK); err != nil {
			f.State, f.Remedy = stateFault, rightsRemedy(err, "dialout")
		}
		list = append(list, f)
	}
	if len(list) == 0 {
		return []finding{{"serial ports", stateNote, "none is connected", "plug in the instrument's USB adapter and look again"}}
	}
	return list
}

func lookAtFonts() []finding {
	const sample = "釉色青瓷"
	if svg.Measure(sample, svg.Font{Family: "Noto Sans CJK SC", Size: 48}).Unknown > 0 {
		return []finding{{"fonts", stateFault, "no Chinese font: captions would be boxes", "sudo apt-get install fonts-noto-cjk"}}
	}
	return []finding{{About: "fonts", State: stateOK, Found: "Chinese can be drawn"}}
}

// lookAtEncoder measures libx264 for both canvases and tries devices' encoders.
func lookAtEncoder() []finding {
	rate := packet.Rational{Num: 30, Den: 1}
	landscape, portrait := picture.Size{Width: 1920, Height: 1080}, picture.Size{Width: 1080, Height: 1920}
	box, err := encode.Measure(context.Background(), landscape, rate, 4_500_000)
	if err != nil {
		return []finding{{"encoder", stateFault, err.Error(), "sudo apt-get install --reinstall libx264-164 libavcodec59"}}
	}
	one, two := encode.Canvas{Name: "landscape", Size: landscape, Rate: rate}, encode.Canvas{Name: "portrait", Size: portrait, Rate: rate}
	_, fits, words := box.Choose([]encode.Canvas{one})
	f := finding{About: "encoder", State: stateOK, Found: "libx264, one canvas: " + words.En}
	if !fits {
		f.State, f.Remedy = stateFault, "in the configuration: preset: ultrafast, or size: 1280x720"
	}
	list := []finding{f}
	_, fits, words = box.Choose([]encode.Canvas{one, two})
	f = finding{About: "encoder", State: stateOK, Found: "libx264, both canvases: " + words.En}
	if !fits {
		f.State, f.Remedy = stateNote, "both at once want a smaller size: 1280x720 and 720x1280"
	}
	return append(append(list, f), lookAtDevicesEncoders(landscape, rate)...)
}

func lookAtDevicesEncoders(size picture.Size, rate packet.Rational) (list []finding) {
	self, err := os.Executable()
	if err != nil {
		return []finding{{"encoder", stateNote, err.Error(), ""}}
	}
	for _, c := range encode.Probe(context.Background(), encode.VideoOptions{Size: size, Rate: rate, BitsPerSecond: 4_500_000}, encode.InChild(self, encode.TrialCommand)) {
		switch {
		case c.Name == encode.X264:
		case c.OK:
			list = append(list, finding{About: "encoder", State: stateOK, Found: fmt.Sprintf("%s works: %.1f ms a picture", c.Name, c.MillisecondsPerFrame)})
		default:
			list = append(list, finding{About: "encoder", State: stateNote, Found: c.Name + " does not work here: " + c.Reason})
		}
	}
	return list
}

// lookAtLayouts lists what the configuration may name.
func lookAtLayouts() []finding {
	library, err := layouts.Library("")
	if err != nil {
		return []finding{{"layouts", stateFault, err.Error(), "install studio anew"}}
	}
	list, err := platforms(&configs.Config{})
	if err != nil {
		return []finding{{"platforms", stateFault, err.Error(), "install studio anew"}}
	}
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.Name
	}
	return []finding{
		{About: "layouts", State: stateOK, Found: strings.Join(library.Names(), ", ")},
		{About: "platforms", State: stateOK, Found: strings.Join(names, ", ")},
	}
}

// Bytes that a recording of 4.5 Mb/s fills in an hour, and the hours below which
// the doctor worries.
const (
	bytesPerHour = 4_628_000 / 8 * 3600
	fewHours     = 8
)

func lookAtDisk(folder string) []finding {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return []finding{{"disk", stateFault, fmt.Sprintf("%s: %v", folder, err), "make the folder, or name another with --folder"}}
	}
	free := s.Bavail * uint64(s.Bsize)
	hours := float64(free) / bytesPerHour
	f := finding{About: "disk", State: stateOK, Found: fmt.Sprintf("%s: %.1f GB free, %.0f hours of recording", folder, float64(free)/1e9, hours)}
	if hours < fewHours {
		f.State, f.Remedy = stateNote, "make room, or record to another disk"
	}
	return []finding{f}
}
