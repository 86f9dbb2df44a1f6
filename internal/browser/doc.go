// Package browser opens pages in a real Chromium, for the tests of the console
// and for its pictures. Nothing of the product imports it.
//
//	Start ─ Browser ─┬─ Tab   cookies of its own, like a private window
//	                 └─ Tab   any number, at the same time
//
// A Tab is used as a person uses it: Open, Click, Type, Choose, Press. A method that
// acts on an element waits until the element is there, visible, enabled and not
// covered, and then sends real mouse and key events. A method that reads waits until
// there is something to read. Each method ends with its context, and none waits for a
// fixed time.
//
// Elements are named by their visible text: that of a button or link, or the label of
// a field. A name that no element has is used as a CSS selector.
//
// Meanwhile the Tab records faults that are easily overlooked; see Complaint,
// Overflow and Violation.
//
// The browser reaches the loopback addresses and nothing else. Its profile, its
// home folder and its temporary files are in folders that are removed when it
// ends, and it ends with this process even if that is killed.
package browser
