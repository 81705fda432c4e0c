// Package srt sends a transport stream to an SRT listener, by libsrt.
//
// libsrt takes whatever it is given and, where the line is too narrow, loses it
// inside without a word. So a packet is handed over only when the line has room for
// it: window, which is pure, decides that from what is not acknowledged yet. What
// has no room makes Write wait, so that it is the destination's own queue that
// grows, where it is seen, adapted to, and dropped through to a key frame.
//
// The protocol: draft-sharabayko-srt-01. Of the process libsrt wants its threads to
// be started once; its log is silent, because what went wrong becomes an error here.
package srt
