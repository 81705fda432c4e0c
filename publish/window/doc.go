// Package window shows programme pictures full-screen on a display, with nothing
// over them, for a grabber at an HDMI output. What draws is a process of its own,
// which can hang or crash without the programme losing a picture: the engine copies
// a picture into one of three slots of memory that both processes see, and says over
// a socket which slot; the process says when a slot is free again. So no slot is
// ever written to while it is drawn, and of pictures that wait the newest is drawn.
package window

// Command is the argument with which the program becomes the process that draws:
// its main function then calls screen.Run with the arguments that follow.
const Command = "window"
