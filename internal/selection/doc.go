// Package selection compiles and calculates selections: named conditions over
// system users, written in CEL over user and now.
//
//	expression ──Compile──► Program ──Start(Budget)──► Calculation ──Match──► true, false, error
//	    ▲
//	    └──Render── Rows ◄──Parse── expression          the rows of the console
//
// One person writes a condition, and the server evaluates it for everybody. So the
// language is smaller than CEL, and everything in it has a bound (see
// expression_check.go): no nested lists, no dynamic values, constant patterns. The
// errors are:
//
//   - Compile refuses it: a *rekey.Error with the position; nothing is stored.
//   - Match returns ErrNotEvaluated: this one user could not be evaluated (a
//     division by zero, a text that is no number, too costly). They are not
//     selected. The others are evaluated. A missing attribute is no error: it
//     matches nothing (see missing.go).
//   - Match returns ErrBudget: the whole calculation has cost too much. A preview
//     says so. A run fails and touches nobody.
//
// An error never counts as selected.
package selection
