// Package publish carries encoded packets to the places a broadcast goes to.
// Each destination has a bounded queue and a supervisor of its own: a slow or
// dead one drops its own packets, through to the next key frame, and touches
// nothing else. Destinations that show pictures have the same supervisor and a
// queue of one: the newest.
package publish
