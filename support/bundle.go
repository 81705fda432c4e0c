// Package support makes the file that a technician sends to whoever helps from afar:
// one zip of plain text that says how the box is, what it was told and what it did of
// late. Pictures, sound and stream keys are not in it, thrice over: parts are made of
// what faces and logs show anyway, what is configured goes through a list of the fields
// that may be seen (Show), and every line passes a last Cover that knows the stored
// keys.
//
// A box that is ill has to be able to make one, also on air: each part is bounded in
// size and time, and one that fails or hangs says so in its place and keeps no other
// from being made.
package support

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"

	"studio/words"
)

// Part is one file of the bundle.
type Part struct {
	Name  string // such as "status.json"
	About words.Text
	// Write makes it, in text of lines, on a goroutine of its own. One that has not ended
	// when ctx does is left alone: what it writes after that goes nowhere.
	Write func(ctx context.Context, w io.Writer) error
	Limit time.Duration // 0: usualLimit
}

const (
	usualLimit = 5 * time.Second
	mostBytes  = 2 << 20 // of a part; so much is held in memory, of one at a time
)

// Write writes the bundle as a zip, a part after the other, behind a README that lists
// them. Its only errors are w's.
func Write(ctx context.Context, w io.Writer, at time.Time, parts []Part, cover *strings.Replacer) error {
	z := zip.NewWriter(w)
	for _, p := range append([]Part{readme(parts)}, parts...) {
		text := p.text(ctx)
		file, err := z.CreateHeader(&zip.FileHeader{Name: p.Name, Method: zip.Deflate, Modified: at})
		if err != nil {
			return fmt.Errorf("write support file: %w", err)
		}
		if _, err := cover.WriteString(file, text); err != nil {
			return fmt.Errorf("write support file: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write support file: %w", err)
	}
	return nil
}

// text makes the part; what it lacks is said at its end.
func (p Part) text(ctx context.Context) string {
	limit := p.Limit
	if limit == 0 {
		limit = usualLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	s := &sheet{}
	ended := make(chan error, 1) // one result, also when nobody waits any more
	go func() {
		// Whatever is wrong with a part, the programme goes on.
		defer func() {
			if broken := recover(); broken != nil {
				ended <- fmt.Errorf("it broke: %v", broken)
			}
		}()
		ended <- p.Write(ctx, s)
	}()
	select {
	case err := <-ended:
		return s.finish(err)
	case <-ctx.Done():
		return s.finish(fmt.Errorf("it did not end within %v", limit))
	}
}

// errFull ends a part that says too much.
var errFull = errors.New("it is longer than a part may be")

// sheet takes a part until it is finished.
type sheet struct {
	mu   sync.Mutex
	text bytes.Buffer
	full bool
	done bool
}

// Write implements io.Writer.
func (s *sheet) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return 0, context.Canceled
	}
	if s.full = s.full || s.text.Len()+len(p) > mostBytes; s.full {
		return 0, errFull
	}
	return s.text.Write(p)
}

// finish returns what was written. After a fault that is whole lines only: half a
// secret would pass the cover.
func (s *sheet) finish(fault error) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	if s.full {
		fault = errFull // whatever the part made of it
	}
	if fault == nil {
		return s.text.String()
	}
	whole := s.text.Bytes()
	return fmt.Sprintf("%s\n--- This part is missing from here on: %v ---\n", whole[:bytes.LastIndexByte(whole, '\n')+1], fault)
}

// readme says what the parts are, in both languages.
func readme(parts []Part) Part {
	return Part{Name: "README.txt", Write: func(_ context.Context, w io.Writer) error {
		var en, zh strings.Builder
		for _, p := range parts {
			fmt.Fprintf(&en, "%-20s %s\n", p.Name, p.About.En)
			fmt.Fprintf(&zh, "%-20s %s\n", p.Name, p.About.Zh)
		}
		_, err := fmt.Fprintf(w, `studio: support file

For whoever helps from afar. Read it before you send it on.

%s
Left out: pictures and sound, stream keys, bearers and passphrases, the configuration
as it was typed. "…" stands where something was taken out. A part that could not be
made says why.


studio：支持文件

给远程协助的人看。发送之前请先看一遍。

%s
不含：画面和声音，推流密钥、令牌和口令，配置文件原文。
“…”表示此处内容已去掉。没能生成的部分会写明原因。
`, &en, &zh)
		return err
	}}
}

// FileName is what the bundle of a workshop is called; the workshop may be "".
func FileName(workshop string, at time.Time) string {
	name := strings.Join(strings.FieldsFunc(workshop, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), "-")
	if name != "" {
		name += "-"
	}
	return "studio-support-" + name + at.Format("2006-01-02_15-04-05") + ".zip"
}
