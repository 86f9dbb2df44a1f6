// Package store keeps everything that must survive a crash, in SQL.
//
// Each query is written once, in the dialect that SQLite and PostgreSQL share.
// The differences are behind querier and backend (db.go), in the files that begin
// with sqlite and postgres. Times are stored as microseconds since 1970 in UTC, 0
// for never. JSON is decoded in Go.
//
// Reads use a pool that cannot write. All writes go through Update. SQLite runs one
// transaction at a time, and callers that arrive during a commit share the next
// one. If a commit fails, all its callers get the error. What a caller was told is
// stored is never lost (I8).
//
// Where to look:
//
//	db.go, where.go, rowset.go        how a statement is run and put together
//	sqlite*.go, postgres*.go          one database alone
//	migrations/                       the schema, with equal numbers for both
//	users, automations, events, …     a noun: read, insert, update; …_list.go its long lists
//	runs_*.go                         a run: planned, held, cancelled
//	lost.go                           due work that has no job: what the sweep looks for
//	rate_slots.go                     rates that all nodes share
//	deliveries, delivering, issuing,  a delivery: its columns, what is due, ISSUE,
//	settling, batches_left            outcomes, the end of its batch
//	count_*.go                        counts: by state, run and hour, and of what waits
//	limit_counters.go                 recent attempts, for locks and limits
//	copy*.go                          from SQLite to PostgreSQL
package store
