// Package iso keeps what comes before the mix: each camera's own pictures, byte for
// byte as they came from the wire, and each microphone's sound, uncoded, so that
// the programme can be cut anew. Nothing is coded a second time.
//
// A camera has a file of its own, and a switch of its own. The microphones share
// one file with a track for each, because they are switched together and are cut
// against each other; a copy of them in every camera's file would be the same bytes
// several times. All files tell in their tags when they begin, on the programme's
// clock and by the wall, so that an editor can lay them side by side.
//
// Offer copies into a bounded ring and never waits; what does not fit is dropped
// and counted. One goroutine writes, in big sequential writes, and sees to it that
// at most two seconds are lost in a power cut. A fault of the disk ends in a state
// with a sentence, and is tried again.
package iso
