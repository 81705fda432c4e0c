package wanted

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func open(t *testing.T, folder string) (*Store, string) {
	t.Helper()
	s, note, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	return s, note
}

func TestWhatWasWantedIsStillWantedAfterwards(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "deep", "state")
	s, note := open(t, folder)
	if note != "" || !reflect.DeepEqual(s.State(), State{}) {
		t.Fatalf("at first: %q, %+v", note, s.State())
	}
	if err := s.Change(func(w *State) {
		w.Broadcast = true
		Set(&w.Destinations, "school", false)
	}); err != nil {
		t.Fatal(err)
	}
	again, note := open(t, folder)
	got := again.State()
	if note != "" || !got.Broadcast || On(got.Destinations, "school", true) || !On(got.Destinations, "museum", true) {
		t.Errorf("after a restart: %q, %+v", note, got)
	}
	got.Destinations["school"] = true
	if On(again.State().Destinations, "school", false) {
		t.Error("the state that was handed out is the store's own")
	}
	if err := again.Change(func(w *State) { w.Broadcast = false }); err != nil {
		t.Fatal(err)
	}
	if stopped, _ := open(t, folder); stopped.State().Broadcast {
		t.Error("what was stopped did not stay stopped")
	}
}

// TestAnyDamageLeavesTheOldStateOrTheNew cuts the file and turns its bits, as a bad
// disk would: the state is then the new one or the one before, with a sentence.
func TestAnyDamageLeavesTheOldStateOrTheNew(t *testing.T) {
	folder := t.TempDir()
	s, _ := open(t, folder)
	for _, on := range []bool{true, false} {
		if err := s.Change(func(w *State) { w.Broadcast, w.Recording = on, true }); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(folder, "wanted.json")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		damaged, note := open(t, folder)
		got := damaged.State()
		if !got.Recording {
			t.Fatalf("%s: nothing is left: %+v", what, got)
		}
		if got.Broadcast != (note != "") {
			t.Fatalf("%s: %+v with %q", what, got, note)
		}
	}
	check("whole", whole)
	for n := range len(whole) {
		check("cut", whole[:n])
		turned := append([]byte(nil), whole...)
		turned[n] ^= 0x04
		check("turned", turned)
	}
}

func TestNothingWholeLeftStartsNothing(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "wanted.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, note := open(t, folder)
	if s.State().Broadcast || !strings.Contains(note, "nothing is started by itself") {
		t.Errorf("%q, %+v", note, s.State())
	}
}

func TestAStoreThatCannotBeWrittenSaysSo(t *testing.T) {
	folder := t.TempDir()
	s, _ := open(t, folder)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	err := s.Change(func(w *State) { w.Broadcast = true })
	if err == nil || !s.State().Broadcast {
		t.Errorf("%v, %+v", err, s.State())
	}
}
