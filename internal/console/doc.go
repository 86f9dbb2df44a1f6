// Package console serves the pages of Rekey. The server makes them. They work
// without scripts, by keyboard, on a phone and with a screen reader.
//
// All routes are in one table (routes.go) that says who may open each:
//
//	anyone ──► log in ──chosen password──► everything their role may open
//	             │
//	             └─────mailed password───► change password ──completed──► everything
//	                                            ▲
//	           every other page leads here ─────┘
//
// A request without a session, or with one that must change its password, gets to where
// it wanted to go afterwards, and a form is shown again with what was typed (arrival.go,
// kept_form.go). What Members and visitors see is in their language (package words).
//
// Each verb has a file. Package form reads a request, packages access and admin
// check it, and package view shows the page: a struct and its template. The text
// of a password field is never sent back. story/ has every page in every state.
//
//	request ──► admit (session, role) ──► verb ──► admin, access ──► view.Page ──► HTML
//
// A page does not offer what the reader's role may not do. Packages access and
// admin refuse such a request all the same.
//
// An error becomes a page with the status of its rekey.Code. The cause of an
// internal error is logged, never shown.
package console
