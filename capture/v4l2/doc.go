// Package v4l2 is the cameras that Linux knows: USB webcams, capture sticks and
// everything else with a /dev/video node. It finds them by what they are and
// where they are plugged in (never by number, which changes with every boot),
// chooses a picture format, and copies whole frames with the kernel's own
// timestamps into a mailbox.
//
// Formats and controls come from github.com/blackjack/webcam. The streaming loop
// is our own on ioctls, since webcam hides the timestamp, sequence number and
// error flag of a frame and the format that the driver really set. The source of
// every number and layout here is include/uapi/linux/videodev2.h and the kernel's
// "Video for Linux API" document.
package v4l2
