// Package api is the REST API below /api: version 1 with its OpenAPI document,
// and pages that describe it.
//
// request ─► who is calling? ─► is the body too large? ─► read, check
//
//	─► use case (admin, access) ─► answer
//
// There are no sessions: a caller sends a password or a token with every
// request. The system user, as read for this request, decides what they may do.
// A mailed password may only call PUT /api/v1/account/password.
//
// huma checks requests and writes the OpenAPI document from the types of input
// and output, which are in package client. POST /api/v1/events is the exception:
// it is the busiest route and has three forms, so it reads CloudEvents itself.
//
// On failure the answer is a problem (RFC 9457), made by package server, and
// nothing is stored.
package api
