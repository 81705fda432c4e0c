// Package whip publishes to a WebRTC server by WHIP (RFC 9725).
//
// What it does on the wire:
//
//   - One POST with the offer (application/sdp, all candidates in it), Authorization:
//     Bearer if there is a key. The offer is sendonly, bundled, H.264 with
//     packetization-mode 1 and Opus 48000/2. For H.264 it names the stream's own
//     profile first (Main is written 4d00xx, constrained baseline 42e0xx: the one
//     form of each that browsers know) and constrained baseline after it, for servers
//     that name nothing else. A server that agrees on constrained baseline only is
//     sent the stream as it is; its SPS says what it is.
//   - Redirects 307 and 308 are followed, up to five, never from https to http, and
//     no others. The key goes along within one origin, and by https within one
//     registered domain, which is how the large services balance; anywhere else it
//     stays behind.
//   - 201 brings the answer, the session's address (Location, relative or absolute)
//     and perhaps ICE servers (Link, rel="ice-server"). If the connection does not
//     come about directly within a few seconds, the session is deleted and asked for
//     once more with these servers: the WebRTC library takes them only at the start.
//   - Where the server takes late candidates (Accept-Patch or a strong ETag), that
//     second offer goes out at once, and relay addresses follow by PATCH
//     (application/trickle-ice-sdpfrag, If-Match) as they are found.
//   - Then RTP, as publish/internal/rtc describes it, as the packets come: a picture's
//     packets leave together, without pacing.
//   - A server's PLI or FIR becomes a call of OnKeyRequest, at most one a second.
//   - With OnBitrate, transport-wide congestion control says what the way carries, for
//     an encode that serves this destination alone.
//   - A server that is silent for 4.5 seconds counts as gone. Its DTLS alert alone
//     does not end the connection; loss of ICE consent does.
//   - DELETE of the session at the end, also of one that never connected.
//
// What goes wrong is a publish.Error: a refusal (a wrong key, no such address, somebody
// on air there, no H.264) is told apart from a server in trouble and from a network
// that is not there, and a server's Retry-After is passed on.
package whip
