// Package store keeps everything that must survive a crash, in SQL.
//
// Each query is written once, in the dialect that SQLite and PostgreSQL share.
// What differs between them is behind querier and backend (db.go), in the files
// whose names begin with sqlite and postgres. Moments are stored as
// microseconds since 1970 in UTC, 0 for never; JSON is decoded in Go.
//
// Reads come from a pool that cannot write. All writing goes through Update,
// one transaction at a time on SQLite, where callers that arrive during a
// commit share the next one. If a commit fails, all its callers are told so;
// nothing that was told to be stored is lost (I8).
//
// Where to look:
//
//	db.go, where.go, rowset.go        how a statement is run and put together
//	sqlite*.go, postgres*.go          one database alone
//	migrations/                       the schema, with equal numbers for both
//	users, automations, events, …     a noun: read, insert, update; …_list.go its lists
//	runs_*.go                         a run: planned, held, cancelled, lost
//	deliveries, delivering, issuing,  a delivery: its columns, what is due, ISSUE,
//	settling, batches_left            outcomes, the end of its batch
//	count_*.go                        what is counted: by state, by run, by hour, what waits
//	limit_counters.go                 what happened lately, for locks and limits
//	copy*.go                          from SQLite to PostgreSQL
package store
