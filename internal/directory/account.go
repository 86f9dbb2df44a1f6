package directory

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Key names an entry for ever: entryUUID on OpenLDAP, objectGUID on AD, nsUniqueId on
// 389-DS, as text in lower case. A DN is no key: it changes when the entry is renamed
// or moved, and another entry may get it.
type Key string

// GUID returns the key for the bytes of objectGUID, as Windows writes them.
func GUID(b []byte) Key {
	if len(b) != 16 {
		return ""
	}
	return Key(fmt.Sprintf("%08x-%04x-%04x-%x-%x", binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint16(b[4:]),
		binary.LittleEndian.Uint16(b[6:]), b[8:10], b[10:]))
}

// Token says which password is in force: the time of its last change, as the server
// wrote it (AD: pwdLastSet, OpenLDAP: pwdChangedTime). Two tokens of one account are
// compared for equality only, never with a clock. "" means that the server has none.
type Token string

// Account is what a directory knows about a person or a program.
type Account struct {
	Key     Key
	DN      string // to show, and to write to at once
	Address string // as written there; "": none
	// FirstName, LastName and Language may be "".
	FirstName, LastName, Language string
	// Unit is the path of organisational units below the base, from the outside to the
	// inside: "Sales/Berlin".
	Unit       string
	Attributes map[string]string // the further fields of Settings.Attributes
	Token      Token

	// Blocked: the account is disabled or has expired (AD), or is not valid now
	// (OpenLDAP: pwdStartTime, pwdEndTime).
	Blocked bool
	// Locked: too many failed log-ins. Anybody can bring that about.
	Locked bool
	// LockedByAdmin: an administrator locked the account (OpenLDAP, 389-DS). A new
	// password would unlock it.
	LockedByAdmin bool
	// Protected: an account with power over the directory, or Rekey's own. Rekey never
	// sets its password.
	Protected bool
	// API: a program, by Settings.APIFilter.
	API bool

	// The times are zero if the directory does not know them. CreatedAt is when the entry
	// was made (AD: whenCreated, otherwise createTimestamp): the server alone writes it.
	CreatedAt         time.Time
	PasswordChangedAt time.Time
	PasswordExpiresAt time.Time // zero also means never
	LastLoginAt       time.Time
	Policy            Policy
	// ImportOnly: Rekey does not write to directories of this kind.
	ImportOnly bool
	// LocksOut says why Scramble would lock the owner out; "" if it would not.
	LocksOut Refusal

	// Of OpenLDAP, whose tokens are whole seconds: version changes with each write to the
	// entry, also by others. mustSet: the password must be changed at the next log-in.
	version string
	mustSet bool
}

// Policy is what a directory demands of the passwords of one account.
type Policy struct {
	// Unknown: the directory has policies, but Rekey cannot read the one that applies.
	// The other fields are then zero.
	Unknown   bool
	MinLength int // characters
	// Complex: three of upper case, lower case, digits, symbols and other letters, and
	// no part of the name with three letters or more (AD).
	Complex bool
	History int // how many earlier passwords are refused
	// MinAge is how long a password cannot be changed again. On AD it does not apply
	// to what Rekey sets.
	MinAge time.Duration
	MaxAge time.Duration // 0: passwords do not expire
	// NeedsOld: only who knows the old password can set a new one (pwdSafeModify). Rekey
	// cannot serve this account.
	NeedsOld bool
}
