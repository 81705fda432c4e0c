// Package mp4 reads and writes the boxes of the programme's recordings
// (ISO/IEC 14496-12). While it is written, a recording is a fragmented MP4: it
// plays up to its last whole fragment whatever happens. A finished one is a plain
// MP4: a table of all samples is put behind the fragments, and then sixteen
// reserved bytes at the head, rewritten at one stroke, turn everything between
// into one box of media data. The same table, made of some of the samples, makes a
// clip: a new file, its table first, without anything being coded again.
//
//	while written:  ftyp  free "mark"  moov (no samples)  moof mdat  moof mdat …
//	finished:       ftyp  mdat ────────────────────────────────────…  mdat "chapters"  moov
//
// The package knows no clock and no goroutine, and reads no more than the tables
// of contents of fragments.
package mp4
