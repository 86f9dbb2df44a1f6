// Package selection compiles and calculates selections: named conditions over
// system users, written in CEL over user and now.
//
//	expression ──Compile──► Program ──Start(Budget)──► Calculation ──Match──► true, false, error
//	    ▲
//	    └──Render── Rows ◄──Parse── expression          what the console offers beside the text
//
// A condition is text that one person writes and the server executes for
// everybody, so the language is smaller than CEL and everything in it has a
// bound (see expression_check.go): no nested lists, no dynamic values, constant patterns.
// What can go wrong, and what it means:
//
//   - Compile refuses it: a *rekey.Error with the position; nothing is stored.
//   - Match returns an error that is ErrNotEvaluated: this one user could not be
//     evaluated (a missing attribute, a division by zero, too costly). They are
//     not selected; the others are.
//   - Match returns ErrBudget: the calculation as a whole has cost too much.
//     A preview says so; a run fails and touches nobody.
//
// An error never counts as selected.
package selection
