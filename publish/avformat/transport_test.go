package avformat

import (
	"os"
	"path/filepath"
	"testing"

	"studio/media/packet"
)

// TestTransportStream puts what is made into a file: whole packets, and nothing of the
// programme is missing.
func TestTransportStream(t *testing.T) {
	p := tenSeconds(t)
	s, err := NewTransportStream(p.Streams)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	path := filepath.Join(t.TempDir(), "made.ts")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	keep := func(made []byte, err error) {
		t.Helper()
		if err != nil || len(made)%188 != 0 || len(made) > 0 && made[0] != 0x47 {
			t.Fatalf("%d bytes: %v", len(made), err)
		}
		if _, err := f.Write(made); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range p.Packets {
		keep(s.Write(q))
	}
	keep(s.End())
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	arrived(t, path, 300)
	if _, err := NewTransportStream([]*packet.Stream{{Codec: packet.H264}}); err == nil {
		t.Error("a stream without its configuration was taken")
	}
}
