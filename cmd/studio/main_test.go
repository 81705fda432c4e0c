package main

import (
	"os"
	"testing"

	"studio/capture/microphone"
	"studio/encode"
)

// actAsStudio is the environment variable that makes the test binary the studio
// itself: the tests run the program as a process of its own and need no second
// build.
const actAsStudio = "STUDIO_TEST_ACT"

func TestMain(m *testing.M) {
	// The engine starts its own program for what may hang or crash.
	child := len(os.Args) > 1 && (os.Args[1] == microphone.ReaderCommand || os.Args[1] == encode.TrialCommand)
	if child || os.Getenv(actAsStudio) == "1" {
		main()
		return
	}
	code := m.Run()
	removeBuilt()
	os.Exit(code)
}
