package publish

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

var testPace = pace{
	first: 250 * time.Millisecond, most: 3500 * time.Millisecond,
	refused: 3 * time.Second, mostRefused: 15 * time.Second, giveUpAfter: 10 * time.Minute,
}

var dawn = time.Date(2025, 4, 5, 6, 7, 8, 0, time.UTC)

// told drives a supervisor through a story. A word is an event, with the seconds
// that pass before it behind a colon; chance is in the middle, where there is no jitter.
func told(t *testing.T, s *supervisor, now time.Time, story ...string) (action, time.Time) {
	t.Helper()
	next := nothing
	for _, word := range story {
		var name string
		var seconds float64
		for i, r := range word {
			if r == ':' {
				name = word[:i]
				fmt.Sscan(word[i+1:], &seconds)
			}
		}
		if name == "" {
			name = word
		}
		now = now.Add(time.Duration(seconds * float64(time.Second)))
		e := event{chance: 0.5}
		switch name {
		case "wanted":
			e.happening = wanted
		case "unwanted":
			e.happening = unwanted
		case "dialled":
			e.happening = dialled
		case "away":
			e.happening, e.text, e.fault = ended, Text{En: "away", Zh: "不在"}, NothingListens
		case "refused":
			e.happening, e.text, e.fault, e.refused = ended, Text{En: "no", Zh: "不行"}, WrongKey, true
		case "busy":
			e.happening, e.fault, e.retryAfter = ended, ServerTrouble, 12*time.Second
		case "busyforever":
			e.happening, e.fault, e.retryAfter = ended, ServerTrouble, time.Hour
		case "lost":
			e.happening, e.fault = lost, Stalled
		case "calm":
			e.happening = calm
		case "due":
			if s.retryAt.After(now) {
				now = s.retryAt
			}
			e.happening = due
		default:
			t.Fatalf("no event is called %q", name)
		}
		next = s.step(e, now)
	}
	return next, now
}

func TestSupervisorTransitions(t *testing.T) {
	for _, test := range []struct {
		name  string
		story []string
		state State
		next  action
		pause time.Duration // until the next attempt; negative: none is due
		fault Fault
	}{
		{"off at first", nil, Off, nothing, -1, ""},
		{"an event without a wish", []string{"dialled", "lost", "calm", "due", "away", "unwanted"}, Off, nothing, -1, ""},
		{"wanted", []string{"wanted"}, Connecting, dial, -1, ""},
		{"wanted twice dials once", []string{"wanted", "wanted"}, Connecting, nothing, -1, ""},
		{"live", []string{"wanted", "dialled"}, Live, nothing, -1, ""},
		{"wanted while live", []string{"wanted", "dialled", "wanted"}, Live, nothing, -1, ""},
		{"troubled", []string{"wanted", "dialled", "lost"}, Troubled, nothing, -1, Stalled},
		{"calm again", []string{"wanted", "dialled", "lost", "calm"}, Live, nothing, -1, ""},
		{"lost while connecting is not trouble", []string{"wanted", "lost"}, Connecting, nothing, -1, ""},
		{"a first failure", []string{"wanted", "away"}, Waiting, pause, 250 * time.Millisecond, NothingListens},
		{"a second", []string{"wanted", "away", "due", "away"}, Waiting, pause, 500 * time.Millisecond, NothingListens},
		{"the sixth", []string{"wanted", "away", "due", "away", "due", "away", "due", "away", "due", "away", "due", "away"}, Waiting, pause, 3500 * time.Millisecond, NothingListens},
		{"an attempt that took long has waited enough", []string{"wanted", "away", "due", "away", "due", "away", "due", "away:5"}, Waiting, pause, 250 * time.Millisecond, NothingListens},
		{"due: what was wrong is said until it is so no longer", []string{"wanted", "away", "due"}, Connecting, dial, -1, NothingListens},
		{"and live forgets it", []string{"wanted", "away", "due", "dialled"}, Live, nothing, -1, ""},
		{"gone after it was live for long", []string{"wanted", "away", "due", "away", "due", "dialled", "away:5"}, Waiting, pause, 250 * time.Millisecond, NothingListens},
		{"gone at once each time", []string{"wanted", "dialled", "away", "due", "dialled", "away", "due", "dialled", "away"}, Waiting, pause, time.Second, NothingListens},
		{"gone while troubled", []string{"wanted", "dialled", "lost", "away"}, Waiting, pause, 250 * time.Millisecond, NothingListens},
		{"refused is slower", []string{"wanted", "refused"}, Waiting, pause, 3 * time.Second, WrongKey},
		{"refused again", []string{"wanted", "refused", "due", "refused"}, Waiting, pause, 6 * time.Second, WrongKey},
		{"refused a fourth time", []string{"wanted", "refused", "due", "refused", "due", "refused", "due", "refused"}, Waiting, pause, 15 * time.Second, WrongKey},
		{"refused after failures begins slowly", []string{"wanted", "away", "due", "away", "due", "refused"}, Waiting, pause, 3 * time.Second, WrongKey},
		{"refused for ten minutes", []string{"wanted", "refused", "due", "refused:600"}, Failed, nothing, -1, WrongKey},
		{"nothing brings back what is given up", []string{"wanted", "refused", "due", "refused:600", "due", "dialled", "lost", "calm", "away"}, Failed, nothing, -1, WrongKey},
		{"but a person", []string{"wanted", "refused", "due", "refused:600", "wanted:99"}, Connecting, dial, -1, ""},
		{"and anew", []string{"wanted", "refused", "due", "refused:600", "wanted:99", "refused"}, Waiting, pause, 3 * time.Second, WrongKey},
		{"given up, then off", []string{"wanted", "refused", "due", "refused:600", "unwanted"}, Off, nothing, -1, ""},
		{"away in between: the row is broken", []string{"wanted", "refused", "due", "away:300", "due", "refused:300"}, Waiting, pause, 3 * time.Second, WrongKey},
		{"on air in between: the row is broken", []string{"wanted", "refused", "due", "dialled", "refused:600"}, Waiting, pause, 3 * time.Second, WrongKey},
		{"on air for a moment does not break it", []string{"wanted", "refused", "due", "dialled:600", "refused:1"}, Failed, nothing, -1, WrongKey},
		{"asked to wait", []string{"wanted", "busy"}, Waiting, pause, 12 * time.Second, ServerTrouble},
		{"asked to wait too long", []string{"wanted", "busyforever"}, Waiting, pause, 30 * time.Second, ServerTrouble},
		{"off while waiting", []string{"wanted", "away", "unwanted"}, Off, nothing, -1, ""},
		{"off while connecting hangs up first", []string{"wanted", "unwanted"}, Connecting, hangUp, -1, ""},
		{"dialled when it is too late", []string{"wanted", "unwanted", "dialled"}, Connecting, nothing, -1, ""},
		{"off while live hangs up first", []string{"wanted", "dialled", "unwanted"}, Live, hangUp, -1, ""},
		{"off twice hangs up once", []string{"wanted", "dialled", "unwanted", "unwanted"}, Live, nothing, -1, ""},
		{"and is then off", []string{"wanted", "dialled", "unwanted", "away"}, Off, nothing, -1, ""},
		{"wanted while it hangs up: not before that is done", []string{"wanted", "dialled", "unwanted", "wanted"}, Live, nothing, -1, ""},
		{"and then at once", []string{"wanted", "dialled", "unwanted", "wanted", "away"}, Connecting, dial, -1, ""},
		{"wanted and unwanted while it hangs up", []string{"wanted", "dialled", "unwanted", "wanted", "unwanted", "away"}, Off, nothing, -1, ""},
	} {
		s := newSupervisor(testPace, dawn)
		next, now := told(t, &s, dawn, test.story...)
		wait := time.Duration(-1)
		if !s.retryAt.IsZero() {
			wait = s.retryAt.Sub(now)
		}
		if s.state != test.state || next != test.next || wait != test.pause || s.fault != test.fault {
			t.Errorf("%s: %s, action %d, pause %v, fault %q; want %s, %d, %v, %q",
				test.name, s.state, next, wait, s.fault, test.state, test.next, test.pause, test.fault)
		}
	}
}

func TestSupervisorKnowsSinceWhen(t *testing.T) {
	s := newSupervisor(testPace, dawn)
	told(t, &s, dawn, "wanted", "dialled:1", "lost:2", "lost:3")
	if s.since != dawn.Add(3*time.Second) {
		t.Errorf("troubled since %v", s.since.Sub(dawn))
	}
	told(t, &s, dawn, "away:10")
	if s.since != dawn.Add(10*time.Second) || s.text != (Text{En: "away", Zh: "不在"}) {
		t.Errorf("waiting since %v: %+v", s.since.Sub(dawn), s.text)
	}
	told(t, &s, dawn, "due:11")
	if s.text != (Text{En: "away", Zh: "不在"}) || s.state != Connecting {
		t.Errorf("%s: %+v", s.state, s.text)
	}
}

// TestSupervisorProperties lets anything happen in any order, and watches what
// must hold whatever happens.
func TestSupervisorProperties(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		now := dawn
		s := newSupervisor(testPace, now)
		open, hanging, wish := 0, false, false
		for range 400 {
			now = now.Add(time.Duration(random.ExpFloat64() * float64(2*time.Second)))
			e := event{happening: happening(random.IntN(7)), refused: random.IntN(2) == 0, chance: random.Float64()}
			if seed%3 == 0 { // long rows of refusals
				e.refused = true
			}
			switch {
			case e.happening == ended && open == 0, e.happening == dialled && open == 0:
				continue // the world cannot say so
			case e.happening == due && (s.retryAt.IsZero() || now.Before(s.retryAt)):
				continue
			}
			before := s.state
			next := s.step(e, now)
			switch e.happening {
			case wanted:
				wish = true
			case unwanted:
				wish = false
			case ended:
				open, hanging = 0, false
			}
			switch next {
			case dial:
				open++
			case hangUp:
				hanging = true
			}
			fail := func(what string) {
				t.Fatalf("seed %d: %s after %d in %s: %+v", seed, what, e.happening, before, s)
			}
			switch {
			case open > 1:
				fail("two connections")
			case (s.state == Live || s.state == Troubled || s.state == Connecting) != (open == 1):
				fail("the state and the connection do not go together")
			case s.state == Off && wish:
				fail("off though wanted")
			case !wish && open == 0 && s.state != Off:
				fail("not off though unwanted")
			case !wish && open == 1 && !hanging:
				fail("nobody hangs up")
			case (s.state == Waiting) != !s.retryAt.IsZero():
				fail("waits for nothing, or does not know that it waits")
			}
			if next == pause {
				wait, least, most := s.retryAt.Sub(now), testPace.first*3/4, testPace.most*5/4
				if e.refused {
					least, most = testPace.refused*3/4, testPace.mostRefused*5/4
				}
				if wait < least || wait > most {
					fail(fmt.Sprintf("a pause of %v", wait))
				}
			}
		}
		// From wherever it is, it can be switched off.
		if s.step(event{happening: unwanted}, now); open == 1 {
			s.step(event{happening: ended}, now)
		}
		if s.state != Off {
			t.Fatalf("seed %d: it ends %s", seed, s.state)
		}
	}
}

// TestBackWithinFiveSeconds has a server that was away for any time, whose
// silence or refusal to connect takes the attempt any time up to its time-out.
func TestBackWithinFiveSeconds(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for range 2000 {
		now, back := dawn, dawn.Add(time.Duration(random.ExpFloat64()*float64(30*time.Second)))
		takes := time.Duration(0) // the machine is there: refused at once
		if random.IntN(2) == 0 {
			takes = 5 * time.Second // it is not: the attempt times out
		}
		s := newSupervisor(testPace, now)
		s.step(event{happening: wanted}, now)
		for {
			end := now.Add(takes)
			// TCP asks again 1 s and 3 s after it began (RFC 6298): one of those, or the
			// beginning, finds a server that is back.
			found := time.Time{}
			for _, ask := range []time.Duration{0, time.Second, 3 * time.Second} {
				if at := now.Add(ask); ask <= takes && !at.Before(back) && found.IsZero() {
					found = at
				}
			}
			if !found.IsZero() {
				if late := found.Sub(back); late > 5*time.Second {
					t.Fatalf("back %v after the server", late)
				}
				break
			}
			now = end
			s.step(event{happening: ended, chance: random.Float64()}, now)
			now = s.retryAt
			s.step(event{happening: due}, now)
		}
	}
}
