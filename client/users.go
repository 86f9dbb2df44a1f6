package client

import (
	"context"
	"maps"
	"net/url"
	"time"

	"rekey"
)

// User is a system user. The address is the user name.
type User struct {
	ID         string              `json:"id,omitempty" required:"true" readOnly:"true" doc:"The id."`
	Address    string              `json:"address" doc:"Email address; it is the user name." maxLength:"254" example:"ada@example.org"`
	FirstName  string              `json:"first_name,omitempty" doc:"First name." maxLength:"100"`
	LastName   string              `json:"last_name,omitempty" doc:"Last name." maxLength:"100"`
	Type       string              `json:"type" enum:"ui,api,hybrid" doc:"ui logs in to the console, api calls the API, hybrid does both."`
	Role       string              `json:"role" enum:"administrator,manager,operator,member" doc:"What they may do."`
	Status     string              `json:"status,omitempty" required:"true" readOnly:"true" enum:"active,blocked" doc:"Change it with block and restore."`
	Language   string              `json:"language,omitempty" doc:"BCP 47 tag; empty means the system default." example:"de-CH"`
	TimeZone   string              `json:"time_zone,omitempty" doc:"IANA name; empty means the system default." example:"Europe/Berlin"`
	Attributes map[string]string   `json:"attributes,omitempty" doc:"Your own fields for conditions of selections, at most 50."`
	Sources    []rekey.EventSource `json:"sources,omitempty" doc:"The events that this user may post. None at first."`

	Directory        string          `json:"directory,omitempty" readOnly:"true" doc:"The directory where the user's account and chosen password live. Absent for built-in users."`
	DirectoryUnit    string          `json:"directory_unit,omitempty" readOnly:"true" doc:"Path of the organizational unit there." example:"Sales/Berlin"`
	DirectoryGroups  []string        `json:"directory_groups,omitempty" readOnly:"true" doc:"Names of the groups there."`
	BlockedBy        rekey.BlockedBy `json:"blocked_by,omitempty" readOnly:"true" enum:"person,directory,both" doc:"Who blocked the user. What the directory blocked, only the directory restores."`
	AddressHeldUntil time.Time       `json:"address_held_until,omitzero" readOnly:"true" doc:"The address changed in the directory: until then no password goes to it, unless somebody of a higher rank confirms it."`

	UsesAPI            bool      `json:"uses_api" required:"true" readOnly:"true" doc:"Counts as an API user: type api, or hybrid with a call by password in the last 90 days."`
	CreatedAt          time.Time `json:"created_at,omitzero" required:"true" readOnly:"true" doc:"When the user was created."`
	UpdatedAt          time.Time `json:"updated_at,omitzero" required:"true" readOnly:"true" doc:"When the record was last written."`
	LastLoginAt        time.Time `json:"last_login_at,omitzero" readOnly:"true" doc:"Last log-in to the console with the chosen password. Absent if never."`
	LastPasswordCallAt time.Time `json:"last_password_call_at,omitzero" readOnly:"true" doc:"Last API call by password. Absent if never."`
	PasswordChangedAt  time.Time `json:"password_changed_at,omitzero" readOnly:"true" doc:"When they last chose a password. For users of a directory: when it last changed there, whoever changed it. Absent if never, or if the directory does not say."`
	Version            int64     `json:"version,omitempty" required:"true" readOnly:"true" doc:"Increases with every write; also the ETag."`
}

// UserOf returns a system user as the API shows it now.
func UserOf(u rekey.SystemUser, now time.Time) User {
	w := User{
		ID: u.ID, Address: u.Address, FirstName: u.FirstName, LastName: u.LastName,
		Type: string(u.Type), Role: string(u.Role), Status: string(u.Status),
		Language: u.Language, TimeZone: u.TimeZone, Attributes: u.Attributes, Sources: u.Sources, UsesAPI: u.UsesAPI(now),
		Directory: u.Directory.Directory, DirectoryUnit: u.Directory.Unit, DirectoryGroups: u.Directory.Groups,
		BlockedBy: u.BlockedBy, AddressHeldUntil: u.Directory.AddressHeldUntil,
		CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, LastLoginAt: u.LastLoginAt,
		LastPasswordCallAt: u.LastPasswordCallAt, PasswordChangedAt: u.PasswordChangedAt, Version: u.Version,
	}
	if w.UpdatedAt.IsZero() {
		w.UpdatedAt = w.CreatedAt
	}
	return w
}

// Entered returns the fields of a system user that a caller may set.
func (w User) Entered() rekey.SystemUser {
	return rekey.SystemUser{
		Address: w.Address, FirstName: w.FirstName, LastName: w.LastName,
		Type: rekey.UserType(w.Type), Role: rekey.Role(w.Role), Status: rekey.UserStatus(w.Status),
		Language: w.Language, TimeZone: w.TimeZone, Attributes: maps.Clone(w.Attributes), Sources: w.Sources,
	}
}

// PasswordSent is the answer to sending a system user a new password now.
type PasswordSent struct {
	EventID  string          `json:"event_id" doc:"The event password.send_requested."`
	RunIDs   []string        `json:"run_ids" nullable:"false" doc:"The runs that it started."`
	Warnings []rekey.Warning `json:"warnings,omitempty" doc:"What is allowed but may be a mistake."`
}

// UserFilter narrows a list of system users.
type UserFilter struct {
	Paging

	Search string // part of a name or address
	Type   string
	Role   string
	Status string
}

// Users lists system users in the order of their creation.
func (c *Client) Users(ctx context.Context, filter UserFilter) (Page[User], error) {
	v := filter.values()
	set(v, "search", filter.Search)
	set(v, "type", filter.Type)
	set(v, "role", filter.Role)
	set(v, "status", filter.Status)
	return page[User](ctx, c, "/users", v)
}

// User returns a system user by id or address.
func (c *Client) User(ctx context.Context, id string) (User, error) {
	var u User
	err := c.do(ctx, call{method: "GET", path: "/users/" + url.PathEscape(id)}, &u)
	return u, err
}

// CreateUser creates a system user, without a password.
func (c *Client) CreateUser(ctx context.Context, u User) (User, error) {
	var saved User
	err := c.do(ctx, call{method: "POST", path: "/users", body: u}, &saved)
	return saved, err
}

// UpdateUser saves a system user, on condition that u.Version is still the stored
// one; otherwise the problem has status 412.
func (c *Client) UpdateUser(ctx context.Context, u User) (User, error) {
	var saved User
	err := c.do(ctx, call{method: "PUT", path: "/users/" + url.PathEscape(u.ID), body: u, version: u.Version}, &saved)
	return saved, err
}

// DeleteUser deletes a system user of that version. It is refused while they own
// anything.
func (c *Client) DeleteUser(ctx context.Context, id string, version int64) error {
	return c.DeleteUserAndHandOn(ctx, id, version, "")
}

// DeleteUserAndHandOn does DeleteUser and HandOn in one step.
func (c *Client) DeleteUserAndHandOn(ctx context.Context, id string, version int64, owner string) error {
	return c.do(ctx, call{method: "DELETE", path: "/users/" + url.PathEscape(id), query: toOwner(owner), version: version}, nil)
}

// BlockUser blocks a system user. While they are blocked, runs of their automations
// are held.
func (c *Client) BlockUser(ctx context.Context, id string) (User, error) {
	return c.BlockUserAndHandOn(ctx, id, "")
}

// BlockUserAndHandOn does BlockUser and HandOn in one step.
func (c *Client) BlockUserAndHandOn(ctx context.Context, id, owner string) (User, error) {
	var u User
	err := c.do(ctx, call{method: "POST", path: "/users/" + url.PathEscape(id) + "/block", query: toOwner(owner)}, &u)
	return u, err
}

func toOwner(owner string) url.Values {
	if owner == "" {
		return nil
	}
	return url.Values{"owner": {owner}}
}

// RestoreUser lifts the block on a system user.
func (c *Client) RestoreUser(ctx context.Context, id string) (User, error) {
	var u User
	err := c.do(ctx, call{method: "POST", path: "/users/" + url.PathEscape(id) + "/restore"}, &u)
	return u, err
}

// ConfirmAddress lets passwords go to the new address of a user of a directory at once.
// u is what the caller saw: if it has changed since, the problem has status 412.
func (c *Client) ConfirmAddress(ctx context.Context, u User) (User, error) {
	var saved User
	err := c.do(ctx, call{method: "POST", path: "/users/" + url.PathEscape(u.ID) + "/confirm-address", version: u.Version}, &saved)
	return saved, err
}

// HandOn gives every automation and selection of a system user to another owner,
// by address or id.
func (c *Client) HandOn(ctx context.Context, id, owner string) (Holdings, error) {
	var h Holdings
	err := c.do(ctx, call{method: "POST", path: "/users/" + url.PathEscape(id) + "/hand-on", body: Transfer{owner}}, &h)
	return h, err
}

// SendPassword sends a system user a new password now, through a built-in
// automation.
func (c *Client) SendPassword(ctx context.Context, id string) (PasswordSent, error) {
	var sent PasswordSent
	err := c.do(ctx, call{method: "POST", path: "/users/" + url.PathEscape(id) + "/password"}, &sent)
	return sent, err
}
