package main

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"studio/publish/filetest"
	"studio/publish/recording"
)

// TestFileOfADestinationIsNotExpired has a file:// destination write into the recording
// folder: what it writes is no old recording, however small the folder may be.
func TestFileOfADestinationIsNotExpired(t *testing.T) {
	folder := t.TempDir()
	p, err := filetest.Record(1, 200_000, 1)
	if err != nil {
		t.Fatal(err)
	}
	file := recording.New(recording.Options{Folder: folder, Prefix: "landscape_", Reserve: -1})
	destinations := []*post{{}, {file: file}}
	expired := func() []recording.Kept {
		list, err := recording.List(folder, func() []string { return (&storage{}).open(destinations) })
		if err != nil || len(list) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		return recording.Expired(list, recording.Rule{KeepBytes: 1}, time.Now())
	}
	sink, err := file.Dial(t.Context(), p.Streams)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range p.Packets {
		if err := sink.Write(q); err != nil {
			t.Fatal(err)
		}
	}
	if gone := expired(); len(gone) > 0 {
		t.Errorf("deleted while it is written: %+v", gone)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	written := files(t, folder, "landscape_*.mp4")
	if gone := expired(); !slices.ContainsFunc(gone, func(k recording.Kept) bool { return filepath.Clean(k.Path) == written[0] }) {
		t.Errorf("once it is finished the rule gives up %+v, want %v", gone, written)
	}
}
