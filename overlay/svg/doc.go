// Package svg draws SVG documents and measures text, through librsvg, Cairo and
// Pango. What goes in is bytes, what comes out is premultiplied pixels and
// numbers; nothing of the C libraries shows outside.
//
// Nothing is ever loaded from outside the document: images and links with a
// data: address are drawn, every other address (file, http, a relative path) is
// refused by librsvg and simply not drawn.
//
// Threads: different Documents may be used at the same time, calls on one
// Document wait for one another, and the package's functions may be called from
// anywhere. Pango keeps its fonts per operating system thread, though, so a
// goroutine that draws for hours should call runtime.LockOSThread first: then
// the fonts are loaded once instead of once per thread the goroutine visits.
package svg
