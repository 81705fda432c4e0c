// Package clips makes ready files of moments that are over: the last half minute to
// five minutes of a canvas as an MP4 that plays everywhere, or a stretch of a
// camera's own recording. Nothing is coded again; a clip begins at the key frame
// before its moment.
//
// A clip is read back from the recording's own fragments, which are in the system's
// memory anyway; five minutes in memory of our own would be 155 MB for each canvas.
// Only what is not recorded is kept in a Ring, for a minute. A clip is written beside
// its place and put there whole, so that nobody finds half of one.
package clips
