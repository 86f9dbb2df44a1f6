package selection

import (
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// maxDays is the largest argument of days(), about 270 years. A duration of CEL
// holds at most 292 years.
const maxDays = 100_000

// functions are the functions that CEL's own library lacks. Each also needs its row in
// allowed (expression_check.go) and in docs/selections.md, and a function of texts its
// name in cost.go. The three text functions have the names of CEL's strings extension. The rest of that extension
// is left out, because replace and join make texts of any length in one step.
func functions() []cel.EnvOption {
	return []cel.EnvOption{
		textFunction("lowerAscii", lowerASCII),
		textFunction("upperAscii", upperASCII),
		textFunction("trim", strings.TrimSpace),
		// duration("2160h") for 90 days is hard to read.
		cel.Function("days", cel.Overload("days_int", []*cel.Type{cel.IntType}, cel.DurationType,
			cel.UnaryBinding(func(arg ref.Val) ref.Val {
				n, ok := arg.(types.Int)
				if !ok || n < -maxDays || n > maxDays {
					return types.NewErr("days takes at most %d", maxDays)
				}
				return types.Duration{Duration: time.Duration(n) * 24 * time.Hour}
			}))),
	}
}

func textFunction(name string, f func(string) string) cel.EnvOption {
	return cel.Function(name, cel.MemberOverload("string_"+name, []*cel.Type{cel.StringType}, cel.StringType,
		cel.UnaryBinding(func(arg ref.Val) ref.Val {
			s, ok := arg.(types.String)
			if !ok {
				return types.MaybeNoSuchOverloadErr(arg)
			}
			return types.String(f(string(s)))
		})))
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func upperASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}
