package encode

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"studio/media/packet"
	"studio/media/picture"
)

// Text is a sentence for people in the languages of the box.
type Text struct{ Zh, En string }

// Candidate is an encoder of this box, and how its trial went.
type Candidate struct {
	Name                 string // VAAPI, V4L2M2M or X264
	OK                   bool
	Reason               string // why not; empty if OK
	MillisecondsPerFrame float64
}

// Try tries one encoder for real and returns how long a picture took. It must
// return soon after ctx ends.
type Try func(ctx context.Context, o VideoOptions) (millisecondsPerFrame float64, err error)

// trialTime is more than 30 pictures take with any encoder that would be of use.
const trialTime = 5 * time.Second

// Probe tries the encoders of devices for a canvas, the best first. libx264 stands
// at the end, untried: it is always there.
func Probe(ctx context.Context, o VideoOptions, try Try) []Candidate {
	var list []Candidate
	for _, name := range encoders[:len(encoders)-1] {
		o.Encoder = name
		trialCtx, cancel := context.WithTimeout(ctx, trialTime)
		ms, err := try(trialCtx, o)
		cancel()
		c := Candidate{Name: name, OK: err == nil, MillisecondsPerFrame: ms}
		if err != nil {
			c.Reason = err.Error()
		}
		list = append(list, c)
	}
	return append(list, Candidate{Name: X264, OK: true})
}

// inTime is the part of a picture's time that a device may take for it: the rest
// is for hiccups.
const inTime = 0.8

// ChooseEncoder picks the first candidate that works and is quick enough for rate,
// and says why it is not a better one.
func ChooseEncoder(list []Candidate, rate packet.Rational) (name string, why Text) {
	period := 1000 / rate.Float()
	var zh, en []string
	for _, c := range list {
		switch {
		case !c.OK:
			zh, en = append(zh, c.Name+" 不可用："+c.Reason), append(en, c.Name+" does not work: "+c.Reason)
		case c.MillisecondsPerFrame > inTime*period:
			zh = append(zh, fmt.Sprintf("%s 每帧需 %.0f 毫秒，太慢", c.Name, c.MillisecondsPerFrame))
			en = append(en, fmt.Sprintf("%s is too slow, %.0f ms a picture", c.Name, c.MillisecondsPerFrame))
		default:
			return c.Name, Text{strings.Join(append(zh, "用 "+c.Name), "；"), strings.Join(append(en, c.Name+" is used"), "; ")}
		}
	}
	return X264, Text{strings.Join(append(zh, "用 "+X264), "；"), strings.Join(append(en, X264+" is used"), "; ")}
}

// TrialCommand is the argument with which the program becomes a process that tries
// an encoder: its main function then calls RunTrial with the arguments that follow.
const TrialCommand = "encoder-trial"

// InChild returns a Try that has a process of its own for each trial: command is
// the program with TrialCommand. A driver that crashes or hangs takes only that
// process with it.
func InChild(command ...string) Try {
	return func(ctx context.Context, o VideoOptions) (float64, error) {
		options, err := json.Marshal(o)
		if err != nil {
			return 0, err
		}
		var out, words bytes.Buffer
		cmd := exec.CommandContext(ctx, command[0], append(command[1:len(command):len(command)], string(options))...)
		cmd.Stdout, cmd.Stderr = &out, &words
		cmd.WaitDelay = time.Second
		if err := cmd.Start(); err != nil {
			return 0, fmt.Errorf("start the trial: %w", err)
		}
		// One answer. A process that hangs inside its driver cannot even be killed: then
		// it is left behind with this goroutine, and nobody waits for them.
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case err = <-ended:
		case <-ctx.Done():
			select {
			case <-ended:
			case <-time.After(2 * time.Second):
			}
			return 0, fmt.Errorf("no answer: %w", ctx.Err())
		}
		if err != nil {
			return 0, fmt.Errorf("%w: %s", err, lastLine(words.String()))
		}
		var ms float64
		if err := json.Unmarshal(out.Bytes(), &ms); err != nil {
			return 0, fmt.Errorf("the trial answered nonsense: %w", err)
		}
		return ms, nil
	}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// RunTrial is what the process of a trial does: it tries the encoder that its one
// argument describes and writes the milliseconds a picture took.
func RunTrial(args []string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("encoder trial: wants one argument, the options as JSON")
	}
	var o VideoOptions
	if err := json.Unmarshal([]byte(args[0]), &o); err != nil {
		return fmt.Errorf("encoder trial: read the options: %w", err)
	}
	ms, err := Trial(o)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(ms)
}

const trialFrames = 30

// Trial encodes 30 pictures in this process and looks whether they keep the
// contract of Video: each one comes back, in order, with a key frame where one was
// asked for and parameter sets before it, and not much larger than was wanted.
func Trial(o VideoOptions) (millisecondsPerFrame float64, err error) {
	v, err := NewVideo(o)
	if err != nil {
		return 0, err
	}
	defer v.Close()
	pictures := grain(o.Size)
	const asked = trialFrames / 2
	next, bits := int64(0), 0
	emit := func(p *packet.Packet) {
		switch {
		case err != nil:
		case p.PTS != next:
			err = fmt.Errorf("try %s: picture %d came instead of %d", o.Encoder, p.PTS, next)
		case (next == 0 || next == asked) && (!p.Key || parameterSets(p.Data) == nil):
			err = fmt.Errorf("try %s: picture %d is no key frame with parameter sets, as was asked", o.Encoder, next)
		}
		next++
		bits += 8 * len(p.Data)
	}
	start := time.Now()
	for i := range int64(trialFrames) {
		if i == asked {
			v.RequestKey()
		}
		if failed := v.Encode(pictures[i%int64(len(pictures))].View, i, time.Time{}, emit); failed != nil {
			return 0, failed
		}
	}
	if failed := v.Flush(emit); failed != nil {
		return 0, failed
	}
	millisecondsPerFrame = float64(time.Since(start)) / float64(time.Millisecond) / trialFrames
	switch seconds := trialFrames / o.Rate.Float(); {
	case err != nil:
	case next != trialFrames:
		err = fmt.Errorf("try %s: %d of %d pictures came back", o.Encoder, next, trialFrames)
	case float64(bits) > 4*float64(o.BitsPerSecond)*(1+seconds): // a second of buffer, and then far too much
		err = fmt.Errorf("try %s: %d bits for %.1f s, %d b/s were wanted", o.Encoder, bits, seconds, o.BitsPerSecond)
	}
	return millisecondsPerFrame, err
}

// grain returns a few pictures as a camera would make them: soft shapes that move
// a little, and the noise of a sensor.
func grain(size picture.Size) []*picture.Picture {
	pictures := make([]*picture.Picture, 4)
	noise := uint32(1)
	for n := range pictures {
		pic := picture.New(size)
		picture.Fill(pic.View, 128, 128, 128)
		for y := range size.Height {
			row := pic.Y[y*pic.StrideY:][:size.Width]
			for x := range row {
				noise = noise*1664525 + 1013904223 // Numerical Recipes' generator
				shape := ((x+3*n)*(y+2*n)>>9 ^ (x+3*n)>>4) & 0x7f
				row[x] = byte(64 + shape + int(noise>>29) - 4)
			}
		}
		pictures[n] = pic
	}
	return pictures
}
