// Package capture brings pictures and sound into the box. A Source streams
// frames as they came from the wire into a Mailbox that keeps only the newest;
// nobody waits for anybody, and nothing is decoded here (H.264, which has to be
// decoded in a row, has package h264). A Camera supervises one source: it opens it,
// opens it again after a fault, and says in plain words what is wrong.
package capture
