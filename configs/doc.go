// Package configs turns a configuration file into typed values, once, at the
// start. A mistake is one error that names file, line, key, value and what is
// allowed. Secrets do not live in it but in a file of their own beside it that
// only its owner can read.
package configs
