// Package ui is what both faces of the box share: the commands a person can give
// and the status that person is shown. The kiosk and the technician's page are
// two clients of the same API.
package ui
