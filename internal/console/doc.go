// Package console serves the pages of Rekey: made on the server, usable without
// script, by keyboard, on a phone and with a screen reader.
//
// All routes are in one table (ui.go) that says who may open each:
//
//	anyone ──► log in ──chosen password──► everything that is theirs
//	             │
//	             └─────mailed password───► change password ──completed──► everything
//	                                            ▲
//	           every other page leads here ─────┘
//
// A verb is a file. What was sent is read in form/, judged in packages access and
// admin, and shown by a template of view/ from a struct of its own. What stands
// in a password field is never sent back. story/ has every page in every state.
//
//	request ──► admit (session, role) ──► verb ──► admin, access ──► view.Page ──► HTML
//
// What a role may not do is not offered on the page; that it is refused when
// asked for anyway is seen to by the packages that do it.
//
// Errors become a page with the status of their rekey.Code; the cause of those
// that are ours is logged and not shown.
package console
