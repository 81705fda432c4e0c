package atomic

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestAReaderNeverSeesLessThanAWholeFile reads all the time while versions of
// different lengths replace each other.
func TestAReaderNeverSeesLessThanAWholeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	version := func(n int) []byte { return bytes.Repeat([]byte{byte('a' + n%26)}, 1+n%5*3000) }
	if err := Write(path, version(0), 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(func() {
		for reads := 0; ; reads++ {
			data, err := os.ReadFile(path)
			if err != nil || len(data) == 0 || len(bytes.Trim(data, string(data[:1]))) != 0 || (len(data)-1)%3000 != 0 {
				t.Errorf("read %d: %d bytes, %v", reads, len(data), err)
				return
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	for n := 1; n < 50; n++ {
		if err := Write(path, version(n), 0o600); err != nil {
			t.Fatal(err)
		}
		if before, err := os.ReadFile(path + Previous); err != nil || !bytes.Equal(before, version(n-1)) {
			t.Fatalf("version %d: the one before is %d bytes, %v", n, len(before), err)
		}
	}
	close(done)
	reading.Wait()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 2 {
		t.Errorf("beside the file: %v, %v", left, err)
	}
}

func TestAFileThatCannotBeWrittenStays(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "none")
	if err := Write(filepath.Join(folder, "file"), nil, 0o600); err == nil {
		t.Error("no error for a folder that is not there")
	}
}
