// Package clip plays a video file as if it were a camera. Motion JPEG is only
// taken out of its container and passed on compressed, as a USB camera would
// send it; every other codec is decoded by libavcodec to I420 pictures in the
// file's own colour coding, which their frames say.
//
// A Reader hands out frames one after another as fast as it is asked; a Source
// puts them into a mailbox at the pace of the file's own timestamps, over and
// over when it loops. The file's sound goes with them, by timestamps of the same
// clock: it is read apart from the pictures, and follows where they are.
package clip
