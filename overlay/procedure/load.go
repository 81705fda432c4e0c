package procedure

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// MostSteps is how many steps a procedure may have: more do not fit the process
// diagram legibly.
const MostSteps = 8

// MostCameras is how many cameras a shot may name: as many as a layout has slots.
const MostCameras = 4

// reserved are the words that Move takes for something else than a step's name.
var reserved = []string{"next", "previous"}

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

const nameHelp = "1 to 40 of a to z, 0 to 9 and -, not beginning with -"

// Load reads the procedure called name from name.yaml in fsys. If there is no
// such file the error lists those that there are.
func Load(fsys fs.FS, name string) (*Procedure, error) {
	data, err := fs.ReadFile(fsys, name+".yaml")
	if err != nil {
		names, _ := Names(fsys)
		return nil, fmt.Errorf("load procedure %q: %w; there are: %s", name, err, strings.Join(names, ", "))
	}
	return Parse(name+".yaml", data)
}

// Names lists the procedures in fsys in alphabetical order.
func Names(fsys fs.FS) ([]string, error) {
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, err
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(file, ".yaml")
	}
	slices.Sort(files)
	return files, nil
}

// Parse reads a procedure. file is what errors call it; they are one line each
// and name the file, the line, the key, the value and what is allowed.
func Parse(file string, data []byte) (*Procedure, error) {
	p, err := parse(file, data)
	if err != nil {
		return nil, fmt.Errorf("procedure %w", err)
	}
	return p, nil
}

func parse(file string, data []byte) (*Procedure, error) {
	root, err := parseYAML(file, data)
	if err != nil {
		return nil, err
	}
	top, err := root.keys("title", "steps")
	if err != nil {
		return nil, err
	}
	p := &Procedure{Name: strings.TrimSuffix(path.Base(file), ".yaml")}
	if p.Title, err = top.text("title"); err != nil {
		return nil, err
	}
	list, err := top.list("steps", 1, MostSteps)
	if err != nil {
		return nil, err
	}
	for _, v := range list {
		step, err := parseStep(v, p.names())
		if err != nil {
			return nil, err
		}
		p.Steps = append(p.Steps, step)
	}
	return p, nil
}

func parseStep(v value, taken []string) (s Step, err error) {
	m, err := v.keys("name", "title", "caption", "shot", "overlays", "ends")
	if err != nil {
		return s, err
	}
	if s.Name, err = m.name("name"); err != nil {
		return s, err
	}
	if slices.Contains(reserved, s.Name) || slices.Contains(taken, s.Name) {
		return s, m.get("name").wrong("a name that no other step has, other than " + strings.Join(reserved, ", "))
	}
	if s.Title, err = m.text("title"); err != nil {
		return s, err
	}
	if s.Caption, err = m.text("caption"); err != nil {
		return s, err
	}
	if s.Shot, err = parseShot(m.get("shot")); err != nil {
		return s, err
	}
	if m.has("overlays") {
		list, err := m.list("overlays", 0, 8)
		if err != nil {
			return s, err
		}
		for _, v := range list {
			o, err := parseOverlay(v)
			if err != nil {
				return s, err
			}
			s.Overlays = append(s.Overlays, o)
		}
	}
	if m.has("ends") {
		s.Ends, err = parseEnd(m.get("ends"))
	}
	return s, err
}

func parseShot(v value) (s Shot, err error) {
	m, err := v.keys("layout", "cameras", "transition")
	if err != nil {
		return s, err
	}
	if s.Layout, err = m.oneOf("layout", Layouts); err != nil {
		return s, err
	}
	list, err := m.list("cameras", 1, MostCameras)
	if err != nil {
		return s, err
	}
	for _, v := range list {
		camera, err := v.scalar()
		if err != nil {
			return s, err
		}
		if !nameForm.MatchString(camera) || slices.Contains(s.Cameras, camera) {
			return s, v.wrong("a camera's name, each once: " + nameHelp)
		}
		s.Cameras = append(s.Cameras, camera)
	}
	s.Transition = "dissolve"
	if m.has("transition") {
		s.Transition, err = m.oneOf("transition", Transitions)
	}
	return s, err
}

func parseOverlay(v value) (o Overlay, err error) {
	m, err := v.keys("template", "channel", "title", "set")
	if err != nil {
		return o, err
	}
	if o.Template, err = m.name("template"); err != nil {
		return o, err
	}
	if m.has("channel") {
		if o.Channel, err = m.name("channel"); err != nil {
			return o, err
		}
	}
	if m.has("title") {
		if o.Title, err = m.text("title"); err != nil {
			return o, err
		}
	}
	if m.has("set") {
		o.Set, err = m.get("set").strings()
	}
	return o, err
}

func parseEnd(v value) (e End, err error) {
	const help = "touch, or after and a time from 1s to 12h: after 90s"
	text, err := v.scalar()
	if err != nil {
		return e, err
	}
	if text == "touch" {
		return e, nil
	}
	after, ok := strings.CutPrefix(text, "after ")
	if !ok {
		return e, v.wrong(help)
	}
	if e.After, err = time.ParseDuration(strings.TrimSpace(after)); err != nil || e.After < time.Second || e.After > 12*time.Hour {
		return e, v.wrong(help)
	}
	return e, nil
}
