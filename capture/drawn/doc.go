// Package drawn makes cameras that need no hardware: a pottery workshop, seen at
// the wheel, close to the hands and at the kiln, drawn from nothing but numbers.
// It is what somebody without a camera sees of the product first, and what tests
// look at.
//
// What stands still in a scene is painted once when the source is made; what
// moves is laid over it for every frame, at the size at which somebody wants to
// see the frame and only then. A strip along the lower edge, like the edge code
// of a film, carries the time and the number of the frame, in figures for people
// and in bars that ReadCode reads back from decoded video.
//
// Sound is the workshop's sound to it, in step with the clock in the strip.
// Slate is what stands in for a camera that is gone.
package drawn
