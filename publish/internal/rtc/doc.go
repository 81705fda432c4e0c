// Package rtc is one WebRTC connection that only sends: one H.264 track, one Opus
// track, or both. It is the ground that publish/whip (the box calls a server) and
// publish/preview (a page calls the box) stand on, and the only place that knows
// the WebRTC library.
//
// What it puts on the wire:
//
//   - H.264 as RFC 6184, packetization-mode 1: small NAL units go together into one
//     STAP-A, large ones are cut into FU-A; access unit delimiters and filler are
//     left out. The last packet of a picture carries the marker. Opus as RFC 7587,
//     one packet each.
//   - RTP times are the packets' PTS on the program clock, at 90 kHz and 48 kHz,
//     plus a random start for each track. Nothing is added up from durations, so
//     nothing drifts.
//   - RTCP sender reports once a second tie both tracks to one and the same
//     programme clock, whatever each encoder's delay is. The library's own reports
//     take the time at which a packet was sent for the time at which it was made,
//     and put sound and picture apart by the difference of the two delays; so they
//     are made here.
//   - Lost packets asked for by NACK are sent again on the same SSRC.
//   - If asked for, every packet is numbered for transport-wide congestion control,
//     and the other side's reports become an estimate of what the way carries.
//
// Bundle and rtcp-mux are always used. An answer carries every candidate; an offer
// those that were found in time, and Trickle gives the others.
package rtc
