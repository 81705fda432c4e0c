//go:build devices

package main

// This test shapes lines with the kernel's netem and tbf, which the device VM has (see
// devices_test.go).

import (
	"bytes"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"studio/ui"
)

const (
	wholeEncode = "320×180 main 2000 kb/s"
	// A server that goes silent is given 5 s for a packet, behind what the kernel
	// holds for it.
	saidWithin = 12 * time.Second
	// heldBack pictures may be under way at the end, or held for a key frame at the start.
	heldBack = 20
)

// A programme on lines that lose, delay, are narrow or swallow everything: each
// suffers alone, and as little as can be.
func TestDevicesNetwork(t *testing.T) {
	s := newShapedStudio(t)
	s.goOnAir(t)
	dug := s.dig(t)
	lowest := s.allSlow(t)
	s.holesSaid(t, dug)
	s.holesEnd(t)
	s.fewSlow(t)
	s.allCalm(t, lowest)
	last := s.end(t)
	s.judge(t, last)
}

func (s *shapedStudio) goOnAir(t *testing.T) {
	t.Helper()
	awaited(t, "the page", vmSlow, func() bool {
		response, err := http.Get(s.base + "/api/status")
		if err == nil {
			response.Body.Close()
		}
		return err == nil
	})
	s.until(t, "the cameras", nil, func(now ui.Status) bool {
		return cameraOf(t, now, "wheel").State == ui.Live && cameraOf(t, now, "noise").State == ui.Live
	})
	s.broadcast(t, true)
	took := s.sees(t, "all on air", func(now ui.Status) bool {
		for _, d := range now.Destinations {
			s.attempts[d.Name] = d.Attempts
		}
		return !slices.ContainsFunc(now.Destinations, func(d ui.Destination) bool { return !goes(d) })
	})
	t.Logf("all on air after %v", took)
}

// goes tells whether packets go to a destination.
func goes(d ui.Destination) bool {
	return (d.State == ui.Live || d.State == ui.Troubled) && d.SentBytes > 0
}

// sees looks until done; all the while nothing else than the bad lines may suffer.
func (s *shapedStudio) sees(t *testing.T, what string, done func(ui.Status) bool) time.Duration {
	t.Helper()
	took, _ := s.until(t, what, nil, func(now ui.Status) bool {
		s.unhurt(t, now)
		return done(now)
	})
	return took
}

// unhurt requires that the recording and the destination on a clean line lose nothing
// and keep their quality.
func (s *shapedStudio) unhurt(t *testing.T, now ui.Status) {
	t.Helper()
	clean := named(t, now, "clean")
	bad := clean.Dropped > 0 || clean.Attempts > 1 || clean.Encode != wholeEncode || now.Canvases[0].Dropped > 0 ||
		clean.State != ui.Live && clean.State != ui.Connecting && clean.State != ui.Off || now.Recording.Message != (ui.Text{})
	if bad && !s.told["clean"] {
		t.Errorf("the clean line suffers from others: %+v, recording %+v, canvas %+v", clean, now.Recording, now.Canvases[0])
		s.told["clean"] = true
	}
}

// dig turns two lines into black holes.
func (s *shapedStudio) dig(t *testing.T) time.Time {
	t.Helper()
	s.shape(t, "hole", holed, true)
	s.shape(t, "holesrt", holed, true)
	return time.Now()
}

// allSlow: both lines of the upright canvas carry half of what they are sent, so its one
// encode steps down to less than that. It returns the bit rate, in kb/s.
func (s *shapedStudio) allSlow(t *testing.T) (lowest int) {
	t.Helper()
	took := s.sees(t, "the upright encode steps down", func(now ui.Status) bool {
		for _, name := range []string{"upright1", "upright2"} {
			d := named(t, now, name)
			if lowest = kilobits(t, d); lowest > 900 || !noted(d, "the line is slow") {
				return false
			}
		}
		return true
	})
	t.Logf("the upright encode is down to %d kb/s after %v", lowest, took)
	s.shape(t, "upright1", plain, false)
	s.shape(t, "upright2", plain, false)
	return lowest
}

// holesSaid: both black holes become a sentence.
func (s *shapedStudio) holesSaid(t *testing.T, dug time.Time) {
	t.Helper()
	words := map[string]string{"hole": "the server took no data for 5s", "holesrt": "the server took no data for 5s"}
	s.sees(t, "a sentence for each black hole", func(now ui.Status) bool {
		for name, want := range words {
			if d := named(t, now, name); strings.Contains(d.Message.En, want) {
				t.Logf("%s is a sentence %v after it was dug: %s", name, time.Since(dug), d.Message.En)
				delete(words, name)
			}
		}
		return len(words) == 0
	})
	if took := time.Since(dug); took > saidWithin {
		t.Errorf("the black holes are sentences only after %v", took)
	}
}

// holesEnd: the lines carry again, and pictures go at once.
func (s *shapedStudio) holesEnd(t *testing.T) {
	t.Helper()
	s.sees(t, "another attempt", func(now ui.Status) bool {
		return named(t, now, "hole").Attempts > 1 && named(t, now, "holesrt").Attempts > 1
	})
	s.shape(t, "hole", plain, true)
	s.shape(t, "holesrt", plain, true)
	took := s.sees(t, "back behind the black holes", func(now ui.Status) bool {
		return goes(named(t, now, "hole")) && goes(named(t, now, "holesrt"))
	})
	t.Logf("both are back %v after the black holes ended", took)
	if took > 5*time.Second {
		t.Errorf("they are back only %v after the black holes ended", took)
	}
}

// fewSlow: the two narrow lines among good ones first drop, and say so; then one gets an
// encode of its own, the only one that there is for a canvas.
func (s *shapedStudio) fewSlow(t *testing.T) {
	t.Helper()
	own, moved := 0, ""
	queues := map[string]float64{"narrow": 0, "narrowsrt": 0}
	took := s.sees(t, "an encode of its own for a narrow line", func(now ui.Status) bool {
		told := true
		for name := range queues {
			d := named(t, now, name)
			queues[name] = max(queues[name], d.QueueSeconds)
			if noted(d, "it has an encode of its own") {
				own, moved = kilobits(t, d), name
			} else {
				told = told && d.Dropped > 0
			}
		}
		return moved != "" && told
	})
	t.Logf("%s has an encode of its own at %d kb/s, %v later; queues of %v s", moved, own, took, queues)
	if own < 200 || own > 900 { // less and less while its long queue drains
		t.Errorf("the narrow line of 1 Mb/s gets %d kb/s", own)
	}
	for name, longest := range queues {
		if longest < 1 || longest > 4.5 {
			t.Errorf("the queue of %s grew to %.1f s", name, longest)
		}
	}
	if want := fmt.Sprintf(`only \"%s\" is slow: it moves to an encode of its own`, moved); !strings.Contains(s.said(t), want) {
		t.Errorf("the log does not say %s", want)
	}
}

// allCalm: the upright canvas's lines are wide again, so its encode goes up.
func (s *shapedStudio) allCalm(t *testing.T, lowest int) {
	t.Helper()
	up := 0
	took := s.sees(t, "the upright encode steps up", func(now ui.Status) bool {
		lowest = min(lowest, kilobits(t, named(t, now, "upright1"))) // what is queued may cost another step
		up = kilobits(t, named(t, now, "upright1"))
		return up > lowest
	})
	t.Logf("the upright encode went up from %d to %d kb/s, %v later", lowest, up, took)
}

func noted(d ui.Destination, words string) bool {
	return slices.ContainsFunc(d.Notes, func(n ui.Text) bool { return strings.Contains(n.En, words) && n.Zh != "" })
}

// end goes off air and ends everything; it returns the last status on air.
func (s *shapedStudio) end(t *testing.T) ui.Status {
	t.Helper()
	last := s.status(t)
	s.unhurt(t, last)
	for _, d := range last.Destinations {
		t.Logf("%-8s %-8s queue %.1f s, %7d bytes, %3d dropped, %d attempts: %s", d.Name, d.State, d.QueueSeconds, d.SentBytes, d.Dropped, d.Attempts, d.Encode)
	}
	write(t, s.over(), "")
	s.broadcast(t, false)
	if err := s.engine.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	parts := map[string]*beside{"engine": s.engine}
	for name, p := range s.srt {
		parts[name] = p
	}
	for name, p := range parts {
		select {
		case <-p.ended:
		case <-time.After(vmSlow):
			t.Fatalf("%s does not end", name)
		}
	}
	if s.engine.err != nil {
		t.Errorf("the engine ended with %v", s.engine.err)
	}
	s.nginx.kill()
	return last
}

// judge looks at what was recorded and what the servers received.
func (s *shapedStudio) judge(t *testing.T, last ui.Status) {
	t.Helper()
	recorded := files(t, filepath.Join(s.folder, "recordings"), "*.mp4")
	gapless(t, recorded[0], 0.00003)
	made := burnt(t, recorded[0], programmeSize)
	if n := missing(t, "recording", made); n > 0 || len(recorded) > 1 {
		t.Errorf("%d recordings, %d pictures are missing", len(recorded), n)
	}
	for _, l := range s.lines {
		got := files(t, s.folder, l.name+"-*")
		switch l.name {
		case "hole", "holesrt":
			if len(got) < 2 {
				t.Errorf("%s: received %v, want a file before the hole and one after", l.name, got)
			}
			after := burnt(t, got[len(got)-1], programmeSize)
			sameAs(t, l.name+" after the hole", made, after)
			if len(after) < heldBack {
				t.Errorf("%s: %d pictures came after the hole", l.name, len(after))
			}
		case "narrow":
			// Its own encode may have so few bits that no number can be read.
			pictures, broken := watched(t, got[0])
			t.Logf("narrow: %d pictures of %d arrived, %d complaints of the decoder", pictures, len(made), broken)
			if pictures < len(made)/4 || pictures >= len(made) || broken > 0 {
				t.Errorf("narrow: %d pictures of %d arrived, %d complaints of the decoder", pictures, len(made), broken)
			}
		case "narrowsrt":
			pictures, broken := watched(t, got[len(got)-1])
			t.Logf("narrowsrt: %d pictures of %d arrived, %d complaints of the decoder", pictures, len(made), broken)
			if pictures < len(made)/4 || pictures >= len(made) || broken > 2+pictures/20 {
				t.Errorf("narrowsrt: %d pictures of %d arrived, %d complaints of the decoder", pictures, len(made), broken)
			}
		case "upright1", "upright2": // carry no number
		default:
			arrived := burnt(t, got[len(got)-1], programmeSize)
			sameAs(t, l.name, made, arrived)
			d := named(t, last, l.name)
			if d.Attempts > s.attempts[l.name] {
				t.Errorf("%s: connected %d times", l.name, 1+d.Attempts-s.attempts[l.name])
			}
			// Chance may lose the packets of a greeting again and again.
			late := arrived[0] > made[0]+heldBack && d.Attempts == 1
			t.Logf("%s: %d attempts until it was connected", l.name, s.attempts[l.name])
			if d.Dropped > 0 || late || arrived[len(arrived)-1]+heldBack < made[len(made)-1] {
				t.Errorf("%s: pictures %d to %d of %d to %d came; %+v", l.name, arrived[0], arrived[len(arrived)-1], made[0], made[len(made)-1], d)
			}
		}
	}
}

// watched counts the pictures that a decoder makes of a file, and what it complains of.
func watched(t *testing.T, path string) (pictures, complaints int) {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-an", "-vsync", "passthrough", "-f", "framecrc", "-")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
	for line := range bytes.Lines(out) {
		if line[0] != '#' {
			pictures++
		}
	}
	return pictures, bytes.Count(stderr.Bytes(), []byte("\n"))
}
