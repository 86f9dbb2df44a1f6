package selection

import (
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// guardMapping refuses mappings that type-check but have no bound on time or memory.
// CEL counts a step after it, so no single step may be large. A value of an event is
// no larger than the event. Only a list that holds one value twice, in a loop that
// does so again and again, grows without bound:
//
//   - No list or map holds lists, and a value whose type is known to be a list does
//     not become one of unknown type, which would hide such lists.
//   - Two values of unknown type are not compared, searched or added, as that walks
//     through all of both.
//   - Patterns are refused: a text of an event is longer than one of a system user.
func guardMapping(checked *cel.Ast) *ExpressionError {
	g := &mappingGuardian{guardian{tree: checked.NativeRep()}}
	ast.PreOrderVisit(g.tree.Expr(), ast.NewExprVisitor(g.visit))
	return g.problem
}

type mappingGuardian struct{ guardian }

func (g *mappingGuardian) visit(e ast.Expr) {
	switch e.Kind() {
	case ast.StructKind, ast.MapKind:
		g.refuse(e, "objects and maps cannot be made in a mapping")
	case ast.ListKind:
		for _, member := range e.AsList().Elements() {
			if g.isCollection(member) {
				g.refuse(member, "a list holds texts, no lists or objects")
			}
		}
	case ast.CallKind:
		g.call(e)
	case ast.LiteralKind:
		switch e.AsLiteral().(type) {
		case types.Bool, types.Int, types.Double, types.String, types.Null:
		default:
			g.refuse(e, "expected a text in quotes, a number, true, false or null")
		}
	default:
	}
	if e.Kind() == ast.LiteralKind || e.Kind() == ast.IdentKind {
		return
	}
	if nesting(g.tree.GetType(e.ID())) > 1 {
		g.refuse(e, "a list holds texts, no lists or objects")
	}
}

func (g *mappingGuardian) call(e ast.Expr) {
	call := e.AsCall()
	name, args := call.FunctionName(), call.Args()
	switch {
	case allowed[name] == "":
		g.refuse(e, unknownFunction(name))
	case name == "matches":
		g.refuse(e, "a mapping has no patterns; use startsWith, endsWith or contains")
	case len(args) == 2 && (name == operators.Equals || name == operators.NotEquals) && !g.isPlain(args[0]) && !g.isPlain(args[1]):
		g.refuse(e, "one side of a comparison must be a text, a number, true, false or null; string(x) makes x a text")
	case len(args) == 2 && name == operators.In && !g.isPlain(args[0]) && !g.holdsPlain(args[1]):
		g.refuse(e, "what is searched must be a text or a number; string(x) makes x a text")
	case len(args) == 2 && (name == operators.Index || name == operators.OptIndex) && !g.isPlain(args[1]):
		g.refuse(e, "the key or position must be a text or a number; string(x) makes x a text")
	case len(args) == 2 && name == operators.Add && !g.isPlain(args[0]) && !g.isPlain(args[1]) && (!g.isCollection(args[0]) || !g.isCollection(args[1])):
		g.refuse(e, "one side of + must be a text or a number, or both sides lists; string(x) makes x a text")
	case name == operators.Conditional && len(args) == 3:
		g.keepsType(e, args[1])
		g.keepsType(e, args[2])
	case name == "orValue" && len(args) == 1:
		g.keepsType(e, args[0])
	}
}

// keepsType refuses a list or map that becomes a value of unknown type.
func (g *mappingGuardian) keepsType(e, from ast.Expr) {
	empty := from.Kind() == ast.ListKind && from.AsList().Size() == 0
	if !empty && g.isCollection(from) && !collection(g.tree.GetType(e.ID())) {
		g.refuse(from, "both values must be lists, or both must be none; event.data.?list.orValue([]) gives a list")
	}
}

func (g *mappingGuardian) isPlain(e ast.Expr) bool { return plainType(g.tree.GetType(e.ID())) }

func (g *mappingGuardian) isCollection(e ast.Expr) bool { return collection(g.tree.GetType(e.ID())) }

// holdsPlain reports whether a list or map holds, or has as keys, plain values only.
func (g *mappingGuardian) holdsPlain(e ast.Expr) bool {
	t := g.tree.GetType(e.ID())
	return collection(t) && !optionalType(t) && len(t.Parameters()) > 0 && plainType(t.Parameters()[0])
}

func plainType(t *types.Type) bool {
	switch t.Kind() {
	case types.BoolKind, types.IntKind, types.DoubleKind, types.StringKind, types.NullTypeKind, types.TimestampKind, types.DurationKind:
		return true
	default:
		return false
	}
}

// collection reports whether a type is that of a list, a map, or an optional one.
func collection(t *types.Type) bool {
	if optionalType(t) {
		t = t.Parameters()[0]
	}
	return t.Kind() == types.ListKind || t.Kind() == types.MapKind
}

func optionalType(t *types.Type) bool {
	return t.Kind() == types.OpaqueKind && t.TypeName() == "optional_type"
}
