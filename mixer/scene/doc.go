// Package scene is pure: where cameras sit on a canvas, which part of a camera is
// shown there, and how one shot becomes the next as a function of time. Layouts
// are data in fractions of the canvas; for a canvas's size they become rectangles
// in pixels, and for a moment the list of tiles that have to be drawn. It touches
// no pixel and asks no clock.
package scene
