// Package adapt decides how many bits a canvas may send while it is on air. It is
// told twice a second, or once, how long each destination's queue is and what the
// destination took and lost, and answers with the bit rate of the canvas's shared
// encode, and with those of destinations that get an encode of their own.
//
// The rules, in the order in which they are asked:
//
//  1. A destination is slow when its queue grows beyond half a second, or when it
//     lost packets. What waited until it was connected does not count as growth. One
//     that has congestion control instead of a queue (WebRTC) is slow when for two
//     seconds that had clearly less room than it is sent.
//  2. When more than half of a canvas's destinations on air are slow, it is the
//     line that is slow: the shared encode steps down, at once, to somewhat less
//     than what the slowest of them takes.
//  3. When fewer are, it is those: the others keep their quality. A slow one drops
//     packets from its own queue; if it is still slow after ten seconds, it moves
//     to an encode of its own, if one is allowed and it takes at least the least
//     bit rate. It comes back when its own encode has run at the shared one's bit
//     rate for a minute.
//  4. When all is calm, the rate goes up slowly: by a twelfth every two seconds, but
//     only to nine tenths of what was too much last. What lies beyond is tried after
//     forty seconds, and after a failure less and less often; a trial that has held
//     for as long frees the way.
//
// Nothing here has a clock, a thread or a packet.
package adapt
