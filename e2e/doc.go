// Package e2e holds the tests of the whole program, from the event over HTTP to the
// log-in with the mailed password. They check it from outside: over HTTP, at the mail
// server, and in the files that it writes.
//
//	way_test.go      when the old password works, and what a mailed one opens
//	copy_test.go     an installation that moves to PostgreSQL
//	delay_test.go    decisions after the delay
//	attack_test.go   what a stranger, a manager or an integrator cannot do
//	outage_test.go   a mail server that is down, or loses connections
//	postfix_test.go  a real Postfix
//	crash_test.go    SIGKILL at every named step
//	storm_test.go    SIGKILL a hundred times under load
//	schedule_test.go SIGKILL around the moments of schedules
//	first_run_test.go  a stranger who sets it up and automates by clicking
//	console_test.go  the start: the printed address and the first Administrator
//	large_test.go    a run over thousands, killed in planning and sending
//	databases_test.go  several nodes: their sessions, roles, restarts and schema
//	proxy_test.go    the samples for nginx and Caddy
//	stop_test.go     a worker that sleeps while its recipient chooses a password
//
// Every test has a watch: it fails if a mailed or chosen password shows up in
// an answer, in the log or in any file.
package e2e
