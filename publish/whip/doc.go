// Package whip publishes to a WebRTC server by WHIP (RFC 9725).
//
// What it does on the wire:
//
//   - One POST with the whole offer (application/sdp, all host candidates in it, no
//     trickle), Authorization: Bearer if there is a key. The offer is sendonly,
//     bundled, H.264 with packetization-mode 1 and Opus 48000/2. For H.264 it names
//     the stream's own profile first (Main is written 4d00xx, constrained baseline
//     42e0xx: the one form of each that browsers know) and constrained baseline
//     after it, for servers that name nothing else. A server that agrees on
//     constrained baseline only is sent the stream as it is; its SPS says what it is.
//   - Redirects 307 and 308 are followed with the key, up to five, but never from
//     https to http.
//   - 201 brings the answer, the session's address (Location, relative or absolute)
//     and perhaps ICE servers (Link, rel="ice-server"). If the connection does not
//     come about directly within a few seconds, the session is deleted and asked for
//     once more with these servers.
//   - Then RTP, as publish/internal/rtc describes it, as the packets come: a picture's
//     packets leave together, without pacing.
//   - A server's PLI or FIR becomes a call of OnKeyRequest, at most one a second.
//   - A server that is silent for ten seconds counts as gone. Its DTLS alert alone
//     does not end the connection; loss of ICE consent does.
//   - DELETE of the session at the end, with the key.
package whip
