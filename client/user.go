package client

import (
	"maps"
	"time"

	"rekey"
)

// User is a system user. The address is the user name.
type User struct {
	ID         string              `json:"id,omitempty" required:"true" readOnly:"true" doc:"The id."`
	Address    string              `json:"address" doc:"Email address; it is the user name." maxLength:"254" example:"ada@example.org"`
	FirstName  string              `json:"first_name,omitempty" doc:"First name." maxLength:"100"`
	LastName   string              `json:"last_name,omitempty" doc:"Last name." maxLength:"100"`
	Type       string              `json:"type" enum:"ui,api,hybrid" doc:"How they enter: ui logs in to the console, api calls the API, hybrid does both."`
	Role       string              `json:"role" enum:"administrator,manager,operator,member" doc:"What they may do."`
	Status     string              `json:"status,omitempty" required:"true" readOnly:"true" enum:"active,blocked" doc:"Change it with block and restore."`
	Language   string              `json:"language,omitempty" doc:"BCP 47 tag; empty means the system's." example:"de-CH"`
	TimeZone   string              `json:"time_zone,omitempty" doc:"IANA name; empty means the system's." example:"Europe/Berlin"`
	Attributes map[string]string   `json:"attributes,omitempty" doc:"Free texts for conditions of selections, at most 50."`
	Sources    []rekey.EventSource `json:"sources,omitempty" doc:"What this user may post as events. None to begin with."`

	UsesAPI            bool      `json:"uses_api" required:"true" readOnly:"true" doc:"Counts as an API user: type api, or hybrid with a call by password in the last 90 days."`
	CreatedAt          time.Time `json:"created_at,omitzero" required:"true" readOnly:"true" doc:"When the user was created."`
	UpdatedAt          time.Time `json:"updated_at,omitzero" required:"true" readOnly:"true" doc:"When the record was last written."`
	LastLoginAt        time.Time `json:"last_login_at,omitzero" readOnly:"true" doc:"Last log-in to the console with the chosen password. Absent if never."`
	LastPasswordCallAt time.Time `json:"last_password_call_at,omitzero" readOnly:"true" doc:"Last API call by password. Absent if never."`
	PasswordChangedAt  time.Time `json:"password_changed_at,omitzero" readOnly:"true" doc:"When they last chose a password. Absent if never."`
	Version            int64     `json:"version,omitempty" required:"true" readOnly:"true" doc:"Rises with every write; it is the ETag, too."`
}

// UserOf returns a system user as the API shows it now.
func UserOf(u rekey.SystemUser, now time.Time) User {
	w := User{
		ID: u.ID, Address: u.Address, FirstName: u.FirstName, LastName: u.LastName,
		Type: string(u.Type), Role: string(u.Role), Status: string(u.Status),
		Language: u.Language, TimeZone: u.TimeZone, Attributes: u.Attributes, Sources: u.Sources, UsesAPI: u.UsesAPI(now),
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
