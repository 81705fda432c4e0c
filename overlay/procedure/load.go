package procedure

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"studio/configs/strict"
)

// MostSteps is how many steps a procedure may have: more do not fit the process
// diagram legibly.
const MostSteps = 8

// MostCameras is how many cameras a shot may name: as many as a layout has slots.
const MostCameras = 4

// MostOverlays is how many overlays a step may show.
const MostOverlays = 8

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
	var f fileProcedure
	doc, err := strict.Decode(file, data, &f)
	if err != nil {
		return nil, fmt.Errorf("procedure %w", err)
	}
	r := &reader{doc: doc}
	p := r.procedure(strings.TrimSuffix(path.Base(file), ".yaml"), &f)
	if r.err != nil {
		return nil, fmt.Errorf("procedure %w", r.err)
	}
	return p, nil
}
