package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"studio/configs"
	"studio/media/packet"
	"studio/publish"
	"studio/publish/avformat"
	"studio/publish/whip"
)

// newAir lists what a broadcast and the recording would open.
func (e *engine) newAir() (*air, error) {
	var posts []post
	for _, d := range e.config.Destinations {
		p, err := e.destinationPost(d)
		if err != nil {
			return nil, fmt.Errorf("destination %q: %w", d.Name, err)
		}
		posts = append(posts, p)
	}
	var recording *post
	if folder := e.config.Recording.Folder; folder != "" {
		if err := writable(folder); err != nil {
			return nil, err
		}
		l := e.lines[0]
		recording = &post{
			name: "recording", kind: publish.KindFile, canvas: l.Name, address: folder, line: l, sound: &e.voice.aacTakers,
			streams: []*packet.Stream{l.video.Stream(), e.voice.aac.Stream()},
			dial:    avformat.File(avformat.FileOptions{Folder: folder, Written: e.file.written}),
			begin:   func() { e.file.written("", 0) },
		}
	}
	return newAir(posts, recording, e.config.Recording.WithBroadcast, e.log), nil
}

func (e *engine) destinationPost(d configs.Destination) (post, error) {
	var l *line
	for _, candidate := range e.lines {
		if candidate.Name == d.Canvas {
			l = candidate
		}
	}
	p := post{name: d.Name, kind: d.Kind, canvas: d.Canvas, address: configs.WithKey(d.Address, d.Key), line: l}
	if d.Kind == "whip" {
		if err := whip.Check(p.address); err != nil {
			return post{}, err
		}
		p.sound = &e.voice.opusTakers
		p.streams = []*packet.Stream{l.video.Stream(), e.voice.opus.Stream()}
		p.dial = whip.New(whip.Options{URL: p.address, Bearer: d.Bearer, OnKeyRequest: l.video.RequestKey, Log: e.log})
		return p, nil
	}
	var err error
	p.sound = &e.voice.aacTakers
	p.streams = []*packet.Stream{l.video.Stream(), e.voice.aac.Stream()}
	p.dial, err = avformat.Network(avformat.NetworkOptions{Address: p.address})
	return p, err
}

// writable makes the folder if need be and tries to write into it.
func writable(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("recording folder %s: cannot be made: %w; choose a folder that studio may write to", folder, err)
	}
	f, err := os.CreateTemp(folder, ".studio-*")
	if err != nil {
		return fmt.Errorf("recording folder %s: cannot be written to: choose a folder that studio may write to", folder)
	}
	closeQuietly(f)
	return os.Remove(filepath.Clean(f.Name()))
}

// fileProgress is where the recording is now.
type fileProgress struct {
	mu    sync.Mutex
	path  string
	bytes int64
}

func (f *fileProgress) written(path string, bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.path, f.bytes = path, bytes
}

func (f *fileProgress) now() (path string, bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.path, f.bytes
}
