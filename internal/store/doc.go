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
package store
