// Package rekey is the language of the domain: its nouns and its rules, and
// nothing of how they are stored, sent or shown.
//
//	event ──matches──► automation ──► run ──due──► deliveries ──► mail ──► log-in
//	                   selection, delay             one for each            and a password
//	                                                system user             of one's own
//
// An event is one occurrence of an event type, with the system users involved.
// An automation says what is done when it matches: a job type with its
// parameters, for those whom a selection picks, after a delay. A run is one
// execution of an automation for one event; a delivery is one system user in
// one run, their new password on its way to them.
//
// A system user is somebody, or some program, with an account: of type UI, API
// or Hybrid, with a role whose rank says what they may do. They have at most one
// chosen password, which they set, and any number of mailed ones, each good
// only for choosing another. To issue a password is to generate it, store its
// verifier and seal the secret for the mail. A mail is accepted when the mail
// server has answered the final dot with 2xx; from there on it is the server's
// business. A run that waits for somebody is held.
//
// What logs in is Credential; who may do what is Authority; what a delivery goes
// through is DeliveryState. The flow is in internal/engine, the rest of the
// rooms in the README.
package rekey
