// Package whiptest holds the other side of WebRTC for tests: a headless Chromium as a
// WHIP server's peer or as a viewer, a bad network in front of it, and encoded test film to send.
package whiptest
