package client

import "context"

// People are several system users: those who are named, or all that match.
type People struct {
	SystemUsers []string  `json:"system_users,omitempty" maxItems:"10000" doc:"Addresses or ids." example:"[\"ada@example.org\", \"grace@example.org\"]"`
	Matching    *Matching `json:"matching,omitempty" doc:"Instead of names: all that the caller may view and that match, at most 10,000."`
}

// Matching narrows all system users to those who match.
type Matching struct {
	Search string `json:"search,omitempty" maxLength:"254" doc:"Part of a name or address."`
	Type   string `json:"type,omitempty" enum:"ui,api,hybrid" doc:"Only of this type."`
	Role   string `json:"role,omitempty" enum:"administrator,manager,operator,member" doc:"Only with this role."`
	Status string `json:"status,omitempty" enum:"active,blocked" doc:"Only with this status."`
}

// Recipients are several system users to whom a new password is sent.
type Recipients struct {
	People

	ID string `json:"id,omitempty" maxLength:"100" doc:"Your id of this request. A second request with the same id starts no second run: the answer names the first."`
}

// PasswordsSent is the answer to sending several system users a new password now.
type PasswordsSent struct {
	PasswordSent
	RefusedPeople
}

// UserChanges is what is done to each of several system users.
type UserChanges struct {
	People

	Action     string            `json:"action" enum:"block,restore,set" doc:"set sets the language, attributes or both."`
	Language   *string           `json:"language,omitempty" doc:"BCP 47 tag; empty for the system default. Left out: it stays." example:"de-CH"`
	Attributes map[string]string `json:"attributes,omitempty" doc:"Those to set; an empty text removes one. The others stay."`
	DryRun     bool              `json:"dry_run,omitempty" doc:"Only say what would be done."`
}

// UsersChanged says what was done to several system users.
type UsersChanged struct {
	Changed   int `json:"changed" doc:"How many were changed, or would be in a dry run."`
	Unchanged int `json:"unchanged" doc:"How many were so already."`
	RefusedPeople
}

// RefusedPeople are those with whom nothing was done.
type RefusedPeople struct {
	Refused     []Refused `json:"refused" nullable:"false" maxItems:"500" doc:"Those with whom nothing was done, the first 500."`
	RefusedMore int       `json:"refused_more,omitempty" doc:"How many more were refused."`
}

// Refused is somebody with whom nothing was done.
type Refused struct {
	SystemUser string `json:"system_user" doc:"As they were named; the id of one of those that match."`
	Why        string `json:"why" doc:"Why, in words."`
}

// SendPasswords requests new passwords for several system users: see POST /users/password.
func (c *Client) SendPasswords(ctx context.Context, to Recipients) (PasswordsSent, error) {
	var sent PasswordsSent
	err := c.do(ctx, call{method: "POST", path: "/users/password", body: to}, &sent)
	return sent, err
}

// ChangeUsers does the same to several system users. Each is judged alone.
func (c *Client) ChangeUsers(ctx context.Context, changes UserChanges) (UsersChanged, error) {
	var changed UsersChanged
	err := c.do(ctx, call{method: "POST", path: "/users/changes", body: changes}, &changed)
	return changed, err
}
