package admin

import (
	"context"
	"fmt"

	"rekey"
	"rekey/internal/directory"
)

// TriedAccount says what Rekey would do with one account of a directory now.
type TriedAccount struct {
	DN      string   // its name in the directory
	Address string   // as the directory has it
	UserID  string   // "" if nobody was imported from it
	Says    []string // sentences for people
}

// TryAccount reads one account of a directory, and says what the next import and a run
// would do with it. user is the id or the address of a system user, or an address in
// the directory. It changes nothing.
//
// Errors: CodeForbidden below Manager; CodeNotFound for an unknown directory, or if
// nobody in it is known by that name; CodeUnavailable if it does not answer.
func (s *Service) TryAccount(ctx context.Context, actor rekey.SystemUser, name, user string) (TriedAccount, error) {
	from, err := s.directory(actor, name)
	if err != nil {
		return TriedAccount{}, err
	}
	key, err := s.keyOf(ctx, actor, name, user)
	if err != nil {
		return TriedAccount{}, err
	}
	found, err := from.Read(ctx, []directory.Key{key})
	if err != nil {
		return TriedAccount{}, failedAt(name, err)
	}
	a, there := found[key]
	if !there {
		return TriedAccount{Says: []string{"The directory has no such account any more, within its base and its filter. Once two complete imports an hour apart have missed it, its system user is blocked."}}, nil
	}
	p := &syncing{Service: s, name: name, dry: true}
	if p.state, err = s.store.Directory(ctx, name); err != nil {
		return TriedAccount{}, err
	}
	plan, err := p.plan(ctx, s.store.Queries, []directory.Account{a})
	if err != nil {
		return TriedAccount{}, err
	}
	m := plan[0]
	return TriedAccount{DN: a.DN, Address: a.Address, UserID: m.before.ID, Says: append(m.importSays(), m.passwordSays(p)...)}, nil
}

// keyOf returns the key of an account that the actor may view, by id or address.
func (s *Service) keyOf(ctx context.Context, actor rekey.SystemUser, name, user string) (directory.Key, error) {
	u, err := s.FindUser(ctx, actor, user)
	if err == nil && u.Directory.Directory == name {
		return directory.Key(u.Directory.Key), nil
	}
	if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
		return "", err
	}
	e, err := s.store.EntryWithAddress(ctx, name, user)
	if err == nil && e.UserID != "" {
		_, err = viewed(ctx, s.store.Queries, actor, e.UserID)
	}
	return directory.Key(e.Key), err
}

// importSays says what the next import does with the account.
func (m imported) importSays() (says []string) {
	wrong := ""
	switch reason := m.entry.Reason; reason {
	case rekey.EntryNoAddress:
		wrong = reason.Text()
	case rekey.EntryBadAddress:
		wrong = fmt.Sprintf("%s: %q", reason.Text(), m.account.Address)
	case rekey.EntryConflict:
		wrong = reason.Text() + " " + m.account.Address + ", and Rekey merges nobody"
	case rekey.EntryProtected, rekey.EntryAddressChanged, rekey.EntryNoWayIn, rekey.EntryMissing: // imported all the same
	}
	switch {
	case m.after.ID == "":
		return []string{"The account is not imported: " + wrong + "."}
	case wrong != "":
		says = append(says, "The system user keeps the address "+m.after.Address+": "+wrong+".")
	case m.before.ID == "":
		says = append(says, "The next import makes a system user of the account: "+m.after.Address+", "+m.after.Role.Label()+".")
	case m.before.AddressKey != m.after.AddressKey:
		says = append(says, "The next import gives the system user the new address "+m.after.Address+", to which no password goes for 72 hours, unless somebody of a higher rank confirms it.")
	default:
		says = append(says, "The account is imported: "+m.after.Address+", "+m.after.Role.Label()+".")
	}
	if m.after.Type == rekey.TypeAPI {
		says = append(says, "It is a program, by the setting api_filter: automations leave it alone unless their owner has switched that off.")
	}
	return says
}

// passwordSays says whether the owner of the account can be sent a password.
func (m imported) passwordSays(p *syncing) []string {
	account := m.after.Directory
	bars := account.Bars(p.now())
	switch {
	case m.after.ID == "":
		return nil
	case m.account.Blocked:
		return []string{"It is disabled in the directory, so its system user is blocked and gets no password."}
	case m.after.Status == rekey.UserBlocked:
		return []string{"Its system user is blocked here, and gets no password."}
	case bars != "":
		return []string{"It gets no password: " + bars.Text() + "."}
	case m.account.Policy.Unknown:
		return []string{"It can be sent a password, but not with the setting revoke: Rekey's account may not read the password policy."}
	case account.NotRevocable:
		return []string{"It can be sent a password, but not with the setting revoke: " + rekey.ReasonNoRevoke.Text() + "."}
	default:
		return []string{"It can be sent a password, with the settings keep and revoke."}
	}
}
