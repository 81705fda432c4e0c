// Package preflight looks at the line before a broadcast: does each destination's
// server answer, how long does it take, and what does the line carry.
//
// How much a line carries can be measured only against a server that takes a test
// upload. Platforms do not: publishing onto somebody's key to see how fast it goes
// would open a room in front of an audience. So the upload is measured only to an
// address that the operator gave for this, and where none is given the result says
// that it was not measured. No key is ever sent.
package preflight
