package rekey

import (
	"slices"
	"time"
)

// ChosenInDirectory is stored in place of the verifier of a chosen password that lives in
// a directory. It verifies no password.
const ChosenInDirectory = "directory"

// DirectoryAccount is the account of a system user in a directory, as it was read there
// last. The chosen password of such a user lives in the directory. The zero value
// belongs to a built-in user, whose chosen password lives in Rekey.
type DirectoryAccount struct {
	// Directory is its name in the settings.
	Directory string `json:"-"`
	// Key names the account for ever: objectGUID or entryUUID, never the DN.
	Key string `json:"-"`

	// Token says which password is in force there: it changes with each new one.
	Token string `json:"-"`

	Unit   string   `json:"unit,omitempty"`   // the path of its organizational unit: "Sales/Berlin"
	Groups []string `json:"groups,omitempty"` // their names, sorted
	// DecidesRole: the groups give the role, by the setting group_roles.
	DecidesRole bool `json:"decides_role,omitempty"`
	// Protected: the account has power over the directory. No setting lets Rekey touch it.
	Protected bool `json:"protected,omitempty"`
	// Locked: there were too many failed log-ins. Anybody can bring that about.
	Locked bool `json:"locked,omitempty"`
	// LockedByAdmin: an administrator of the directory locked the account.
	LockedByAdmin bool `json:"locked_by_admin,omitempty"`
	// ImportOnly: Rekey does not write to directories of this kind.
	ImportOnly bool `json:"import_only,omitempty"`
	// NeedsOld: the policy lets nobody set a password without the old one.
	NeedsOld bool `json:"needs_old,omitempty"`
	// MinLength is the least number of characters that the policy wants, and Complex
	// whether it wants several kinds of them.
	MinLength int  `json:"min_length,omitempty"`
	Complex   bool `json:"complex,omitempty"`
	// NotRevocable: after Rekey had revoked the password, the policy would not let the
	// owner choose one.
	NotRevocable bool `json:"not_revocable,omitempty"`
	// ExpiresAt is when the directory ends the password; zero if it does not. ToldExpiry
	// is the one of these moments that password.expiring told of last.
	ExpiresAt  time.Time `json:"expires_at,omitzero"`
	ToldExpiry time.Time `json:"told_expiry,omitzero"`
	// AddressHeldUntil: the address changed in the directory, and until this moment no
	// password goes to the new one, unless somebody of a higher rank confirms it.
	AddressHeldUntil time.Time `json:"address_held_until,omitzero"`
}

// BuiltIn reports whether there is no directory: the chosen password lives in Rekey.
func (a DirectoryAccount) BuiltIn() bool { return a.Directory == "" }

// Bars returns why Rekey must send no password to the owner of the account; "" if it may.
func (a DirectoryAccount) Bars(now time.Time) Reason {
	switch {
	case a.Protected:
		return ReasonProtected
	case a.LockedByAdmin:
		return ReasonLockedThere
	case a.ImportOnly:
		return ReasonImportOnly
	case a.NeedsOld:
		return ReasonNeedsOld
	case now.Before(a.AddressHeldUntil):
		return ReasonAddressHeld
	default:
		return ""
	}
}

// logsIn reports whether the owner of the account can log in there with the password in
// force, as far as it is known.
func (a DirectoryAccount) logsIn(now time.Time) bool {
	return !a.Locked && !a.LockedByAdmin && (a.ExpiresAt.IsZero() || now.Before(a.ExpiresAt))
}

// BlockedBy says who blocked a system user.
type BlockedBy string

// Who blocked a system user. The sync of a directory lifts only what it did itself, and
// a person lifts only what people did.
const (
	BlockedByPerson    BlockedBy = "person"
	BlockedByDirectory BlockedBy = "directory"
	BlockedByBoth      BlockedBy = "both"
)

// With returns who blocks the user after one more did.
func (b BlockedBy) With(by BlockedBy) BlockedBy {
	if b == "" || b == by {
		return by
	}
	return BlockedByBoth
}

// Without returns who still blocks the user after one has lifted their block.
func (b BlockedBy) Without(by BlockedBy) BlockedBy {
	switch {
	case b == by:
		return ""
	case b == BlockedByBoth && by == BlockedByPerson:
		return BlockedByDirectory
	case b == BlockedByBoth:
		return BlockedByPerson
	default:
		return b
	}
}

// DirectoryWriteKind says what a write to a directory sets.
type DirectoryWriteKind string

// The kinds of writes.
const (
	WriteChoose   DirectoryWriteKind = "choose"   // the password that its owner has chosen
	WriteScramble DirectoryWriteKind = "scramble" // a random one that nobody knows
)

// Outcomes of a write. Others are the results of the package directory.
const (
	WriteSet         = "set"
	WriteRefused     = "refused"
	WriteUnreachable = "unreachable" // nothing was sent
	// WriteDoubtful: its delivery has ended, and it is not known whether the password was
	// set. A scramble counts as set then.
	WriteDoubtful = "doubtful"
)

// DirectoryWrite is a write of a password to a directory. It is stored before it is
// sent, so that a crash cannot hide it.
type DirectoryWrite struct {
	DeliveryID string
	Kind       DirectoryWriteKind
	UserID     string
	// Token says which password was in force when the write began.
	Token   string
	BegunAt time.Time
	// Outcome is "" while it is not known what became of the write; else such as "set",
	// "refused" or "overtaken".
	Outcome string
	EndedAt time.Time
}

// Pending reports whether the write began and it is not known what became of it.
func (w DirectoryWrite) Pending() bool { return !w.BegunAt.IsZero() && w.Outcome == "" }

// ChangedThere reports whether the password of u in their directory was changed after d
// was issued, and not by Rekey, while the mailed password still opens the page. writes
// are all that Rekey wrote for u. A write without a known outcome may be the change, so
// then it is not known.
func (d Delivery) ChangedThere(u SystemUser, writes []DirectoryWrite, now time.Time) bool {
	if u.Directory.BuiltIn() || !d.Opens(now) || !u.PasswordChangedAt.After(d.IssuedAt) {
		return false
	}
	return !slices.ContainsFunc(writes, func(w DirectoryWrite) bool {
		return w.Pending() || w.Outcome == WriteSet && !u.PasswordChangedAt.After(w.EndedAt)
	})
}

// DirectoryState says how far the import of a directory has come.
type DirectoryState struct {
	Name string
	// Cookie is where the next pass over the changes begins.
	Cookie string
	// Pass is the number of the last complete pass; 0 before the first.
	Pass int64
	// FullAt is when it ended, SyncedAt when any pass ended last, GroupsAt when the groups
	// were read last.
	FullAt, SyncedAt, GroupsAt time.Time
	// Problem says why the last pass failed, for people; "" if it did not.
	Problem string
	// ProblemSince is when passes began to fail.
	ProblemSince time.Time
	// TriedAt is when a complete pass failed last; zero if the last one did not.
	TriedAt time.Time
}

// DirectoryEntry is an entry of a directory: whose it is, or why it was not imported.
type DirectoryEntry struct {
	Key     string
	UserID  string // "" if it was not imported
	Address string // as the directory has it
	Reason  EntryReason
	// Pass is the last complete pass that saw the entry.
	Pass int64
	// SeenAt is when it was first seen, MissingSince when a complete pass first missed it.
	SeenAt, MissingSince time.Time
}

// DirectoryEvent is an event about one system user that an import found, and that was
// not raised yet.
type DirectoryEvent struct {
	Event, UserID string
}

// EntryReason says why an entry was not imported, or what is special about it.
type EntryReason string

// The reasons. An entry with a UserID is imported, whatever its reason.
const (
	EntryNoAddress      EntryReason = "no_address"
	EntryBadAddress     EntryReason = "bad_address"
	EntryConflict       EntryReason = "address_taken"
	EntryProtected      EntryReason = "protected"
	EntryAddressChanged EntryReason = "address_changed"
	// EntryNoWayIn: the password was revoked before the address changed, so there is
	// neither an old password nor a way to send a new one.
	EntryNoWayIn EntryReason = "no_way_in"
	EntryMissing EntryReason = "missing"
)

// Text says the reason in words; "" without one.
func (r EntryReason) Text() string { return entryTexts[r] }

// ReasonText says the reason in words; "" without one. Somebody who was imported keeps
// their earlier address here if the one in the directory cannot be used.
func (e DirectoryEntry) ReasonText() string {
	text := e.Reason.Text()
	if e.UserID == "" && (e.Reason == EntryNoAddress || e.Reason == EntryBadAddress) {
		return "not imported: " + text
	}
	return text
}

var entryTexts = map[EntryReason]string{
	EntryNoAddress:      "it has no address in the directory",
	EntryBadAddress:     "its address in the directory is no email address",
	EntryConflict:       "somebody else here has its address",
	EntryProtected:      "protected: an account with power over the directory gets no password",
	EntryAddressChanged: "its address changed, or is new in an old account, so it gets no password until somebody confirms it, or 72 hours are over",
	EntryNoWayIn:        "cannot log in: their old password was revoked and their address changed since",
	EntryMissing:        "blocked: the directory no longer has it",
}

// DirectoryCounts counts the entries of a directory.
type DirectoryCounts struct {
	Users   int
	Reasons map[EntryReason]int
	// Withheld counts the events that wait to be released.
	Withheld int
}

// SyncCounts says what a pass over a directory did.
type SyncCounts struct {
	Looked   int `json:"looked" doc:"Entries that were read."`
	Created  int `json:"created" doc:"People who were imported."`
	Updated  int `json:"updated" doc:"People whose record changed."`
	Blocked  int `json:"blocked" doc:"People who are now blocked because of the directory."`
	Restored int `json:"restored" doc:"People who are no longer blocked because of the directory."`
	Missing  int `json:"missing" doc:"People whom the directory no longer has. Only a complete import knows; 0 in others."`
	Withheld int `json:"withheld" doc:"Events that wait until an Administrator releases them."`
}
