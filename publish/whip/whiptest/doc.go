// Package whiptest holds the other side of WebRTC for tests: a headless Chromium as a
// WHIP server's peer or as a viewer, and encoded test film to send.
package whiptest
