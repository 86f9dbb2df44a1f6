// Package rekey is the language of the domain: its nouns and its rules. It
// knows no SQL, no SMTP and no HTTP, and imports nothing else of Rekey.
//
// When an event happens, the right people get a working new password, nobody
// else is touched, and nobody is ever locked out:
//
//	Event ──► Automation.Matches ──► Run, due after Automation.Delay
//	            (what, from whom)     │
//	                                  ▼  when it is due, from what is stored then
//	                             Selection, Authority, guards
//	                                  │
//	                                  ▼  one for each system user
//	                             Delivery ──► mail ──► Credential
//
// A system user is somebody, or some program, with an account here; the email
// address is the user name. An event is one occurrence of an event type of the
// catalogue, and an automation says which job it starts, for whom and when. A
// selection is a named condition over system users. A run is one execution of
// an automation for one event, and a delivery one system user in one run: the
// new password on its way to them. A password is chosen by its user, or mailed
// and then good only for choosing another. To issue one is to generate it, store
// its verifier and seal it for the mail; accepted is what the mail server has
// answered the final dot of with 2xx.
//
// What is refused is an *Error with a Code, a message for people and, for bad
// input, the fields.
//
// The tags of a struct say how it is written in JSON and YAML, and what the
// OpenAPI document says of its fields.
package rekey
