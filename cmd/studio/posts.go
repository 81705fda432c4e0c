package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"studio/configs"
	"studio/media/packet"
	"studio/media/picture"
	"studio/publish"
	"studio/publish/avformat"
	"studio/publish/recording"
	"studio/publish/srt"
	"studio/publish/whip"
)

// newAir lists what a broadcast and the recording would open.
func (e *engine) newAir() (*air, error) {
	var posts, recordings []*post
	for _, d := range e.destinations() {
		if d.Kind == publish.KindFile {
			if err := e.storage.repair(strings.TrimPrefix(d.Address, "file://")); err != nil {
				e.log.Warn("a folder for recordings cannot be looked at now", "destination", d.Name, "error", err)
			}
		}
		p, err := e.wantedPost(d)
		if err != nil && e.added(d.Name) {
			e.log.Warn("a destination that was added is left aside", "destination", d.Name, "error", err)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("destination %q: %w", d.Name, err)
		}
		posts = append(posts, p)
	}
	for i, r := range e.storage.recorders {
		recordings = append(recordings, e.recordingPost(e.storage.recorded[i], r))
	}
	return newAir(e.wanted, posts, recordings, e.config.Recording.WithBroadcast, e.storage.roomy, e.settled, e.log), nil
}

// settled follows what is on air with what depends on it; the air's loop alone
// calls it.
func (e *engine) settled(broadcast, recorded bool) {
	if broadcast && !e.loud {
		e.voice.mixer.ResetLoudness() // the integrated loudness is the broadcast's
	}
	e.loud = broadcast
	e.ringed(broadcast, recorded)
	e.switchOwn()
}

// recordingPost keeps a canvas's programme.
func (e *engine) recordingPost(l *line, r *recording.Recorder) *post {
	return &post{
		Destination: configs.Destination{Name: "recording of " + l.Name, Kind: publish.KindFile, Address: e.config.Recording.Folder, Need: configs.Need{Canvas: l.Name}},
		line:        l, sounds: e.voice.recordedEncodes(),
		dial: func(*encoding) (publish.Dial, error) { return r.Dial, nil },
	}
}

// destinationPost makes a destination's form; nothing of it runs yet, and nothing is
// touched. Its error is a sentence in both languages where a person may have set what
// is wrong.
func (e *engine) destinationPost(d configs.Destination) (*post, error) {
	p := &post{Destination: d, configured: d.Address, line: e.line(d.Canvas)}
	if p.line == nil {
		return nil, e.noCanvas(d.Canvas)
	}
	if secret := e.vault.Get(d.Name); !secret.Empty() {
		if err := p.secure(secret); err != nil {
			e.log.Warn("what is stored of a destination does not fit its address any more: store it anew", "destination", d.Name, "error", err)
		}
	}
	pictures, err := e.picturesOf(d, p.line)
	if err != nil {
		return nil, err
	}
	p.need = need{size: d.Size, profile: d.Profile, bitsPerSecond: d.BitsPerSecond}
	if wide, high := p.need.size.Width*p.line.Size.Height, p.need.size.Height*p.line.Size.Width; wide != high {
		return nil, &publish.Error{Text: publish.Text{
			Zh: fmt.Sprintf("画面尺寸 %s 与画布 %s 的形状不同", sizeText(d.Size), d.Canvas),
			En: fmt.Sprintf("size %s: it has not the shape of canvas %q", sizeText(d.Size), d.Canvas),
		}}
	}
	if _, err := e.limits(d); err != nil {
		return nil, err
	}
	if pictures != nil {
		p.pictures = pictures
		return p, nil
	}
	if d.Kind == "whip" {
		if err := whip.Check(p.whole()); err != nil {
			return nil, err
		}
		p.sounds = []soundEncode{e.voice.opusEncode()}
		if d.BitsPerSecond > 0 || d.Profile != "" || d.Size != (picture.Size{}) {
			p.need.alone = d.Name // its bit rate follows its own way
		}
		p.dial = func(r *encoding) (publish.Dial, error) {
			o := whip.Options{URL: p.whole(), Bearer: p.bearer(), OnKeyRequest: r.video.RequestKey, Log: e.log}
			most := r.video.Stream().BitsPerSecond
			o.OnBitrate = func(bitsPerSecond int) {
				if bitsPerSecond == most {
					bitsPerSecond = 0
				}
				p.room.Store(int64(bitsPerSecond))
			}
			if r.alone != "" {
				o.OnBitrate = func(bitsPerSecond int) {
					if err := r.video.SetBitsPerSecond(bitsPerSecond); err != nil {
						e.log.Warn("the bit rate could not be changed", "destination", d.Name, "error", err)
					}
				}
			}
			dial := whip.New(o)
			return func(ctx context.Context, streams []*packet.Stream) (publish.Sink, error) {
				p.room.Store(0) // of the connection before
				return dial(ctx, streams)
			}, nil
		}
		return p, nil
	}
	p.sounds = []soundEncode{e.voice.aacEncode()}
	if d.Kind == publish.KindFile {
		p.file = recording.New(recording.Options{Folder: strings.TrimPrefix(d.Address, "file://"), Prefix: p.line.Name + "_", Tags: map[string]string{"title": e.config.Name}, Log: e.log})
		p.dial = func(*encoding) (publish.Dial, error) { return p.file.Dial, nil }
		return p, nil
	}
	p.dial = func(*encoding) (publish.Dial, error) {
		dial, err := networkDial(p.whole())
		if err != nil && !p.hasKey() && !isSRT(p.server()) {
			return nil, errNoKey
		}
		return dial, err
	}
	return p, wellFormed(d.Address, p.whole(), p.hasKey())
}

// wellFormed says what is wrong with an address, whole with its key. One that only
// waits for its key may wait: it is stored on the page.
func wellFormed(address, whole string, hasKey bool) error {
	if !hasKey && !isSRT(address) {
		whole = configs.WithKey(address, "key")
	}
	_, err := networkDial(whole)
	return err
}

// networkDial opens an RTMP or SRT address, whole with its key.
func networkDial(address string) (publish.Dial, error) {
	if isSRT(address) {
		return srt.New(srt.Options{Address: address})
	}
	return avformat.Network(avformat.NetworkOptions{Address: address})
}

func isSRT(address string) bool { return strings.HasPrefix(strings.ToLower(address), "srt://") }

// errNoKey is a destination that has no stream key yet.
var errNoKey = &publish.Error{Fault: publish.WrongKey, Text: publish.Text{
	En: "no stream key is stored: store one on the page, then start it again",
	Zh: "还没有推流密钥：请在网页上填写密钥，再启动",
}}

// line returns the line of a canvas that the configuration has.
func (e *engine) line(canvas string) *line {
	for _, l := range e.lines {
		if l.Name == canvas {
			return l
		}
	}
	return nil
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
