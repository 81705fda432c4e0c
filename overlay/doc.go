// Package overlay draws the explanation on a canvas: captions, gauges, process
// diagrams. A Set holds what one canvas shows. Whoever knows something new hands
// it the whole State; Run, off the air path, finds out which overlays look
// different now, draws those and publishes them; the canvas loop calls Blend on
// every picture, which only lays finished drawings over the pixels where there
// is something, and never waits, allocates or draws.
//
//	State ──► Update ──► Run: bind, compare, draw, publish ──► Blend, every frame
package overlay
