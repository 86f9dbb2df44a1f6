package selection

import (
	"strings"

	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"

	"rekey"
)

// Corrections of CEL's counting, in its units of about 100 ns. CEL counts a step
// after it, so no step may be large.
const (
	costOfZone      = 100 // loading a time zone reads a file
	patternSteps    = 10  // instructions × characters of a pattern for one unit
	charactersAUnit = 10  // of text that functions such as trim copy
)

// maxGroups is the number of groups in the worst case of a condition: as many as one
// log-on to Windows can hold. OpenLDAP allows more; Limits.PerUser still holds for them.
const maxGroups = 1015

// charge counts the real cost of the calls of one evaluation. CEL guesses the size
// of a pattern from its text, and counts too little for texts that double.
type charge struct{ patterns map[string]int }

// CallCost implements interpreter.ActualCostEstimator.
func (c charge) CallCost(function, overload string, args []ref.Val, _ ref.Val) *uint64 {
	var cost uint64
	switch {
	case function == overloads.Matches && len(args) == 2:
		pattern, _ := args[1].(types.String)
		cost = 1 + uint64(c.patterns[string(pattern)])*(1+size(args[0]))/patternSteps
	case overload == overloads.AddString && len(args) == 2:
		// One unit a character: no text is longer than the limit of a user.
		cost = 1 + size(args[0]) + size(args[1])
	case isTextFunction(function) && len(args) == 1:
		cost = 1 + size(args[0])/charactersAUnit
	case overload == overloads.AddList && len(args) == 2:
		cost = 1 + size(args[0]) + size(args[1])
	case strings.HasSuffix(overload, "_with_tz"):
		cost = costOfZone
	default:
		return nil
	}
	return &cost
}

func isTextFunction(name string) bool {
	return name == "lowerAscii" || name == "upperAscii" || name == "trim"
}

func size(v ref.Val) uint64 {
	if s, ok := v.(types.String); ok {
		return uint64(len(s))
	}
	if s, ok := v.(traits.Sizer); ok {
		if n, ok := s.Size().(types.Int); ok && n > 0 {
			return uint64(n)
		}
	}
	return 1
}

// worstCase tells the type checker's estimate the largest sizes that the domain
// allows.
type worstCase struct{ patterns map[string]int }

// EstimateSize implements checker.CostEstimator.
func (worstCase) EstimateSize(node checker.AstNode) *checker.SizeEstimate {
	most := uint64(rekey.MaxAttributeValue)
	switch path := strings.Join(node.Path(), "."); {
	case path == "user.attributes":
		most = rekey.MaxAttributes
	case path == "user.groups":
		most = maxGroups
	case path == "user.attributes.@keys":
		most = rekey.MaxAttributeKey
	case node.Type() != nil && node.Type().Kind() == types.MapKind:
		most = rekey.MaxAttributes
	case node.Type() != nil && node.Type().Kind() == types.ListKind:
		most = rekey.MaxExpression / 2 // "1," each
	}
	return &checker.SizeEstimate{Min: 0, Max: most}
}

// EstimateCallCost implements checker.CostEstimator.
func (w worstCase) EstimateCallCost(function, overload string, target *checker.AstNode, args []checker.AstNode) *checker.CallEstimate {
	switch {
	case function == overloads.Matches:
		text, pattern := target, 0
		if text == nil && len(args) == 2 {
			text, pattern = &args[0], 1
		}
		if text == nil || len(args) != pattern+1 {
			return nil
		}
		constant, _ := args[pattern].Expr().AsLiteral().Value().(string)
		return upTo(1+uint64(w.patterns[constant])*(1+w.most(*text))/patternSteps, 0)
	case isTextFunction(function) && target != nil:
		most := w.most(*target)
		return upTo(1+most/charactersAUnit, most)
	case strings.HasSuffix(overload, "_with_tz"):
		return upTo(costOfZone, 0)
	case function == overloads.TypeConvertString:
		return upTo(1, rekey.MaxAttributeValue)
	default:
		return nil
	}
}

func (w worstCase) most(node checker.AstNode) uint64 {
	if computed := node.ComputedSize(); computed != nil {
		return computed.Max
	}
	return w.EstimateSize(node).Max
}

func upTo(cost, result uint64) *checker.CallEstimate {
	return &checker.CallEstimate{
		CostEstimate: checker.CostEstimate{Min: 1, Max: cost},
		ResultSize:   &checker.SizeEstimate{Min: 0, Max: result},
	}
}
