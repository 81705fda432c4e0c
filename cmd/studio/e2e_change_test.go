package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"studio/publish/servertest"
	"studio/ui"
)

// look asks what a change would lead to; detail is why not, in both languages.
func (c *child) look(t *testing.T, change ui.ChangeDestination) (found ui.DestinationCheck, en, zh string) {
	t.Helper()
	body, err := json.Marshal(change)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post("http://"+c.page+"/api/check-destination", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var problem struct{ Words ui.Text }
	into := any(&found)
	if answer.StatusCode != http.StatusOK {
		into = &problem
	}
	if err := json.Unmarshal(said, into); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return found, problem.Words.En, problem.Words.Zh
}

// TestOneDestinationIsChangedOnAir gives one of three destinations another encode: it
// alone begins anew, once, and is sent what was chosen, also after the power failed. A
// fourth comes and goes.
func TestOneDestinationIsChangedOnAir(t *testing.T) {
	server := servertest.NewRTMP(t, "")
	s := newSmall(t, []goal{
		{name: "one", address: server.To(""), key: "one"},
		{name: "two", address: server.To(""), key: "two"},
		{name: "three", address: server.To(""), key: "three"},
	}, "")
	s.start(t)
	s.do(t, ui.Broadcast{On: true})
	s.goes(t, "one", "two", "three")

	size, profile, bits := "320x180", "baseline", 300_000
	change := ui.ChangeDestination{Destination: "two", Size: &size, Profile: &profile, BitsPerSecond: &bits}
	for _, wrong := range []struct {
		edit   func(*ui.ChangeDestination)
		en, zh string
	}{
		{func(c *ui.ChangeDestination) { c.Size = new(string); *c.Size = "320x200" }, "shape", "形状"},
		{func(c *ui.ChangeDestination) { c.Size = new(string); *c.Size = "big" }, "allowed: WIDTHxHEIGHT", "宽x高"},
		{func(c *ui.ChangeDestination) { c.Profile = new(string); *c.Profile = "extended" }, "allowed: baseline, main, high", "可以选：baseline"},
		{func(c *ui.ChangeDestination) { c.Platform = new(string); *c.Platform = "moon" }, "allowed: ", "没有这个名称"},
		{func(c *ui.ChangeDestination) { c.Canvas = new(string); *c.Canvas = "cellar" }, "allowed: landscape", "可以选：landscape"},
		{func(c *ui.ChangeDestination) { c.BitsPerSecond = new(int); *c.BitsPerSecond = 5 }, "from 64k to 50M", "64 kb/s"},
	} {
		refused := change
		wrong.edit(&refused)
		if _, en, zh := s.look(t, refused); !strings.Contains(en, wrong.en) || !strings.Contains(zh, wrong.zh) {
			t.Errorf("refused with %q and %q, want %q and %q", en, zh, wrong.en, wrong.zh)
		}
		if said := s.refused(t, refused); !strings.Contains(said, wrong.en) {
			t.Errorf("refused with %q, want %q", said, wrong.en)
		}
	}
	found, _, _ := s.look(t, change)
	if found.Encode != "320×180 baseline 300 kb/s" || len(found.Notes) != 1 || !strings.Contains(found.Notes[0].En, "two needs an encode of its own") ||
		!strings.Contains(found.Notes[0].Zh, "处理器") || !slices.Contains(found.Sizes, size) {
		t.Errorf("before: %+v", found)
	}
	if d := named(t, s.status(t), "two"); d.Changed || d.Attempts != 1 || d.State != ui.Live {
		t.Errorf("a look has changed it: %+v", d)
	}

	another := func() {
		t.Helper()
		until(t, 10*time.Second, "the server names its next file otherwise: by the second", func() bool {
			d := named(t, s.status(t), "two")
			return d.State == ui.Live && time.Since(d.Since) > 1200*time.Millisecond
		})
	}
	another()
	d := named(t, s.do(t, change), "two")
	if !d.Changed || d.Encode != found.Encode || len(d.Notes) != 1 || d.Notes[0] != found.Notes[0] || d.Need.Size != size {
		t.Errorf("changed: %+v", d)
	}
	// One that is made on the page goes on air at once.
	s.do(t, ui.AddDestination{Name: "four", Address: server.To(""), Key: "four"})
	s.goes(t, "two", "four")
	now := s.status(t)
	for _, name := range []string{"one", "two", "three", "four"} {
		if d := named(t, now, name); d.Attempts != 1 || d.Dropped != 0 || d.State != ui.Live {
			t.Errorf("%+v", d)
		}
	}
	// Whose limits are checked is nothing that is sent: nobody begins anew.
	name := "youtube"
	before := named(t, now, "two").SentBytes
	d = named(t, s.do(t, ui.ChangeDestination{Destination: "two", Platform: &name}), "two")
	if d.Need.Platform != name || d.Need.Size != size || d.SentBytes < before || d.State != ui.Live {
		t.Errorf("with a platform: %+v", d)
	}
	s.do(t, ui.Recording{On: false})
	s.undropped(t)

	s.kill()
	s.start(t)
	s.resumes(t, true, false)
	s.goes(t, "one", "two", "three", "four")
	if four := s.do(t, ui.RemoveDestination{Destination: "four"}); len(four.Destinations) != 3 {
		t.Errorf("after it was removed: %+v", four.Destinations)
	}
	if said := s.refused(t, ui.RemoveDestination{Destination: "one"}); !strings.Contains(said, "stands in the configuration") {
		t.Errorf("one of the configuration was removed: %q", said)
	}
	if d := named(t, s.status(t), "two"); !d.Changed || d.Encode != found.Encode || d.Need.Platform != name {
		t.Errorf("after a restart: %+v", d)
	}
	another()
	d = named(t, s.do(t, ui.ChangeDestination{Destination: "two", Configured: true}), "two")
	if d.Changed || d.Encode != named(t, s.status(t), "one").Encode {
		t.Errorf("back to the configuration: %+v", d)
	}
	until(t, 10*time.Second, "the configured one is on air", func() bool { return named(t, s.status(t), "two").State == ui.Live })
	s.end(t, syscall.SIGTERM)

	made := s.recorded(t)
	if n := missing(t, "the recording", made); n > 0 {
		t.Errorf("the recording has lost %d pictures", n)
	}
	arrived := func(name string) (paths []string) {
		for _, path := range server.Recordings(t) {
			if strings.HasPrefix(filepath.Base(path), name+"-") {
				paths = append(paths, path)
			}
		}
		return paths
	}
	for _, name := range []string{"one", "three"} {
		paths := arrived(name)
		if len(paths) != 2 {
			t.Fatalf("%s: it was there before and after the power failed, and began %d times", name, len(paths))
		}
		sameAs(t, name, made, burnt(t, paths[0], smallSize))
	}
	if fours := arrived("four"); len(fours) != 2 {
		t.Errorf("four: made, after the power failed: it began %d times", len(fours))
	}
	twos := arrived("two")
	if len(twos) != 4 {
		t.Fatalf("two: as configured, changed, after the power failed, as configured: it began %d times", len(twos))
	}
	for i, want := range []struct {
		width   int
		profile string
	}{{640, "Main"}, {320, "Constrained Baseline"}, {320, "Constrained Baseline"}, {640, "Main"}} {
		if v := probe(t, twos[i]).Streams[0]; v.Width != want.width || v.Profile != want.profile {
			t.Errorf("two, part %d: %+v, want %+v", i, v, want)
		}
	}
	sameAs(t, "two, before", made, burnt(t, twos[0], smallSize))
}
