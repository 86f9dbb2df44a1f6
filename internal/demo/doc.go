// Package demo shows what Rekey does on one machine, without set-up: a scratch
// folder, SQLite, a mail server that catches every message, sample people, and the
// real server, which it uses only through HTTP.
//
//	event ──► mails ──► log in with the mailed password ──► choose one's own
//
// With Options.Directory the password lives in a directory, which is a slapd of the
// demonstration's own, and the directory is asked from outside whether it logs in.
//
// Each step checks its result. The first step that fails ends the story with an error
// that names it. The scratch folder is removed at the end.
package demo
