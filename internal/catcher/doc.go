// Package catcher is a mail server on loopback that delivers nothing: it keeps
// every message in memory, hands them to whoever waits for one, and shows them
// on a web page. The demonstration uses it in place of a real mail server.
//
// Recipients whose local part is "refuse" or "defer", or begins with that and
// a plus sign, are refused: the first for good (550), the second for now (451).
//
// The messages hold passwords. Both listeners are on loopback, the page answers
// under loopback names only, so that no other site can read it through a name
// of its own, and what a message brings as HTML runs in a sandbox without
// scripts and without a way out.
package catcher
