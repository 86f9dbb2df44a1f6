// Package server listens for HTTP and does what every request needs, whoever
// answers it: an id, the address it came from, limits of size and time, headers
// that keep browsers safe, one line of log, an answer when a handler fails.
//
//	connection ─► Server ─► request id, source ─► time and size limits
//	           ─► same origin ─► log, metrics, recover ─► handler
//
// Errors become HTTP here and nowhere else: Explain turns any error into a
// Problem with the status of its rekey.Code. What is not a rekey.Error is
// logged with the id of the request, and shown to nobody.
//
// A handler that panics is answered with 500 and logged; the others go on. A
// server that is shut down takes no new connections and lets requests finish
// until the context given to Shutdown ends.
package server
