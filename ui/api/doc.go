// Package api is the studio's HTTP API, for the technician's page, the kiosk and
// programs: typed operations with an OpenAPI description, pictures, the live status
// over a WebSocket, and the live preview (WHEP).
//
// There are no access rules: whoever reaches the API may do everything. So it listens
// on loopback addresses and on a socket of this user alone, answers only to loopback
// names (a page elsewhere cannot rebind its own name to this box), and refuses what
// other sites' pages ask a browser to send.
package api
