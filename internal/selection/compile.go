package selection

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"

	"rekey"
)

// Limits bound what one condition may cost. Cost is counted in CEL's units: a
// read of a field, a comparison or a step of a loop is one unit, about 100 ns;
// text costs one unit for ten characters. The zero value stands for the
// defaults.
type Limits struct {
	// PerUser is how much one system user may cost. A user who costs more
	// could not be evaluated. Default 10,000, about a millisecond.
	PerUser uint64
	// WorstCase is how much one system user with as many and as long
	// attributes as are allowed could cost; what could cost more is refused
	// when it is saved. Default 1,000,000.
	WorstCase uint64
}

// Defaults of Limits.
const (
	DefaultPerUser   = 10_000
	DefaultWorstCase = 1_000_000
)

// Bounds of the parser. A condition that people write is far below them.
const (
	maxNesting        = 32 // of parentheses, calls and operators
	maxErrorRecovery  = 4
	maxReportedErrors = 3
)

// Compiler turns expressions into programs. It is safe for concurrent use.
type Compiler struct {
	env    *cel.Env
	limits Limits
}

// New returns a compiler. It fails only if the language itself cannot be set
// up, which is a mistake in this package.
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
	return &Compiler{env: env, limits: limits}, nil
}

func newEnv() (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	options := []cel.EnvOption{
		cel.CustomTypeAdapter(registry),
		cel.CustomTypeProvider(provider{registry}),
		cel.Variable("user", userType),
		cel.Variable("now", cel.TimestampType),
		cel.StdLib(),
		cel.OptionalTypes(cel.OptionalTypesVersion(0)),
		// Only macros that do not copy their operand: optMap writes it down twice, 2ⁿ times when nested.
		cel.ClearMacros(),
		cel.Macros(macros...),
		cel.HomogeneousAggregateLiterals(),
		cel.EagerlyValidateDeclarations(true),
		cel.DefaultUTCTimeZone(true),
		cel.ParserRecursionLimit(maxNesting),
		cel.ParserErrorRecoveryLimit(maxErrorRecovery),
		cel.ParserExpressionSizeLimit(rekey.MaxExpression),
	}
	return cel.NewCustomEnv(append(options, functions()...)...)
}

// Program is a compiled condition. It is safe for concurrent use; each
// calculation of it is not.
type Program struct {
	expression string
	program    cel.Program
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
		return nil, invalid(&ExpressionError{1, 1, "the condition can cost too much for a system user with many " +
			"attributes; avoid loops inside loops, and patterns in loops"})
	}
	program, err := c.env.Program(checked,
		cel.EvalOptions(cel.OptOptimize),
		cel.CostLimit(c.limits.PerUser),
		cel.CostTracking(charge{patterns}))
	if err != nil {
		// Constants are calculated here: timestamp("yesterday") comes up now.
		return nil, invalid(&ExpressionError{1, 1, "a constant cannot be calculated: " + oneLine(err)})
	}
	return &Program{expression, program}, nil
}

// checkText refuses what should not get as far as the parser.
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
