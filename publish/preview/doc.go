// Package preview shows the programme to a page over WebRTC, answering WHEP
// (draft-ietf-wish-whep) offers. It lives on a small encode of its own, made only
// while somebody watches, and never touches the programme: a viewer's wish for a key
// frame goes to that encode alone, and a viewer too slow for it loses its own
// pictures through to the next key frame.
//
// A viewer is found at the box's own addresses, without STUN and without trickle: the
// answer holds every candidate, loopback among them. A browser that hides its
// addresses (.local candidates) calls the box and is found by that. The sound is
// stereo if the page writes stereo=1 into the Opus line of its offer, mono otherwise;
// that is how browsers are. A browser on the box itself is reached by loopback; only
// when the box has no network at all, Chromium finds no address of its own to call
// from.
package preview
