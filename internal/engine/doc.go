// Package engine takes an event to a working password. Each step is a file, in
// the order in which they are taken:
//
//	event in ─► intake ─► match ─► run, due time ── one transaction: event,
//	                                │               runs and jobs
//	                                ▼
//	run is due: execute ─► resolve ─► check ─► deliveries, in batches
//	                                │
//	                                ▼
//	batch:  issue   one transaction: guards once more, password, verifier,
//	                seal, "attempt begun"
//	        send    no transaction: mail, in parallel
//	        accept  transactions: what became of each, see retry
//
// What is left to be done is in the rows of runs, batches and deliveries, never
// in the queue: a job only says where to look, so that one job too many does
// nothing, and sweep makes anew one that is lost.
//
// # When something fails
//
// Killed before the commit of a step, the step is taken again from the start;
// killed after it, from the next. Between issue and accept the message may or
// may not have been sent; the row says that an attempt was begun, so its
// password logs in, and the next attempt sends the same bytes. A claim in the
// row, looked at right before each message and again when its outcome is
// written, keeps two workers apart, and one that slept through its lease out.
//
// What is decided before the transaction that acts on it is looked at again
// there. The table in docs/reliability.md lists each decision.
package engine
