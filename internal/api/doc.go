// Package api is the REST API below /api: version 1 with its OpenAPI document,
// and pages that describe it.
//
//	request ─► who is calling? ─► may the body be that large? ─► read, check
//	        ─► use case (admin, access) ─► answer
//
// Sessions do not count here: a caller sends a password or a token with every
// request, and what they may do follows from the system user as read for this
// request. A mailed password opens one call, PUT /api/v1/account/password.
//
// Every route but one is described to huma by the types of its input and
// output, which come from package client, and is documented and checked from
// that description. The exception is POST /api/v1/events, which reads
// CloudEvents by itself: it is the busiest, and has three forms.
//
// On failure the answer is a problem (RFC 9457), made by package server, and
// nothing is stored.
package api
