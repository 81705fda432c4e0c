// Package avformat writes packets through libavformat: to RTMP and RTMPS
// servers, into files, and into the transport stream that others carry. Every
// attempt is a fresh muxer, whose times begin at 0 with the first key frame.
//
// Every call that can block ends when the sink's context ends and after a
// time-out of its own. libavformat prints nothing: its error lines become part of
// the error, with the stream key taken out. This holds for the whole process,
// because libavformat has one log for all.
package avformat

/*
#cgo pkg-config: libavformat libavcodec libavutil
#cgo LDFLAGS: -lpthread
*/
import "C"
