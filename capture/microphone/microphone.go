package microphone

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"studio/capture"
	"studio/capture/microphone/internal/wire"
	"studio/media/samples"
	"studio/words"
)

const (
	// A cold sound card opens within 2 s; the rest is for a slow machine, which may
	// take 7 s to start the process.
	openLimit = 20 * time.Second
	// Blocks come every 20 ms. A microphone that says nothing for so long, not even
	// silence, is gone.
	quietLimit = time.Second
	// How long the process may take to close the sound card by itself.
	closeLimit = time.Second
	// Blocks on their way from the pipe to put, 80 ms. Nothing is dropped here: when
	// it is full the pipe waits, and behind it the sound card's own buffer.
	queueLength = 4
)

// Options says which microphone, and how to reach it.
type Options struct {
	// Match is a part of the microphone's name, port or ID, in any case (see
	// Device); "" takes the system's default, or the first one.
	Match string
	// Reader is the command whose main function is reader.Run, without the arguments
	// that Run takes. nil is this program with the argument ReaderCommand.
	Reader []string
	// Log hears, at debug level, what the sound library says. nil: nobody.
	Log *slog.Logger
}

// Source is one microphone.
type Source struct {
	match string
	start func(args ...string) (process, error)
	quiet time.Duration
}

// process is a running reader. Its output ends when it ends.
type process interface {
	io.Reader
	// Stop ends the process and returns when it has ended. It is asked first, for
	// closeLimit, unless it hangs; its output must be read on meanwhile.
	Stop(hangs bool)
	// LastWords is the last line that the process wrote to its standard error; valid
	// after Stop.
	LastWords() string
}

// New returns a source for the microphone that o describes. It opens nothing.
func New(o Options) *Source {
	return &Source{match: o.Match, start: starter(o.Reader, o.Log), quiet: quietLimit}
}

// arrival is what came through the pipe, and when.
type arrival struct {
	message wire.Message
	data    []float32
	at      time.Time
	err     error
}

// Stream opens the microphone and hands its sound to put, block by block, until
// ctx ends or the microphone vanishes. It returns when its process and all its
// goroutines have ended: nil when ctx ended, otherwise an error that says in one
// sentence what is wrong (capture.ErrGone, ErrBusy and ErrPermission are told
// apart). It can be called again.
//
// put gets the block's data for good and must not wait. Taken is estimated: when
// the block arrived, less its length, so it carries the jitter of the system,
// usually a few milliseconds. opened is called once, before the first block, with
// the microphone's name; it may be nil.
func (s *Source) Stream(ctx context.Context, put func(samples.Captured), opened func(name string)) error {
	if ctx.Err() != nil {
		return nil
	}
	p, err := s.start("read", s.match)
	if err != nil {
		return fmt.Errorf("open microphone %s: %w", s.called(""), err)
	}

	arrivals := make(chan arrival, queueLength)
	go receive(p, arrivals)
	name, hangs, err := s.listen(ctx, arrivals, put, opened)

	stop(p, arrivals, hangs)
	err = ended(err, p)
	switch {
	case err == nil:
		return nil
	case name == "":
		return fmt.Errorf("open microphone %s: %w", s.called(""), err)
	}
	return fmt.Errorf("microphone %s: %w", s.called(name), err)
}

// receive reads until the process ends.
func receive(p process, arrivals chan<- arrival) {
	defer close(arrivals)
	in := wire.NewReader(p)
	for {
		m, data, err := in.Next()
		arrivals <- arrival{message: m, data: data, at: time.Now(), err: err}
		if err != nil {
			return
		}
	}
}

// stop ends the process and what receive began.
func stop(p process, arrivals <-chan arrival, hangs bool) {
	// receive must not wait for us while the process waits for receive.
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for range arrivals {
		}
	}()
	p.Stop(hangs)
	<-drained
}

// ended makes the end of the pipe a sentence.
func ended(err error, p process) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	const zh = "读取声音的程序意外结束，正在重新启动"
	if last := p.LastWords(); last != "" {
		return words.Errorf("its process ended: %s", zh, last)
	}
	return words.New("its process ended", zh)
}

// listen hands on what arrives. It returns the name of the microphone once it
// was open, whether the process hangs, and the fault that ended it.
func (s *Source) listen(ctx context.Context, arrivals <-chan arrival, put func(samples.Captured), opened func(string)) (name string, hangs bool, err error) {
	patience := time.NewTimer(openLimit)
	defer patience.Stop()
	for {
		select {
		case <-ctx.Done():
			return name, false, nil
		case <-patience.C:
			if len(arrivals) > 0 {
				patience.Reset(s.quiet) // it was this process that did not get on
				continue
			}
			if name == "" {
				return "", true, words.Errorf("it does not open within %[1]v", "话筒打不开，请拔下重新插上", openLimit)
			}
			return name, true, words.Errorf("%w: no sound for %v", "%[1]w", capture.ErrGone, s.quiet)
		case a := <-arrivals:
			switch {
			case a.err != nil:
				return name, false, a.err
			case a.message.Failed():
				return name, false, fault(a.message)
			case a.message.Opened != "":
				name = a.message.Opened
				if opened != nil {
					opened(name)
				}
			case len(a.data) > 0:
				b := samples.Captured{Rate: samples.Rate, Channels: samples.Channels, Data: a.data}
				b.Taken = a.at.Add(-b.Length())
				put(b)
			}
			if name != "" {
				patience.Reset(s.quiet)
			}
		}
	}
}

// fault makes the process's words an error that a caller can tell apart.
func fault(m wire.Message) error {
	switch m.Reason {
	case wire.Gone:
		return explained(capture.ErrGone, m.Fault)
	case wire.Busy:
		return explained(capture.ErrBusy, m.Fault)
	case wire.Permission:
		return explained(capture.ErrPermission, m.Fault)
	}
	return explained(nil, m.Fault)
}

// explained adds words to a sentinel unless they say the same. Chinese that is
// missing is the sentinel's.
func explained(sentinel error, t words.Text) error {
	if sentinel == nil {
		return &words.Error{Text: words.Text{En: t.En, Zh: cmp.Or(t.Zh, "声卡驱动报错，请拔下话筒重新插上")}}
	}
	if t.En == "" || t.En == sentinel.Error() {
		return sentinel
	}
	return &words.Error{Text: words.Text{En: sentinel.Error() + ": " + t.En, Zh: cmp.Or(t.Zh, words.Of(sentinel).Zh)}, Err: sentinel}
}

// called is how an error names the microphone.
func (s *Source) called(name string) string {
	switch {
	case name != "":
		return fmt.Sprintf("%q", name)
	case s.match != "":
		return fmt.Sprintf("%q", s.match)
	}
	return "(the default one)"
}
