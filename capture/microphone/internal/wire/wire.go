// Package wire is how the process that listens to a microphone talks to the
// engine: through a pipe, in messages of a kind, a length and a content.
//
//	byte     'b' for a block of samples, 'm' for a Message
//	uint32   length of the content in bytes, little-endian
//	content  32-bit little-endian floats, stereo interleaved; or JSON
package wire

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"studio/words"
)

const (
	blockKind   = 'b'
	messageKind = 'm'
	// A longer content is a sign of a broken pipe end: a second of sound has 384 kB.
	maxLength = 1 << 20
)

// Reason tells the engine which kind of fault a Message is about.
type Reason string

const (
	Other      Reason = ""
	Gone       Reason = "gone"
	Busy       Reason = "busy"
	Permission Reason = "permission"
)

// Device is a microphone as the list of them shows it.
type Device struct {
	ID      string // the sound library's name for it, such as ":1,0"; not stable
	Name    string // what the driver calls it
	Port    string // where it is plugged in, such as "1-1.2:1.0"; "" when unknown
	Default bool   // the system's choice
}

// Message is everything but sound: one of its fields is set, of a
// fault one or both.
type Message struct {
	Opened  string     `json:",omitempty"` // name of the microphone that streams now
	Fault   words.Text `json:",omitzero"`  // why it does not; empty, or without Chinese: the reason says it all
	Reason  Reason     `json:",omitempty"` // which kind of fault
	Devices []Device   `json:",omitempty"` // the answer to "list"
}

// Failed reports whether the message says why there is no sound.
func (m Message) Failed() bool { return m.Reason != "" || m.Fault != (words.Text{}) }

// Writer writes messages, each with one Write.
type Writer struct {
	w   io.Writer
	buf []byte
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Block writes interleaved stereo samples.
func (w *Writer) Block(data []float32) error {
	w.begin(blockKind, 4*len(data))
	for _, v := range data {
		w.buf = binary.LittleEndian.AppendUint32(w.buf, math.Float32bits(v))
	}
	_, err := w.w.Write(w.buf)
	return err
}

// Message writes m.
func (w *Writer) Message(m Message) error {
	content, err := json.Marshal(m)
	if err != nil {
		return err
	}
	w.begin(messageKind, len(content))
	_, err = w.w.Write(append(w.buf, content...))
	return err
}

func (w *Writer) begin(kind byte, length int) {
	w.buf = binary.LittleEndian.AppendUint32(append(w.buf[:0], kind), uint32(length))
}

// Reader reads what a Writer wrote.
type Reader struct {
	r *bufio.Reader
}

// NewReader returns a Reader from r.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, 16<<10)} }

// Next returns the next message, or the next block of samples, which is the
// caller's to keep. It returns io.EOF when the other side has ended.
func (r *Reader) Next() (Message, []float32, error) {
	var head [5]byte
	if _, err := io.ReadFull(r.r, head[:]); err != nil {
		return Message{}, nil, cut(err)
	}
	length := binary.LittleEndian.Uint32(head[1:])
	if length > maxLength {
		return Message{}, nil, fmt.Errorf("a message of %d bytes", length)
	}
	content := make([]byte, length)
	if _, err := io.ReadFull(r.r, content); err != nil {
		return Message{}, nil, cut(err)
	}
	switch head[0] {
	case blockKind:
		if length%8 != 0 {
			return Message{}, nil, fmt.Errorf("a block of %d bytes", length)
		}
		data := make([]float32, length/4)
		for i := range data {
			data[i] = math.Float32frombits(binary.LittleEndian.Uint32(content[4*i:]))
		}
		return Message{}, data, nil
	case messageKind:
		var m Message
		err := json.Unmarshal(content, &m)
		return m, nil, err
	}
	return Message{}, nil, fmt.Errorf("a message of unknown kind %q", head[0])
}

// cut makes an end in the middle of a message an end like any other: the process
// was killed while it wrote.
func cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}
