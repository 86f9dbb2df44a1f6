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
// Comments name what is promised by a letter and a number. docs/reliability.md says
// which test shows each of the first ten:
//
//	I1   nobody is locked out: at every moment the chosen password works, or a mailed
//	     one that the mail server has accepted; only revoke at once, and the lock
//	     after failed log-ins, give that up
//	I2   what was mailed works, from before the connection until it expires
//	I3   one event, one automation, one person: one password
//	I4   a retry sends the same mail, byte for byte
//	I5   no password is readable at rest
//	I6   API users are left alone, unless the job says otherwise
//	I7   a selection is calculated when the run executes, after the delay
//	I8   what was accepted is kept, also by kill -9
//	I9   a mailbox that is slow or refused delays nobody else
//	I10  at most one unfinished delivery for each person
//
//	R4   a selection keeps API users out; the guard is on by default
//	R5   system-related events go with system-related jobs
//	R8   the target is one system user, or those whom the event names
//	R9   a delay begins when the event took place
//	R10  is I7
//	B10  nobody is sent more than three passwords in 24 hours without having asked
//
// What is refused is an *Error with a Code, a message for people and, for bad
// input, the fields.
//
// The tags of a struct say how it is written in JSON and YAML, and what the
// OpenAPI document says of its fields.
package rekey
