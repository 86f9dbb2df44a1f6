// Package demo shows the whole story on one machine with nothing to set up: a
// scratch folder, SQLite, a mail server that catches every message, sample
// people, and the real server, which it speaks to through HTTP alone.
//
//	event ──► mails ──► log in with the mailed password ──► choose one's own
//
// Each step is checked, not only shown: the first that does not hold ends the
// story with an error that names it. The scratch folder is removed at the end.
package demo
