package rekey

import (
	"strings"
	"time"
)

// MaxExpression is the longest condition of a selection, in bytes.
const MaxExpression = 4_000

// AllExceptAPI names the built-in selection All system users except API users. A
// new automation uses it.
const AllExceptAPI = "all_except_api"

// Selection is a named condition over system users, in CEL. It is calculated when
// the run executes (R10).
type Selection struct {
	ID          string    `json:"id,omitempty" yaml:"-" required:"true" readOnly:"true" doc:"The id."`
	Name        string    `json:"name" yaml:"name" doc:"1 to 100 characters, unique without regard to case."`
	NameKey     string    `json:"-" yaml:"-"`
	Description string    `json:"description,omitempty" yaml:"description,omitempty" doc:"Up to 2,000 characters."`
	Expression  string    `json:"expression" yaml:"expression" doc:"The condition in CEL over user and now." example:"!user.uses_api"`
	OwnerID     string    `json:"owner_id,omitempty" yaml:"-" readOnly:"true" doc:"The system user it belongs to; absent for the built-in ones."`
	BuiltIn     string    `json:"built_in,omitempty" yaml:"-" readOnly:"true" doc:"The purpose of a built-in selection."`
	CreatedAt   time.Time `json:"created_at,omitzero" yaml:"-" required:"true" readOnly:"true" doc:"When it was created."`
	UpdatedAt   time.Time `json:"updated_at,omitzero" yaml:"-" required:"true" readOnly:"true" doc:"When it was last written."`
	UpdatedBy   string    `json:"updated_by,omitempty" yaml:"-" readOnly:"true" doc:"The id of the system user who wrote it last; absent for Rekey itself."`
	Version     int64     `json:"version,omitempty" yaml:"-" required:"true" readOnly:"true" doc:"Increases with every write; also the ETag."`
	// Warnings are set in the answer to a write, and where one selection is read.
	Warnings []Warning `json:"warnings,omitempty" yaml:"-" readOnly:"true" doc:"In the answer to a write: what is allowed but may be a mistake, such as a constant that can never match."`
}

// Validate checks everything except the expression, which its compiler checks.
func (s *Selection) Validate() error {
	var p Problems
	s.Name, s.Description = TypedText(s.Name), TypedText(s.Description)
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
