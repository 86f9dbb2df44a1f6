package rekey

import (
	"strings"
	"time"
)

// MaxExpression is the longest condition of a selection, in bytes.
const MaxExpression = 4_000

// AllExceptAPI names the built-in selection All system users except API users,
// the default of a new automation.
const AllExceptAPI = "all_except_api"

// Selection is a named condition over system users, in CEL. It is calculated
// when a job is executed (R10).
type Selection struct {
	ID          string
	Name        string
	NameKey     string
	Description string
	OwnerID     string // "" for the built-in ones
	Expression  string // CEL over user and now
	BuiltIn     string // "" for all that people made
	Version     int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
	UpdatedBy   string // id of whoever saved it last; "" for Rekey itself
}

// Validate checks everything but the expression, which its compiler checks.
func (s *Selection) Validate() error {
	var p Problems
	s.Name, s.Description = strings.TrimSpace(s.Name), strings.TrimSpace(s.Description)
	s.NameKey = NameKey(s.Name)
	CheckName(&p, s.Name, "Give the selection a name.")
	CheckDescription(&p, s.Description)
	switch {
	case strings.TrimSpace(s.Expression) == "":
		p.Add("expression", "Give a condition such as !user.uses_api.")
	case len(s.Expression) > MaxExpression:
		p.Add("expression", "A condition has at most 4,000 characters.")
	}
	return p.Err()
}
