package mixer

import (
	"maps"

	"studio/media/picture"
	"studio/mixer/scene"
	"studio/words"
)

// PreviewPicture makes a picture of a canvas's preview at an even size of the
// canvas's shape, as Still does.
func (m *Mixer) PreviewPicture(d *Developer, canvasName string, size picture.Size) (*picture.Picture, error) {
	c, err := m.canvas(canvasName)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	shot := c.desk.Preview()
	c.mu.Unlock()
	if shot.Layout == "" {
		return nil, words.Errorf("canvas %q: there is nothing on preview", "预监是空的，请先选一个机位", canvasName)
	}
	return m.Still(d, canvasName, shot, size)
}

// Still makes a picture of how a canvas would show a shot now, held once, with the
// caller's developer and on the caller's goroutine: the programme is not touched.
func (m *Mixer) Still(d *Developer, canvasName string, shot scene.Shot, size picture.Size) (*picture.Picture, error) {
	c, err := m.canvas(canvasName)
	if err != nil {
		return nil, err
	}
	if err := m.check(c, shot); err != nil {
		return nil, err
	}
	placed, err := m.options.Layouts.Place(shot.Layout, size)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	framings := maps.Clone(c.framings)
	c.mu.Unlock()
	inputs := make(map[string]*input)
	for _, name := range shot.Cameras {
		in := newInput(m.inputs[name].Input)
		in.Damaged = nil // counted where the frame is on air
		inputs[name] = in
	}
	var art easel
	art.frame.Arrange(scene.NewProgram(shot).At(0), placed, placed, size)
	art.hang(inputs, framings, m.Now())
	for _, in := range inputs {
		for jobs := in.jobs(nil); len(jobs) > 0; jobs = in.settle(jobs[:0]) {
			for _, j := range jobs {
				j.do(d)
			}
		}
	}
	pic := art.compose(size, d.pool)
	for _, in := range inputs {
		in.forget() // keeps what was wanted
		in.forget()
	}
	if pic == nil {
		return nil, errNoPicture
	}
	return pic, nil
}
