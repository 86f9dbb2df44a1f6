package console

import (
	"cmp"
	"net/http"
	"strings"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
)

func init() {
	notices["address-confirmed"] = "The address is confirmed. New passwords go there from now on."
	notices["user-unblocked-here"] = "The block here is lifted. They stay blocked in the directory."
}

// statusOf says whether a system user is blocked, and where.
func statusOf(u rekey.SystemUser) view.State {
	state := userStates[u.Status]
	switch u.BlockedBy {
	case rekey.BlockedByDirectory:
		state.Word = "Blocked in " + u.Directory.Directory
	case rekey.BlockedByBoth:
		state.Word = "Blocked here and in " + u.Directory.Directory
	case rekey.BlockedByPerson:
	}
	return state
}

// thereStates says what is special about an account in its directory.
func thereStates(a rekey.DirectoryAccount) (list []view.State) {
	for _, s := range []struct {
		is    bool
		color view.Color
		word  string
	}{
		{a.LockedByAdmin, view.Red, "Locked by an administrator of " + a.Directory},
		{a.Locked && !a.LockedByAdmin, view.Amber, "Locked in " + a.Directory + " after failed log-ins"},
		{a.Protected, view.Grey, "Privileged in " + a.Directory + ": Rekey never sets its password"},
		{a.NeedsOld, view.Grey, a.Directory + " wants the old password for each change, so Rekey cannot set one"},
	} {
		if s.is {
			list = append(list, view.State{Color: s.color, Word: s.word})
		}
	}
	return list
}

// directoryFacts are what the directory says of its user; nil for built-in users.
func (c *Console) directoryFacts(r *http.Request, u rekey.SystemUser) []view.Fact {
	a := u.Directory
	if a.BuiltIn() {
		return nil
	}
	facts := []view.Fact{
		{Label: "Directory", Text: a.Directory},
		{Label: "Unit", Text: cmp.Or(a.Unit, "none")}, {Label: "Groups", Text: cmp.Or(strings.Join(a.Groups, ", "), "none")},
		{Label: "Password changed there", Text: "not known", Moment: known(c.moment(r, u.PasswordChangedAt))},
	}
	if !a.ExpiresAt.IsZero() {
		facts = append(facts, view.Fact{Label: "Password there expires", Moment: known(c.moment(r, a.ExpiresAt))})
	}
	return facts
}

// heldAddress says that an address changed in the directory; nil if none waits to be
// confirmed.
func (c *Console) heldAddress(r *http.Request, u rekey.SystemUser) *view.HeldAddress {
	until := u.Directory.AddressHeldUntil
	if !c.Clock().Before(until) {
		return nil
	}
	held := &view.HeldAddress{Directory: u.Directory.Directory, Since: c.moment(r, until.Add(-admin.AddressHold)), Until: c.moment(r, until), Version: u.Version, Revoked: u.Chosen() == rekey.ChosenRevoked}
	if actor(r).ID != u.ID && actor(r).Authority().MayChange(u) {
		held.Confirm = userPath(u.ID) + "/confirm-address"
	}
	return held
}

func (c *Console) confirmAddress(w http.ResponseWriter, r *http.Request) error {
	version, err := form.ReadVersion(w, r)
	if err != nil {
		return err
	}
	u, err := c.Admin.ConfirmAddress(r.Context(), actor(r), r.PathValue("id"), version)
	if err != nil {
		return err
	}
	http.Redirect(w, r, userPath(u.ID)+"?notice=address-confirmed", http.StatusSeeOther)
	return nil
}
