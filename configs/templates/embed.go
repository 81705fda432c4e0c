// Package templates holds the overlay templates that come with the box, one SVG
// file each; package overlay/template says how such a file is written.
package templates

import "embed"

// FS holds the SVG files by name: "lower-third.svg".
//
//go:embed *.svg
var FS embed.FS
