package selection

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"rekey"
)

const userTypeName = "SystemUser"

var userType = cel.ObjectType(userTypeName)

// subject is the system user and the moment that a condition is about. It is both
// the variables of an evaluation and the value of user. So one allocation serves a
// whole calculation, and only the fields that a condition reads are computed.
type subject struct {
	user rekey.SystemUser
	now  time.Time
}

// ResolveName implements cel.Activation.
func (s *subject) ResolveName(name string) (any, bool) {
	switch name {
	case "user":
		return s, true
	case "now":
		return types.Timestamp{Time: s.now}, true
	}
	return nil, false
}

// Parent implements cel.Activation.
func (s *subject) Parent() cel.Activation { return nil }

var errNoOtherForm = errors.New("a system user has no other form")

// ConvertToNative implements ref.Val.
func (s *subject) ConvertToNative(reflect.Type) (any, error) { return nil, errNoOtherForm }

// ConvertToType implements ref.Val.
func (s *subject) ConvertToType(ref.Type) ref.Val { return types.WrapErr(errNoOtherForm) }

// Equal implements ref.Val: there is only one user at a time.
func (s *subject) Equal(other ref.Val) ref.Val { return types.Bool(ref.Val(s) == other) }

// Type implements ref.Val.
func (s *subject) Type() ref.Type { return userType }

// Value implements ref.Val.
func (s *subject) Value() any { return s }

// field is one field of user.
type field struct {
	name string
	kind *cel.Type
	get  func(*subject) any
	// set is what has() tells; nil means always.
	set func(*subject) bool
}

// moment makes a field of a time. One that never came is 1970-01-01T00:00:00Z,
// long ago in every comparison, and has() is false for it.
func moment(name string, at func(*rekey.SystemUser) time.Time) field {
	return field{name, cel.TimestampType,
		func(s *subject) any {
			if t := at(&s.user); !t.IsZero() {
				return types.Timestamp{Time: t.UTC()}
			}
			return types.Timestamp{Time: time.Unix(0, 0).UTC()}
		},
		func(s *subject) bool { return !at(&s.user).IsZero() },
	}
}

func text(name string, get func(*rekey.SystemUser) string) field {
	return field{name, cel.StringType,
		func(s *subject) any { return types.String(get(&s.user)) },
		func(s *subject) bool { return get(&s.user) != "" },
	}
}

// userFields are in the order in which they are told to people.
var userFields = func() []field {
	list := []field{
		text("email", emailOf),
		text("domain", func(u *rekey.SystemUser) string {
			email := emailOf(u)
			return email[strings.LastIndexByte(email, '@')+1:]
		}),
	}
	for _, f := range rekey.UserFields() {
		switch f.Name {
		case "address": // which is email
		case "type":
			list = append(list, text(f.Name, f.Get),
				field{"uses_api", cel.BoolType, func(s *subject) any { return types.Bool(s.user.UsesAPI(s.now)) }, nil})
		case "role":
			list = append(list, text(f.Name, f.Get),
				field{"rank", cel.IntType, func(s *subject) any { return types.Int(s.user.Role.Rank()) }, nil},
				text("status", func(u *rekey.SystemUser) string { return string(u.Status) }))
		default:
			list = append(list, text(f.Name, f.Get))
		}
	}
	return append(list,
		moment("created_at", func(u *rekey.SystemUser) time.Time { return u.CreatedAt }),
		moment("last_login_at", func(u *rekey.SystemUser) time.Time { return u.LastLoginAt }),
		moment("password_changed_at", func(u *rekey.SystemUser) time.Time { return u.PasswordChangedAt }),
		field{"password_age_days", cel.IntType, func(s *subject) any { return types.Int(passwordAgeDays(&s.user, s.now)) }, nil},
		field{"attributes", cel.MapType(cel.StringType, cel.StringType),
			func(s *subject) any { return s.user.Attributes },
			func(s *subject) bool { return len(s.user.Attributes) > 0 }},
		text("directory", func(u *rekey.SystemUser) string { return u.Directory.Directory }),
		text("ou", func(u *rekey.SystemUser) string { return rekey.TypedText(u.Directory.Unit) }),
		field{"groups", cel.ListType(cel.StringType),
			func(s *subject) any { return types.NewStringList(types.DefaultTypeAdapter, groupsOf(&s.user)) },
			func(s *subject) bool { return len(s.user.Directory.Groups) > 0 }},
	)
}()

// emailOf returns the address as it is compared: in lower case, with its domain
// in ASCII.
func emailOf(u *rekey.SystemUser) string {
	if u.AddressKey != "" {
		return u.AddressKey
	}
	return rekey.AddressKey(u.Address)
}

// groupsOf returns the names of the groups as people type them in a condition: a
// directory may write the same letters in another way.
func groupsOf(u *rekey.SystemUser) []string {
	names := make([]string, len(u.Directory.Groups))
	for i, name := range u.Directory.Groups {
		names[i] = rekey.TypedText(name)
	}
	return names
}

// passwordAgeDays returns whole days since the chosen password was set, or
// since the user was created if there never was one; at least 0.
func passwordAgeDays(u *rekey.SystemUser, now time.Time) int {
	since := u.PasswordChangedAt
	if since.IsZero() {
		since = u.CreatedAt
	}
	return max(0, int(now.Sub(since)/(24*time.Hour)))
}

// fieldNames lists the fields of user in the order in which people are told.
func fieldNames() []string {
	names := make([]string, len(userFields))
	for i, f := range userFields {
		names[i] = f.name
	}
	return names
}

// provider adds the type of user to the types that CEL knows.
type provider struct{ *types.Registry }

// FindStructType implements types.Provider.
func (p provider) FindStructType(name string) (*types.Type, bool) {
	if name == userTypeName {
		return types.NewTypeTypeWithParam(userType), true
	}
	return p.Registry.FindStructType(name)
}

// FindStructFieldNames implements types.Provider.
func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	if name == userTypeName {
		return fieldNames(), true
	}
	return p.Registry.FindStructFieldNames(name)
}

// FindStructFieldType implements types.Provider.
func (p provider) FindStructFieldType(name, fieldName string) (*types.FieldType, bool) {
	if name != userTypeName {
		return p.Registry.FindStructFieldType(name, fieldName)
	}
	for _, f := range userFields {
		if f.name == fieldName {
			return &types.FieldType{
				Type: f.kind,
				IsSet: func(target any) bool {
					s, ok := target.(*subject)
					return ok && (f.set == nil || f.set(s))
				},
				GetFrom: func(target any) (any, error) {
					s, ok := target.(*subject)
					if !ok {
						return nil, fmt.Errorf("no field %s", fieldName)
					}
					return f.get(s), nil
				},
			}, true
		}
	}
	return nil, false
}
