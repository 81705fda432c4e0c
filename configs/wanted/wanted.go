// Package wanted keeps what people want of the box: on air or not, which
// destinations, which canvases. It is stored at every change, so that after a
// crash, a power cut or a reboot the box goes on as it was wanted without a touch,
// and what was stopped stays stopped.
package wanted

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"studio/configs/atomic"
)

// State is everything that is wanted. Names that it does not list are as the
// configuration has them.
type State struct {
	Broadcast bool `json:"broadcast"`
	Recording bool `json:"recording"`
	// RecordingWithBroadcast: nobody asked for the recording but the broadcast, with
	// which it ends.
	RecordingWithBroadcast bool            `json:"recordingWithBroadcast,omitempty"`
	Privacy                bool            `json:"privacy"`
	Director               *bool           `json:"director,omitempty"`
	Destinations           map[string]bool `json:"destinations,omitempty"`
	Canvases               map[string]bool `json:"canvases,omitempty"`
	Kept                   map[string]bool `json:"kept,omitempty"` // cameras whose own picture is recorded
	// What was set by hand, in place of what the configuration says.
	Sound    map[string]Sound  `json:"sound,omitempty"`    // by source
	DelaysMS map[string]int    `json:"delaysMs,omitempty"` // by camera
	Framings map[Place]Framing `json:"framings,omitempty"`
	Needs    map[string]Need   `json:"needs,omitempty"` // by destination
	Added    []Added           `json:"added,omitempty"` // destinations beside those of the configuration
}

// Added is a destination that was made by hand; its address may hold a secret and is
// kept where secrets are.
type Added struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Canvas string `json:"canvas"`
}

// Need is what a destination is sent; nil is as the configuration has it.
type Need struct {
	Canvas        *string `json:"canvas,omitempty"`
	Platform      *string `json:"platform,omitempty"` // "": none
	Size          *string `json:"size,omitempty"`     // WIDTHxHEIGHT; "": the canvas's
	Profile       *string `json:"profile,omitempty"`  // "": the canvas's
	BitsPerSecond *int    `json:"bitsPerSecond,omitempty"`
}

// Sound is how a source is heard.
type Sound struct {
	GainDB     float64 `json:"gainDb"`
	DelayMS    int     `json:"delayMs"`
	HighPassHz int     `json:"highPassHz"`
	Mute       bool    `json:"mute"`
	Solo       bool    `json:"solo"`
	Follow     bool    `json:"follow"`
}

// Place is a camera on a canvas, as "canvas/camera".
type Place string

// At names a camera on a canvas.
func At(canvas, camera string) Place { return Place(canvas + "/" + camera) }

// Framing is which part of a camera a canvas shows.
type Framing struct {
	FocusX float64 `json:"focusX"`
	FocusY float64 `json:"focusY"`
	Zoom   float64 `json:"zoom"`
	Rotate int     `json:"rotate"`
	Mirror bool    `json:"mirror"`
}

func (s State) clone() State {
	s.Destinations, s.Canvases, s.Kept = maps.Clone(s.Destinations), maps.Clone(s.Canvases), maps.Clone(s.Kept)
	s.Sound, s.DelaysMS, s.Framings = maps.Clone(s.Sound), maps.Clone(s.DelaysMS), maps.Clone(s.Framings)
	s.Needs, s.Added = maps.Clone(s.Needs), slices.Clone(s.Added) // what needs point at is never changed
	if s.Director != nil {
		on := *s.Director
		s.Director = &on
	}
	return s
}

// Set notes a wish for one name.
func Set[K comparable, V any](m *map[K]V, name K, wish V) {
	if *m == nil {
		*m = make(map[K]V)
	}
	(*m)[name] = wish
}

// On tells whether a name is wanted; otherwise is what the configuration says.
func On(m map[string]bool, name string, otherwise bool) bool {
	if on, ok := m[name]; ok {
		return on
	}
	return otherwise
}

// version is of the file's form.
const version = 1

// file is the state as it is stored: the sum tells a whole file from one that was
// damaged.
type file struct {
	Version int             `json:"version"`
	Sum     uint32          `json:"sum"` // CRC-32 (IEEE) of State's bytes
	State   json.RawMessage `json:"state"`
}

// Store is the state and the file that it is kept in. Anybody may call it.
type Store struct {
	path string

	mu    sync.Mutex
	state State
}

// Open reads the state from folder, which is made if need be. note, if not empty,
// is a sentence about what had to be given up: the file was damaged and the
// version before it, or nothing, stands in.
func Open(folder string) (s *Store, note string, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, "", fmt.Errorf("folder for the wanted state: %w", err)
	}
	s = &Store{path: filepath.Join(folder, "wanted.json")}
	s.state, err = read(s.path)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return s, "", nil
	}
	damaged := err
	if s.state, err = read(s.path + atomic.Previous); err == nil {
		return s, fmt.Sprintf("what was wanted could not be read (%v): the version before it stands in", damaged), nil
	}
	s.state = State{}
	return s, fmt.Sprintf("what was wanted could not be read (%v): nothing is started by itself", damaged), nil
}

func read(path string) (State, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return State{}, err
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return State{}, fmt.Errorf("%s is damaged", path)
	}
	if f.Version != version {
		return State{}, fmt.Errorf("%s is of version %d: this program knows %d", path, f.Version, version)
	}
	if crc32.ChecksumIEEE(f.State) != f.Sum {
		return State{}, fmt.Errorf("%s is damaged", path)
	}
	var s State
	if err := json.Unmarshal(f.State, &s); err != nil {
		return State{}, fmt.Errorf("%s is damaged", path)
	}
	return s, nil
}

// State returns what is wanted now.
func (s *Store) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.clone()
}

// Change edits the state and returns when it is on the disk. If it cannot be
// stored the change holds all the same until the program ends, and the error says
// why it would be forgotten.
func (s *Store) Change(edit func(*State)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit(&s.state)
	state, err := json.Marshal(s.state)
	if err != nil {
		return fmt.Errorf("store what is wanted: %w", err)
	}
	data, err := json.Marshal(file{version, crc32.ChecksumIEEE(state), state})
	if err != nil {
		return fmt.Errorf("store what is wanted: %w", err)
	}
	return atomic.Write(s.path, data, 0o600)
}
