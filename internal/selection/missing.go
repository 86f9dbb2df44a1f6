package selection

import (
	"errors"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// A system user who lacks an attribute does not match a condition that depends on it:
// neither user.attributes.kiosk == "yes", nor != "yes", nor !(… == "yes"). To CEL,
// reading a missing key is an error, which !, == and != pass on and which && and ||
// drop where the other side decides. That is what is wanted. So CEL calculates as it
// does, and only a condition that ends with this error counts as not met. A value in
// place of the missing one would turn !(…) true, and choose people who are not meant
// (docs/decisions/0023-a-missing-attribute-is-no-match.md).
//
// The same holds for user.groups[0] of a person who is in no group. But "a" in
// user.groups is plainly false for them, so !("a" in user.groups) is true.

// lookupsOf returns the ids of the expressions that read a map by a key, or the groups
// by a position. A failed lookup carries the id of its expression.
func lookupsOf(tree *ast.AST) map[int64]bool {
	lookups := map[int64]bool{}
	ast.PostOrderVisit(tree.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			lookups[e.ID()] = isMap(tree, e.AsSelect().Operand())
		case ast.CallKind:
			if args, ok := call(e, operators.Index, 2); ok {
				list, isField := userField(args[0])
				lookups[e.ID()] = isMap(tree, args[0]) || isField && list == "groups"
			}
			// CEL reads (a ? user.attributes.x : user.attributes.y) as one lookup.
			if args, ok := call(e, operators.Conditional, 3); ok {
				lookups[e.ID()] = lookups[args[1].ID()] || lookups[args[2].ID()]
			}
		default:
		}
	}))
	return lookups
}

func isMap(tree *ast.AST, e ast.Expr) bool { return tree.GetType(e.ID()).Kind() == types.MapKind }

// missing reports whether an evaluation ended because a key is not in a map.
func (p *Program) missing(err error) bool {
	var failed *types.Err
	return errors.As(err, &failed) && p.lookups[failed.NodeID()]
}
