package rekey

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// UserType says how a system user enters: through the console, the API or both.
type UserType string

// The types of system users.
const (
	TypeUI     UserType = "ui"     // logs in to the console
	TypeAPI    UserType = "api"    // calls the API
	TypeHybrid UserType = "hybrid" // does both
)

// Valid reports whether t is one of the three types.
func (t UserType) Valid() bool { return t == TypeUI || t == TypeAPI || t == TypeHybrid }

// UserStatus says whether a system user may enter at all.
type UserStatus string

// The statuses of system users.
const (
	UserActive  UserStatus = "active"
	UserBlocked UserStatus = "blocked"
)

// APIUseWindow is how long a Hybrid user counts as an API user after a call by
// password: 90 days.
const APIUseWindow = 90 * 24 * time.Hour

// Limits of what is stored about a system user, in characters.
const (
	MaxNamePart       = 100
	MaxAttributes     = 50
	MaxAttributeKey   = 64
	MaxAttributeValue = 500
	MaxLanguage       = 35 // the minimum that software must support, RFC 5646 §4.4.1
)

// SystemUser is a person or a program with an account here. The email address is
// the user name.
type SystemUser struct {
	ID         string
	Address    string // as it was entered: mail goes to it
	AddressKey string // unique; see Address.Key
	FirstName  string
	LastName   string
	Type       UserType
	Role       Role
	Status     UserStatus
	BlockedBy  BlockedBy // "" while the user is active
	Language   string    // BCP 47, "" means the system's
	TimeZone   string    // IANA, "" means the system's
	Attributes map[string]string
	Sources    []EventSource // the events that this user may post, see MayPost
	// Directory is where their chosen password lives, if that is not Rekey.
	Directory DirectoryAccount

	CreatedAt time.Time
	UpdatedAt time.Time
	// Version rises with every write to the record; it is the ETag.
	Version int64

	// The times below are zero until they first happen.
	LastLoginAt        time.Time // console log-in with the chosen password
	LastPasswordCallAt time.Time // API call authenticated by password
	PasswordChangedAt  time.Time // a chosen password was set
	// HasChosen: there is a chosen password, in force or at rest, here or in the user's
	// directory. It is read with the record. Only a change or a revocation writes it.
	HasChosen bool
	// PasswordVersion rises with every completed change and every revocation.
	// Sessions and remembered credentials of an older version are void.
	PasswordVersion int64
}

// UsesAPI reports whether u counts as an API user: type API, or Hybrid with a call
// by password in the last 90 days (R4).
func (u SystemUser) UsesAPI(now time.Time) bool {
	switch u.Type {
	case TypeAPI:
		return true
	case TypeHybrid:
		return !u.LastPasswordCallAt.IsZero() && now.Sub(u.LastPasswordCallAt) <= APIUseWindow
	default:
		return false
	}
}

// Chosen returns whether u has, or ever had, a chosen password. Users of a directory had
// one from the start, whether or not the directory says since when.
func (u SystemUser) Chosen() Chosen {
	switch {
	case u.HasChosen:
		return ChosenSet
	case u.PasswordChangedAt.IsZero() && u.Directory.BuiltIn():
		return ChosenNever
	default:
		return ChosenRevoked
	}
}

// Name returns the first and last name; "" if both are empty.
func (u SystemUser) Name() string {
	return strings.TrimSpace(u.FirstName + " " + u.LastName)
}

// Authority returns what u may do now; a blocked user may do nothing.
func (u SystemUser) Authority() Authority {
	if u.Status != UserActive {
		return Authority{UserID: u.ID, Rank: -1}
	}
	return Authority{UserID: u.ID, Rank: u.Role.Rank()}
}

// Validate checks what a person entered and sets AddressKey. Its error names all
// bad fields, by their names in the API.
func (u *SystemUser) Validate() error {
	var p Problems
	if address, err := ParseAddress(u.Address); err != nil {
		p.Merge("", err)
	} else {
		u.Address, u.AddressKey = address.Entered, address.Key
	}
	u.normalise(&p)
	if u.Status != UserActive && u.Status != UserBlocked {
		p.Add("status", "Choose active or blocked.")
	}
	if !u.Directory.BuiltIn() && u.Role == RoleAdministrator {
		p.Add("role", "Choose manager, operator or member: users of a directory do not log in to the console, so they cannot administer.")
	}
	for i, s := range u.Sources {
		p.Merge("sources["+strconv.Itoa(i)+"].", s.Validate())
	}
	return p.Err()
}

// Normalise reads fields and attributes as if somebody had typed them now. It changes
// those that an earlier version stored in another form.
func (u *SystemUser) Normalise() { u.normalise(&Problems{}) }

// normalise also records what is wrong.
func (u *SystemUser) normalise(p *Problems) {
	u.checkFields(p)
	u.Attributes = typedAttributes(p, u.Attributes)
}

// unprintable reports control characters, and characters that break, reorder or
// hide text. It allows the two joiners, which Persian and emoji need.
func unprintable(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) || r == utf8.RuneError ||
		unicode.Is(unicode.Cf, r) && r != nonJoiner && r != joiner
}

// typedAttributes returns attributes with their names and values as typed, and
// records every wrong one.
func typedAttributes(p *Problems, attributes map[string]string) map[string]string {
	if len(attributes) > MaxAttributes {
		p.Add("attributes", "A system user has at most 50 attributes.")
	}
	if len(attributes) == 0 {
		return attributes
	}
	typed := make(map[string]string, len(attributes))
	for _, entered := range slices.Sorted(maps.Keys(attributes)) {
		key, value := TypedText(entered), TypedText(attributes[entered])
		if _, twice := typed[key]; twice {
			p.Add("attributes."+key, "This attribute appears twice.")
		}
		if key == "" || utf8.RuneCountInString(key) > MaxAttributeKey || strings.ContainsFunc(key, unprintable) {
			p.Add("attributes", "The name of an attribute must have 1 to 64 characters and no line breaks.")
		}
		if utf8.RuneCountInString(value) > MaxAttributeValue || strings.ContainsFunc(value, unprintable) {
			p.Add("attributes."+key, "The value of an attribute has at most 500 characters and no line breaks.")
		}
		typed[key] = value
	}
	return typed
}

// Printable reports whether text is valid UTF-8 without control characters and
// without characters that hide or reorder it.
func Printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unprintable)
}
