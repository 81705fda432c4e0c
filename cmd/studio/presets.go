package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"

	"studio/configs"
	"studio/encode"
	"studio/ui"
)

// presets is what the box's encoders can do, found out at the start.
type presets struct {
	words   ui.Text
	found   []string       // for the log, when the engine runs
	threads map[string]int // of libx264, by canvas; 0: as it likes
}

// choose settles each canvas's encoder and preset: devices' encoders are tried where
// nobody chose one, and the box is measured where a preset is left to it.
func (p *presets) choose(c *configs.Config) ([]configs.Canvas, error) {
	canvases := slices.Clone(c.Canvases)
	p.threads = make(map[string]int)
	for i := range canvases {
		if err := p.chooseEncoder(&canvases[i], c); err != nil {
			return nil, err
		}
	}
	return canvases, p.choosePresets(canvases, c)
}

func (p *presets) chooseEncoder(canvas *configs.Canvas, c *configs.Config) error {
	if canvas.Encoder != "" {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("try devices' encoders: %w", err)
	}
	candidates := encode.Probe(context.Background(), encode.VideoOptions{
		Size: canvas.Size, Rate: c.Rate, BitsPerSecond: canvas.BitsPerSecond,
	}, encode.InChild(self, encode.TrialCommand))
	var why encode.Text
	canvas.Encoder, why = encode.ChooseEncoder(candidates, c.Rate)
	p.found = append(p.found, fmt.Sprintf("canvas %s: %s", canvas.Name, why.En))
	return nil
}

func (p *presets) choosePresets(canvases []configs.Canvas, c *configs.Config) error {
	var asking []encode.Canvas
	auto := false
	for _, canvas := range canvases {
		if canvas.Encoder != encode.X264 {
			continue
		}
		preset := canvas.Preset
		if preset == configs.Auto {
			preset, auto = "", true
		}
		p.threads[canvas.Name] = encode.Threads(canvas.Size, c.Rate, max(1, runtime.NumCPU()/len(canvases)))
		asking = append(asking, encode.Canvas{Name: canvas.Name, Size: canvas.Size, Rate: c.Rate, Preset: preset})
	}
	if !auto {
		return nil
	}
	box, err := encode.Measure(context.Background(), asking[0].Size, c.Rate, canvases[0].BitsPerSecond)
	if err != nil {
		return err
	}
	choices, _, words := box.Choose(asking)
	p.words = ui.Text(words)
	p.found = append(p.found, words.En)
	for i, choice := range choices {
		for j := range canvases {
			if canvases[j].Name == asking[i].Name {
				canvases[j].Preset, p.threads[canvases[j].Name] = choice.Preset, choice.Threads
			}
		}
	}
	return nil
}
