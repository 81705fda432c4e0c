package api

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"studio/ui/uitest"
)

// slow makes a support file when it may.
type slow struct {
	begun, may chan struct{}
	inside     atomic.Int32
	fails      bool
}

func (s *slow) SupportName() string { return "studio-support-青瓷-a-2026-05-01_10-00-00.zip" }

func (s *slow) WriteSupport(_ context.Context, w io.Writer) error {
	if s.inside.Add(1) > 1 {
		return errors.New("two are made at once")
	}
	defer s.inside.Add(-1)
	s.begun <- struct{}{}
	<-s.may
	if s.fails {
		_, _ = io.WriteString(w, "PK half")
		return errors.New("the connection is gone")
	}
	return zip.NewWriter(w).Close()
}

func TestSupportFilesAreMadeOneAtATime(t *testing.T) {
	studio, making := uitest.New(), &slow{begun: make(chan struct{}), may: make(chan struct{})}
	handler, err := New(Options{Studio: studio, Preview: studio, Support: making})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	type reply struct {
		header http.Header
		data   []byte
		err    error
	}
	replies := make(chan reply, 3)
	for range 3 {
		go func() {
			answer, err := http.Get(server.URL + "/api/support")
			if err != nil {
				replies <- reply{err: err}
				return
			}
			defer answer.Body.Close()
			data, err := io.ReadAll(answer.Body)
			replies <- reply{answer.Header, data, err}
		}()
	}
	for range 3 {
		<-making.begun
		making.may <- struct{}{}
		r := <-replies
		if r.err != nil {
			t.Fatal(r.err)
		}
		if _, err := zip.NewReader(bytes.NewReader(r.data), int64(len(r.data))); err != nil {
			t.Error(err)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/zip", "Cache-Control": "no-store",
			"Content-Disposition": `attachment; filename="studio-support-a-2026-05-01_10-00-00.zip"; filename*=UTF-8''studio-support-%E9%9D%92%E7%93%B7-a-2026-05-01_10-00-00.zip`,
		} {
			if got := r.header.Get(name); got != want {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}

// TestHalfASupportFileDoesNotLookWhole has the making fail, and asks where there is none.
func TestHalfASupportFileDoesNotLookWhole(t *testing.T) {
	studio, making := uitest.New(), &slow{begun: make(chan struct{}, 1), may: make(chan struct{}, 1), fails: true}
	making.may <- struct{}{}
	for _, c := range []struct {
		support Support
		status  int
	}{{making, http.StatusOK}, {nil, http.StatusNotFound}} {
		handler, err := New(Options{Studio: studio, Preview: studio, Support: c.support})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(handler)
		answer, err := http.Get(server.URL + "/api/support")
		if err == nil {
			var data []byte
			data, err = io.ReadAll(answer.Body)
			answer.Body.Close()
			if answer.StatusCode != c.status || c.status == http.StatusNotFound && !strings.Contains(string(data), "支持文件") {
				t.Errorf("%s %s", answer.Status, data)
			}
		}
		if (err != nil) != (c.support != nil) {
			t.Errorf("with %T: %v", c.support, err)
		}
		server.Close()
	}
}
