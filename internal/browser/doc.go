// Package browser opens pages in a real Chromium, for the tests of the console
// and for its pictures. Nothing of the product imports it.
//
//	Start ─ Browser ─┬─ Tab   cookies of its own, like a private window
//	                 └─ Tab   any number, at the same time
//
// A Tab is used as a person uses it: Open, Click, Type, Choose, Press. What
// acts on an element waits until it is there, visible, enabled and not covered
// by another, and then sends real mouse and key events; what reads waits until
// there is something to read. All of it ends with the context that is given,
// and nothing waits for a fixed time.
//
// Elements are named by what is seen: the text of a button or link, the label
// of a field. What no element is called is taken as a CSS selector.
//
// Meanwhile the Tab writes down what nobody sees and everybody minds; see
// Complaint, Overflow and Violation.
//
// The browser reaches the loopback addresses and nothing else. Its profile, its
// home folder and its temporary files are in folders that are removed when it
// ends, and it ends with this process even if that is killed.
package browser
