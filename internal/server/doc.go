// Package server listens for HTTP and does what every request needs: an id, the
// source address, limits of size and time, headers that keep browsers safe, one
// line of log, and an answer when a handler panics.
//
//	connection ─► Server ─► request id, source ─► time and size limits
//	           ─► same origin ─► log, metrics, recover ─► handler
//
// Only this package turns errors into HTTP: Explain turns any error into a
// Problem with the status of its rekey.Code. An error that is no rekey.Error is
// logged with the id of the request, and never shown.
//
// A panic of a handler is logged and answered with 500; other requests go on.
// Shutdown takes no new connections and lets requests finish until its context
// ends.
package server
