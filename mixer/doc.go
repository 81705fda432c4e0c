// Package mixer makes the programme picture: at every tick of the program clock
// it takes the newest picture of each camera that is shown, composes them on each
// canvas, draws the overlays and hands the canvas to its encoder. The clock is
// master: a camera that is too early is passed over, one that is late is held,
// one that is gone shows its slate, and the tick comes all the same.
//
// What is to be drawn is decided by package scene. A camera's frame is decoded once
// in a tick, at the largest size that any canvas shows; the other sizes, and what is
// turned or mirrored, are made from that. A canvas that is off asks for nothing.
package mixer
