package selection

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"

	"rekey"
)

// Limits bound the cost of one condition, in CEL's units. A field read, a
// comparison or a loop step is one unit, about 100 ns. Text costs one unit for ten
// characters. The zero value stands for the defaults.
type Limits struct {
	// PerUser is the limit for one system user. A user who costs more is not
	// evaluated. Default 10,000, about a millisecond.
	PerUser uint64
	// WorstCase is the limit for a system user with the most and longest attributes
	// that are allowed. A condition that could cost more is refused when it is
	// saved. Default 1,000,000.
	WorstCase uint64
}

// Defaults of Limits.
const (
	DefaultPerUser   = 10_000
	DefaultWorstCase = 1_000_000
)

// Bounds of the parser, far above conditions that people write.
const (
	maxNesting        = 32 // of parentheses, calls and operators
	maxErrorRecovery  = 4
	maxReportedErrors = 3
)

// Compiler turns expressions into programs. It is safe for concurrent use.
type Compiler struct {
	env      *cel.Env
	mappings *cel.Env
	limits   Limits
}

// New returns a compiler. An error means a mistake in this package.
func New(limits Limits) (*Compiler, error) {
	if limits.PerUser == 0 {
		limits.PerUser = DefaultPerUser
	}
	if limits.WorstCase == 0 {
		limits.WorstCase = DefaultWorstCase
	}
	env, err := newEnv()
	if err != nil {
		return nil, err
	}
	mappings, err := newMappingEnv()
	if err != nil {
		return nil, err
	}
	return &Compiler{env: env, mappings: mappings, limits: limits}, nil
}

func newEnv() (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	return cel.NewCustomEnv(append(language(),
		cel.CustomTypeAdapter(registry),
		cel.CustomTypeProvider(provider{registry}),
		cel.Variable("user", userType),
		cel.Variable("now", cel.TimestampType),
		cel.HomogeneousAggregateLiterals(),
	)...)
}

// language is what conditions and mappings have in common.
func language() []cel.EnvOption {
	return append(functions(),
		cel.StdLib(),
		cel.OptionalTypes(cel.OptionalTypesVersion(0)),
		// These macros do not copy their operand. optMap copies it, 2ⁿ times when
		// nested.
		cel.ClearMacros(),
		cel.Macros(macros...),
		cel.EagerlyValidateDeclarations(true),
		cel.DefaultUTCTimeZone(true),
		cel.ParserRecursionLimit(maxNesting),
		cel.ParserErrorRecoveryLimit(maxErrorRecovery),
		cel.ParserExpressionSizeLimit(rekey.MaxExpression),
	)
}

// Program is a compiled condition. It is safe for concurrent use; its calculations
// are not.
type Program struct {
	expression string
	program    cel.Program
	lookups    map[int64]bool // as lookupsOf returns them
}

// Expression returns the text that was compiled.
func (p *Program) Expression() string { return p.expression }

// Compile parses and type-checks an expression. An error is a *rekey.Error with
// CodeInvalid whose fields are all "expression"; its cause is the first
// *ExpressionError, with the position.
func (c *Compiler) Compile(expression string) (*Program, error) {
	if problem := checkText(expression); problem != nil {
		return nil, invalid(problem)
	}
	checked, issues := c.env.Compile(expression)
	if err := issues.Err(); err != nil {
		return nil, invalid(problemsOf(expression, issues.Errors())...)
	}
	patterns, problem := guard(checked)
	if problem != nil {
		return nil, invalid(problem)
	}
	if checked.OutputType() != cel.BoolType {
		return nil, invalid(&ExpressionError{1, 1, "the condition gives " + typeName(checked.OutputType()) +
			"; it must give true or false, such as user.rank >= 2"})
	}
	worst, err := c.env.EstimateCost(checked, worstCase{patterns})
	if err != nil {
		return nil, &rekey.Error{Code: rekey.CodeInternal, Message: "The condition could not be compiled.", Cause: err}
	}
	if worst.Max > c.limits.WorstCase || worst.Min > c.limits.PerUser {
		return nil, invalid(&ExpressionError{1, 1, "the condition can take too long for a system user with many " +
			"attributes or groups; avoid loops inside loops, and patterns in loops"})
	}
	program, err := c.env.Program(checked,
		cel.EvalOptions(cel.OptOptimize),
		cel.CostLimit(c.limits.PerUser),
		cel.CostTracking(charge{patterns}))
	if err != nil {
		// CEL evaluates constants here, so that timestamp("yesterday") is refused
		// now.
		return nil, invalid(&ExpressionError{1, 1, "a constant cannot be calculated: " + oneLine(err)})
	}
	return &Program{expression, program, lookupsOf(checked.NativeRep())}, nil
}

// checkText refuses expressions that must not reach the parser.
func checkText(expression string) *ExpressionError {
	switch {
	case len(expression) > rekey.MaxExpression:
		return &ExpressionError{1, 1, "the condition is too long; it may have at most 4,000 characters"}
	case strings.TrimSpace(expression) == "":
		return &ExpressionError{1, 1, "the condition is empty; give one such as !user.uses_api"}
	case !utf8.ValidString(expression):
		return &ExpressionError{1, 1, "the condition is not valid UTF-8 text"}
	}
	line, column := 1, 1
	for _, r := range expression {
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
			return &ExpressionError{line, column, `a control character; inside a text write it as \u0000`}
		}
		if column++; r == '\n' {
			line, column = line+1, 1
		}
	}
	return nil
}
