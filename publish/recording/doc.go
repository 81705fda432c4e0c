// Package recording keeps a programme on the disk so that no power cut, full disk
// or fault takes more of it than the last two seconds. What is written is a
// fragmented MP4, each fragment safe on the disk before the next begins; when a file
// is finished it becomes a plain MP4 with an index and chapters, and Repair does
// the same, at the next start, for files that were never finished. Files change at
// key frames: the next one begins with the very picture that the one before did not
// get, and with the very next sound.
//
// A Recorder is dialled by a publish.Destination, which gives it its queue and its
// retries. Guard and Expired decide what happens when the disk fills up; they know
// no disk and no clock.
package recording
