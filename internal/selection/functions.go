package selection

import (
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// maxDays is the largest argument of days(), about 270 years: a duration of
// CEL cannot hold more than 292.
const maxDays = 100_000

// functions are those that CEL's own library does not have. The names of the
// three for texts are those of its strings extension, of which the rest is
// left out because replace and join make texts of any length in one step.
func functions() []cel.EnvOption {
	return []cel.EnvOption{
		textFunction("lowerAscii", lowerASCII),
		textFunction("upperAscii", upperASCII),
		textFunction("trim", strings.TrimSpace),
		// CEL writes a day as duration("24h"), which nobody can read at 2160h.
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
