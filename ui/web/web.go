// Package web holds the technician's page as it is built from the sources in page:
// the live programme, the cameras, the steps, the readings and the honest numbers,
// on one screen. It is a client of package api and loads nothing from elsewhere.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files returns the built page; without index.html if it has not been built.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is a constant of this file
	}
	return files
}
