// Package engine takes an event to a working password. Each step is a file, in this
// order:
//
//	event in ─► intake ─► match ─► run, due time ── one transaction: event,
//	                                │               runs and jobs
//	                                ▼
//	run is due: execute ─► plan ─► resolve ─► guards and limits ─► deliveries,
//	                                │                              in batches, or
//	                                │                              held for approval
//	                                │                              (ceiling: plan), or
//	                                │                              for their wave (waves)
//	                                ▼
//	deliver a batch:
//	        issue   one transaction: guards once more, password, verifier,
//	                seal, "attempt begun"
//	        send    no transaction: mail, in parallel
//	        settle  transactions: the outcome of each attempt; backoff says
//	                when there is another
//
// Beside this way stand retry (by hand), resume (after a pause), outbox (mails without a
// password), digest (that to owners and approvers) and sweep.
// After each sweep internal/app prunes old rows.
//
// The rows of runs, batches and deliveries say what is still to do, never the
// queue. A job only says where to look. So a surplus job does nothing, and sweep
// makes a lost job again.
//
// # When something fails
//
// After a crash before the commit of a step, the step starts again. After a crash
// after the commit, the next step follows. After a crash between issue and settle it
// is unknown whether the message was sent. The row says that an attempt was begun, so
// its password logs in, and the next attempt sends the same bytes. A claim in the
// row keeps two workers apart, and stops a worker whose lease has ended. It is
// checked right before each message, and again when the outcome is written.
//
// What is decided before a transaction is checked again in the transaction that
// acts on it. The table in docs/reliability.md lists each decision. Deactivating or
// deleting an automation cancels its waiting runs at once
// (internal/admin/automation_status.go). An edit applies to them when they execute.
package engine
