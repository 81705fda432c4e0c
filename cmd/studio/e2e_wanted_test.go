package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"studio/configs/wanted"
	"studio/publish/servertest"
	"studio/ui"
)

// chance is the test's random numbers: of STUDIO_SEED if it is set, so that a run that
// failed can be had again.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("STUDIO_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("STUDIO_SEED: %v", err)
		}
	}
	t.Logf("STUDIO_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// resumes waits until broadcast and recording are as they were wanted before, with
// nobody touching anything.
func (s *small) resumes(t *testing.T, broadcast, recording bool) ui.Status {
	t.Helper()
	var now ui.Status
	until(t, 20*time.Second, fmt.Sprintf("broadcast %v and recording %v after a restart", broadcast, recording), func() bool {
		now = s.status(t)
		return now.Broadcast.On == broadcast && now.Recording.On == recording &&
			(!recording || now.Recording.State == ui.Live && now.Recording.Bytes > 0)
	})
	return now
}

// TestWantedOutlivesThePower kills the box after each wish: it then does what was
// wanted without a touch, and what was stopped stays stopped.
func TestWantedOutlivesThePower(t *testing.T) {
	server := servertest.NewRTMP(t, "")
	s := newSmall(t, []goal{
		{name: "one", address: server.To(""), key: "one"},
		{name: "two", address: server.To(""), key: "two"},
	}, "")
	s.start(t)
	again := func() {
		t.Helper()
		s.kill()
		s.start(t)
	}
	s.do(t, ui.Broadcast{On: true})
	s.send(t, "two", false)
	again()
	now := s.resumes(t, true, true)
	s.goes(t, "one")
	if d := named(t, now, "two"); d.State != ui.Off || d.Wanted {
		t.Errorf("it was switched off, and is on after a restart: %+v", d)
	}

	s.send(t, "two", true)
	s.do(t, ui.Recording{On: false})
	again()
	s.resumes(t, true, false)
	s.goes(t, "one", "two")

	s.do(t, ui.Recording{On: true})
	s.do(t, ui.Broadcast{On: false})
	again()
	now = s.resumes(t, false, true)
	for _, d := range now.Destinations {
		if d.State != ui.Off || d.Attempts != 0 {
			t.Errorf("the broadcast was stopped, and goes on after a restart: %+v", d)
		}
	}
	s.do(t, ui.Recording{On: false})
	again()
	s.resumes(t, false, false)
	// A clean end is no wish: a box that was switched off on air goes on air again.
	s.do(t, ui.Broadcast{On: true})
	s.end(t, syscall.SIGTERM)
	s.start(t)
	s.resumes(t, true, true)
	s.goes(t, "one", "two")
	s.end(t, syscall.SIGTERM)
}

// TestKilledBetweenCommandAndAnswer kills the box while a wish is under way: after a
// restart it is what it was or what was wished, whole, and never less than what was
// answered.
func TestKilledBetweenCommandAndAnswer(t *testing.T) {
	random := chance(t)
	s := newSmall(t, nil, "")
	s.start(t)
	on := false
	answered := 0
	for i := range 6 {
		wish := !on
		told := make(chan bool, 1)
		go func() {
			answer, err := http.Post("http://"+s.page+"/api/recording", "application/json", strings.NewReader(fmt.Sprintf(`{"on":%v}`, wish)))
			if err == nil {
				answer.Body.Close()
			}
			told <- err == nil && answer.StatusCode == http.StatusOK
		}()
		after := time.Duration(random.Int64N(int64(12 * time.Millisecond)))
		time.Sleep(after) // the moment of the kill is what is tested
		s.kill()
		said := <-told
		kept, note, err := wanted.Open(filepath.Join(s.folder, "state"))
		if err != nil || note != "" {
			t.Fatalf("kill %d after %v: %q %v", i, after, note, err)
		}
		is := kept.State().Recording
		if said {
			answered++
			if is != wish {
				t.Errorf("kill %d after %v: %v was answered and is forgotten", i, after, wish)
			}
		}
		s.start(t)
		s.resumes(t, false, is)
		on = is
	}
	t.Logf("%d of 6 wishes were answered before the kill", answered)
	s.end(t, syscall.SIGTERM)
}
