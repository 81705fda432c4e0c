package wire

import (
	"bytes"
	"io"
	"math"
	"reflect"
	"slices"
	"testing"

	"studio/words"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	blocks := [][]float32{{}, {0, -0.25, 1, float32(math.Copysign(0, -1))}, make([]float32, 96000)}
	messages := []Message{
		{Opened: "麦克风"},
		{Fault: words.Text{En: "in use", Zh: "被占用"}, Reason: Busy},
		{Devices: []Device{{ID: ":0,1", Name: "Loopback, Loopback PCM", Port: "snd_aloop.0", Default: true}}},
		{},
	}
	var pipe bytes.Buffer
	w := NewWriter(&pipe)
	for i := range messages {
		if i < len(blocks) {
			if err := w.Block(blocks[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Message(messages[i]); err != nil {
			t.Fatal(err)
		}
	}
	r := NewReader(&pipe)
	for i := range messages {
		if i < len(blocks) {
			if _, data, err := r.Next(); err != nil || !slices.Equal(data, blocks[i]) {
				t.Errorf("block %d: %d samples, %v", i, len(data), err)
			}
		}
		if m, data, err := r.Next(); err != nil || data != nil || !reflect.DeepEqual(m, messages[i]) {
			t.Errorf("message %d: %+v, %v", i, m, err)
		}
	}
	if _, _, err := r.Next(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func TestABrokenPipeIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		bytes string
		end   bool // as if the process had ended
	}{
		"nothing":       {"", true},
		"half a head":   {"b\x08", true},
		"half a block":  {"b\x08\x00\x00\x00abcd", true},
		"half a sample": {"b\x07\x00\x00\x00abcdefg", false},
		"one channel":   {"b\x04\x00\x00\x00abcd", false},
		"too long":      {"b\xff\xff\xff\xffabcd", false},
		"other kind":    {"x\x00\x00\x00\x00", false},
		"no JSON":       {"m\x02\x00\x00\x00{]", false},
		"text":          {"Usage of studio:\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			m, data, err := NewReader(bytes.NewReader([]byte(c.bytes))).Next()
			if err == nil || (err == io.EOF) != c.end {
				t.Errorf("%+v, %v, %v", m, data, err)
			}
		})
	}
}
