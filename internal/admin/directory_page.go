package admin

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"time"
	"unicode/utf8"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/store"
)

// imported is what a pass makes of one account.
type imported struct {
	account directory.Account
	entry   rekey.DirectoryEntry
	// before is the zero value of somebody new, and after of somebody who is not imported.
	before, after rekey.SystemUser
	// events are the types of those that happened to the system user.
	events []string
}

// page imports accounts, syncPage of them in one transaction.
func (p *syncing) page(ctx context.Context, accounts []directory.Account) error {
	for some := range slices.Chunk(accounts, syncPage) {
		var plan []imported
		var err error
		if p.dry {
			plan, err = p.plan(ctx, p.store.Queries, some)
		} else {
			err = p.store.Update(ctx, func(tx *store.Tx) error {
				plan, err = p.importPage(ctx, tx, some)
				return err
			})
		}
		if err != nil {
			return err
		}
		for _, m := range plan {
			p.count(m)
		}
	}
	return nil
}

func (p *syncing) importPage(ctx context.Context, tx *store.Tx, accounts []directory.Account) ([]imported, error) {
	if err := p.claimIn(ctx, tx); err != nil {
		return nil, err
	}
	plan, err := p.plan(ctx, tx.Queries, accounts)
	if err != nil {
		return nil, err
	}
	entries := make([]rekey.DirectoryEntry, len(plan))
	var over []string // ids of those whose earlier events are no longer true
	var events []rekey.DirectoryEvent
	for i := range plan {
		m := &plan[i]
		if err := p.apply(ctx, tx, m); err != nil {
			return nil, err
		}
		entries[i] = m.entry
		if m.before.ID != "" && m.before.Status != m.after.Status {
			over = append(over, m.after.ID)
		}
		for _, event := range m.events {
			events = append(events, rekey.DirectoryEvent{Event: event, UserID: m.after.ID})
		}
	}
	if err := tx.DropDirectoryEvents(ctx, over); err != nil {
		return nil, err
	}
	if err := tx.PutDirectoryEvents(ctx, p.name, events); err != nil {
		return nil, err
	}
	return plan, tx.PutDirectoryEntries(ctx, p.name, entries)
}

// count counts what becomes of the account.
func (p *syncing) count(m imported) {
	c := &p.SyncCounts
	c.Looked++
	if p.dry {
		p.seen[m.entry.Key] = true
	}
	switch {
	case m.after.ID == "":
	case m.before.ID == "":
		c.Created++
	default:
		if changed(m.before, m.after) {
			c.Updated++
		}
	}
	if was, is := m.before.Status == rekey.UserBlocked, m.after.Status == rekey.UserBlocked; m.before.ID != "" && was != is {
		if is {
			c.Blocked++
		} else {
			c.Restored++
		}
	}
	if p.dry {
		for _, event := range m.events {
			p.found[event]++
		}
	}
}

// changed reports whether a record differs in what an import writes, the block aside.
func changed(before, after rekey.SystemUser) bool {
	before.Status, before.BlockedBy = after.Status, after.BlockedBy
	before.Directory.Token, before.PasswordChangedAt = after.Directory.Token, after.PasswordChangedAt
	return !reflect.DeepEqual(before, after)
}

// plan decides what becomes of each account of a page.
func (p *syncing) plan(ctx context.Context, r store.Queries, accounts []directory.Account) ([]imported, error) {
	keys, addresses := make([]string, len(accounts)), make([]string, len(accounts))
	for i, a := range accounts {
		keys[i], addresses[i] = string(a.Key), storable(a.Address)
	}
	entries, err := r.DirectoryEntries(ctx, p.name, keys)
	if err != nil {
		return nil, err
	}
	users, err := r.UsersOfDirectory(ctx, p.name, keys)
	if err != nil {
		return nil, err
	}
	holders, err := r.FindUsers(ctx, addresses)
	if err != nil {
		return nil, err
	}
	plan := make([]imported, 0, len(accounts))
	claimed := map[string]bool{} // addresses of this page
	for i, a := range accounts {
		if a.Key == "" || slices.Contains(keys[:i], string(a.Key)) { // a directory that gives nonsense
			continue
		}
		m := imported{account: a, entry: entries[string(a.Key)], before: users[string(a.Key)]}
		holder := holders[storable(a.Address)].ID
		m.decide(p, holder != "" && holder != m.before.ID || claimed[rekey.AddressKey(a.Address)])
		if m.after.ID != "" {
			claimed[m.after.AddressKey] = true
		}
		plan = append(plan, m)
	}
	return plan, nil
}

// decide says what becomes of the account. taken: somebody else has its address.
func (m *imported) decide(p *syncing, taken bool) {
	now, a := p.now(), m.account
	e := &m.entry
	e.Key, e.Address, e.MissingSince = string(a.Key), storable(a.Address), time.Time{}
	if p.full {
		e.Pass = p.state.Pass
	}
	if e.SeenAt.IsZero() {
		e.SeenAt = now
	}
	address, err := rekey.ParseAddress(a.Address)
	switch {
	case rekey.TypedAddress(a.Address) == "":
		e.Reason = rekey.EntryNoAddress
	case err != nil:
		e.Reason = rekey.EntryBadAddress
	case taken:
		e.Reason = rekey.EntryConflict
	default:
		e.Reason = ""
	}
	if e.Reason != "" && m.before.ID == "" {
		return // nobody is made, and nobody is merged
	}
	m.after = m.before
	isNew := m.before.ID == ""
	if isNew {
		m.after = rekey.SystemUser{ID: p.newID(), Role: rekey.RoleMember, Status: rekey.UserActive, CreatedAt: now, UpdatedAt: now, Version: 1, PasswordVersion: 1, HasChosen: true,
			Directory: rekey.DirectoryAccount{Directory: p.name, Key: string(a.Key)}}
	}
	m.fill(now)
	if e.Reason == "" && address.Key != m.before.AddressKey {
		m.after.Address, m.after.AddressKey = address.Entered, address.Key
		if !isNew || !p.state.SyncedAt.IsZero() && !m.young(now) {
			m.after.Directory.AddressHeldUntil = now.Add(AddressHold)
		}
	}
	switch {
	case e.Reason != "":
	case now.Before(m.after.Directory.AddressHeldUntil):
		e.Reason = rekey.EntryAddressChanged
	case m.after.Directory.Protected:
		e.Reason = rekey.EntryProtected
	}
	e.UserID = m.after.ID
	m.block(isNew)
	if e.Reason == rekey.EntryAddressChanged && m.revoked() {
		e.Reason = rekey.EntryNoWayIn
	}
	m.notice(p, now)
}

// revoked reports whether somebody who may log in has no password in the directory.
func (m *imported) revoked() bool {
	newPassword := m.after.Directory.Token != m.before.Directory.Token
	return m.after.Status == rekey.UserActive && m.after.Chosen() == rekey.ChosenRevoked && !newPassword
}

// young reports whether the directory says that the account was created a short while
// ago. Its first address is then no change. When Rekey saw it first proves nothing: that
// begins anew with a restore, and with a system user who was deleted here.
func (m *imported) young(now time.Time) bool {
	created := m.account.CreatedAt
	return !created.IsZero() && now.Sub(created).Abs() <= newAccount
}

// fill takes over what people cannot change: the directory decides it.
func (m *imported) fill(now time.Time) {
	u, a := &m.after, m.account
	u.FirstName, u.LastName = fitting("first_name", a.FirstName), fitting("last_name", a.LastName)
	if a.Language != "" {
		u.Language = fitting("language", a.Language)
	}
	u.Attributes = fittingAttributes(a.Attributes, u.Attributes)
	switch {
	case a.API:
		u.Type = rekey.TypeAPI
	case u.Type == "" || u.Type == rekey.TypeAPI:
		u.Type = rekey.TypeUI
	}
	u.PasswordChangedAt = a.PasswordChangedAt
	d := &u.Directory
	*d = a.Onto(*d)
	d.Unit = storable(d.Unit)
	if !now.Before(d.AddressHeldUntil) {
		d.AddressHeldUntil = time.Time{}
	}
}

// block sets or lifts the block of the directory.
func (m *imported) block(isNew bool) {
	by := m.before.BlockedBy.Without(rekey.BlockedByDirectory)
	if m.account.Blocked {
		by = m.before.BlockedBy.With(rekey.BlockedByDirectory)
	}
	m.after.BlockedBy, m.after.Status = by, rekey.UserActive
	if by != "" {
		m.after.Status = rekey.UserBlocked
	}
	switch was, is := m.before.Status, m.after.Status; {
	case isNew && is == rekey.UserActive:
		m.events = append(m.events, rekey.UserCreated)
	case isNew || was == is:
	case is == rekey.UserBlocked:
		m.events = append(m.events, rekey.UserWasBlocked)
	default:
		m.events = append(m.events, rekey.UserRestored)
	}
}

// notice notes that the account was locked, or that its password expires soon, if no
// event told of it yet. The expiry counts as told once the event is stored, also while
// the event waits to be released.
func (m *imported) notice(p *syncing, now time.Time) {
	d := &m.after.Directory
	if m.after.Status != rekey.UserActive || p.first {
		return
	}
	if d.Locked && !m.before.Directory.Locked {
		m.events = append(m.events, rekey.UserLocked)
	}
	if d.ExpiresAt.After(now) && d.ExpiresAt.Sub(now) <= expiresWithin && !d.ExpiresAt.Equal(d.ToldExpiry) {
		m.events, d.ToldExpiry = append(m.events, rekey.PasswordExpiring), d.ExpiresAt
	}
}

// fitting returns a text of the directory as the field takes it; "" if it does not.
func fitting(field, text string) string {
	for _, f := range rekey.UserFields() {
		if f.Name != field {
			continue
		}
		if text = f.Typed(text); f.Wrong(text) == "" {
			return text
		}
	}
	return ""
}

// storable returns a text of the directory without what no text of Rekey holds: line
// breaks, control characters, and more than 500 characters.
func storable(text string) string {
	text = rekey.TypedText(text)
	if !rekey.Printable(text) || utf8.RuneCountInString(text) > rekey.MaxAttributeValue {
		return ""
	}
	return text
}

// fittingAttributes returns the attributes of the directory as a system user takes them,
// and those of before that the directory does not have.
func fittingAttributes(found, before map[string]string) map[string]string {
	if len(found) == 0 {
		return before
	}
	all := make(map[string]string, len(found))
	maps.Copy(all, before)
	for name, value := range found {
		all[name] = storable(value)
	}
	return all
}

// apply stores what becomes of an account, apart from its entry and its events.
func (p *syncing) apply(ctx context.Context, tx *store.Tx, m *imported) error {
	switch {
	case m.after.ID == "":
		return nil
	case m.before.ID == "":
		if err := tx.InsertUser(ctx, m.after); err != nil {
			return err
		}
	default:
		if err := p.change(ctx, tx, m); err != nil {
			return err
		}
	}
	if m.after.Directory.Token != m.before.Directory.Token || m.before.ID == "" {
		return tx.NotePassword(ctx, m.after.ID, m.after.Directory.Token, m.account.PasswordChangedAt)
	}
	return nil
}

// change stores the changes of somebody who is there already.
func (p *syncing) change(ctx context.Context, tx *store.Tx, m *imported) error {
	if changed(m.before, m.after) {
		full, err := tx.User(ctx, m.before.ID) // with the sources
		if err != nil {
			return err
		}
		after := m.after
		after.Sources, after.Status, after.BlockedBy = full.Sources, full.Status, full.BlockedBy
		if err := p.writeUser(ctx, tx, "", full, &after); err != nil {
			return err
		}
		if err := p.tellOldAddress(ctx, tx, m.before, m.after); err != nil {
			return err
		}
	}
	if m.before.BlockedBy == m.after.BlockedBy {
		return nil
	}
	u, err := tx.User(ctx, m.before.ID)
	if err != nil {
		return err
	}
	_, _, err = p.setBlocks(ctx, tx, "", u, m.after.BlockedBy)
	return err
}

// raise records an event of the directory about one system user.
func (p *syncing) raise(ctx context.Context, tx *store.Tx, event, userID string) error {
	data, err := json.Marshal(map[string]string{"directory": p.name})
	if err != nil {
		return err
	}
	_, err = p.runner.Record(ctx, tx, rekey.Event{Type: event, Users: []string{userID}, Data: data})
	return err
}
