package api

import (
	"strconv"
	"strings"

	"rekey"
	"rekey/client"
	"rekey/internal/server"
)

// OneByID is a path with an id.
type OneByID struct {
	ID string `path:"id" doc:"The id." maxLength:"254"`
}

// OneUser is a path with a system user. handle replaces an address by the id.
type OneUser struct {
	ID string `path:"id" doc:"The id or the address." maxLength:"254"`
}

func (p *OneUser) user() *string { return &p.ID }

// Versioned is the version that a write expects.
type Versioned struct {
	IfMatch string `header:"If-Match" doc:"The ETag that was read. If the resource has changed since, the answer is 412. * means any version."`
}

// required returns the version that a write must name; 0 means any (RFC 9110
// §13.1.1, RFC 6585 §3).
func (v Versioned) required() (int64, error) {
	if strings.TrimSpace(v.IfMatch) == "" {
		return 0, rekey.NewError(server.CodePrecondition, "Send If-Match with the ETag that was read, so that no other change is lost.")
	}
	return v.optional()
}

// optional returns the version that a write may name; 0 means any.
func (v Versioned) optional() (int64, error) {
	tag := strings.TrimSpace(v.IfMatch)
	if tag == "" || tag == "*" {
		return 0, nil
	}
	number, ok := strings.CutPrefix(tag, `"`)
	number, closed := strings.CutSuffix(number, `"`)
	if !ok || !closed || strings.Contains(number, `"`) {
		return 0, rekey.Invalid("If-Match", `Give one ETag as it was read, such as "3".`)
	}
	version, err := strconv.ParseInt(number, 10, 64)
	if err != nil || version < 1 {
		return 0, rekey.NewError(rekey.CodeStale, "No version has ever had this ETag. Read it again.")
	}
	return version, nil
}

// tagged is an answer with a version.
type tagged[T any] struct {
	ETag string `header:"ETag" doc:"The version, for If-Match."`
	Body T
}

func tag[T any](version int64, body T) *tagged[T] {
	return &tagged[T]{ETag: client.ETag(version), Body: body}
}

// plain is an answer without a version.
type plain[T any] struct{ Body T }

func answer[T any](body T, err error) (*plain[T], error) { return &plain[T]{body}, err }

// nothing is an answer without a body.
type nothing struct{}
