// Package rekey holds the nouns and the rules of the domain. It knows no SQL, no
// SMTP and no HTTP, and imports no other package of Rekey.
//
// When an event happens, the right people get a working new password, nobody
// else is touched, and nobody is ever locked out:
//
//	Event ──► Automation.Matches ──► Run, due after Automation.Delay
//	      (what, from whom, when)     │
//	                                  ▼  when it is due, from what is stored then
//	                             Selection, Authority, guards
//	                                  │
//	                                  ▼  one for each system user
//	                             Delivery ──► mail ──► Credential
//
// A system user is a person or a program with an account here. The email address is
// the user name. An event is one occurrence of an event type of the catalogue. An
// automation says which job the event starts, for whom and when. A selection is a
// named condition over system users. A run is one execution of an automation for
// one event. A delivery is one system user in one run: the new password on its way
// to them. A chosen password is one that its user has set; a mailed password is
// good only for choosing another. To issue a password is to generate it, store its
// verifier and seal it for the mail. A mail is accepted when the mail server has
// answered the final dot with 2xx.
//
// Comments cite the promises by a letter and a number. docs/reliability.md says
// which test shows each of I1 to I10:
//
//	I1   nobody is locked out: the chosen password works, or a mailed one that the
//	     mail server has accepted; only revoke at once, and the lock after failed
//	     log-ins, are exceptions
//	I2   a mailed password works, from before the connection until it expires
//	I3   one event, one automation, one person: one password
//	I4   a retry sends the same mail, byte for byte
//	I5   no password is readable at rest
//	I6   API users are left alone, unless the job says otherwise
//	I7   a selection is calculated when the run executes, after the delay
//	I8   an event that was taken is kept, also after kill -9
//	I9   a mailbox that is slow or refused delays nobody else
//	I10  at most one unfinished delivery for each person
//
//	R4   a selection keeps API users out; the guard is on by default
//	R5   system-related events go with system-related jobs
//	R8   the target is one system user, or the system users whom the event names
//	R9   a delay begins when the event took place
//	R10  the same as I7
//	B10  automations send nobody more than three passwords in 24 hours unasked
//
// A refusal is an *Error with a Code, a message for people and, for bad input, the
// fields.
//
// The tags of a struct give its JSON and YAML names, and the descriptions of its
// fields in the OpenAPI document.
package rekey
