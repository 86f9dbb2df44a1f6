// Package catcher is a mail server on loopback for the demonstration. It delivers
// nothing: it keeps every message in memory and shows it on a web page.
//
// It refuses recipients whose local part is "refuse" or "defer", or begins with one
// of these and a plus sign: "refuse" with 550, "defer" with 451.
//
// The messages hold passwords. Both listeners are on loopback. The page answers only
// to loopback names, so that no other site can read it by a name of its own (DNS
// rebinding). The HTML of a message is shown in a sandbox without scripts.
package catcher
