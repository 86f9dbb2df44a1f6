// Package rig runs Rekey for the tests of the whole program, the benchmark and
// the torture: nodes in processes of their own, with a mail server, people and
// clocks.
//
//	the rig ──► Node.Start ──► a process of the same program, which calls Main
//	              │ announces its address, answers calls (net/rpc)
//	              ▼ runs app.New and App.Run, as rekey serve does
//
// A process of a rig never outlives the process that started it.
//
// The mail server is in package peer, PostgreSQL in package pgtest.
package rig
