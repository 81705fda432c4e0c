// Package polltest lets a test wait for what other goroutines, processes or devices
// do: it looks again and again, with a deadline, instead of sleeping and hoping.
package polltest

import (
	"testing"
	"time"
)

const every = 2 * time.Millisecond

// Until waits until the condition holds and returns how long that took. A condition
// that does not hold in time ends the test; what says in words what it is.
func Until(t testing.TB, within time.Duration, what string, holds func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !holds() {
		if time.Since(began) > within {
			t.Fatalf("not within %v: %s", within, what)
		}
		time.Sleep(every)
	}
	return time.Since(began)
}
