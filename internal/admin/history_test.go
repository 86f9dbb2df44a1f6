package admin_test

import (
	"strings"
	"testing"

	"rekey"
	"rekey/internal/admin"
)

// told lists changes, one a line.
func told(changes []rekey.Change) string {
	var lines []string
	for _, c := range changes {
		line := c.By
		for _, f := range c.Fields {
			line += "; " + f.Field + ": " + f.Old + " → " + f.New
		}
		if c.Deleted {
			line += "; deleted"
		}
		if c.Erased {
			line += "; erased"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestHistorySaysWhoChangedWhat(t *testing.T) {
	t.Parallel()
	o := setup(t)
	saved, err := o.CreateAutomation(o.ctx, o.manager, draft(), false)
	o.must(err)
	a := saved.Automation
	_, err = o.UpdateAutomation(o.ctx, o.root, a.ID, 0, func(a *rekey.Automation) error {
		a.Description, a.EventFilter.User = "For the help desk", o.manager.ID
		return nil
	})
	o.must(err)
	_, err = o.TransferAutomation(o.ctx, o.manager, a.ID, 0, o.operator.ID)
	o.must(err)
	_, err = o.DeleteAutomation(o.ctx, o.root, a.ID, 0)
	o.must(err)
	want := strings.Join([]string{
		o.root.ID + "; deleted",
		o.manager.ID + "; owner: " + o.manager.ID + " → " + o.operator.Address,
		// The Operator may not view a Manager.
		o.root.ID + "; description:  → For the help desk; event_filter.system_user:  → " + o.manager.ID,
	}, "\n")
	for _, limit := range []int{0, 1} {
		var all []rekey.Change
		for place := (admin.Place{Limit: limit}); ; {
			list, err := o.History(o.ctx, o.operator, rekey.KindAutomation, a.ID, place)
			o.must(err)
			all = append(all, list.Entries...)
			if place.After = list.Next; place.After == "" {
				break
			}
		}
		if got := told(all); got != want {
			t.Errorf("pages of %d:\n%s\nwant\n%s", limit, got, want)
		}
	}
	_, err = o.History(o.ctx, o.member, rekey.KindAutomation, a.ID, admin.Place{})
	o.refused(err, rekey.CodeForbidden)
	_, err = o.History(o.ctx, o.manager, rekey.KindAutomation, "none", admin.Place{})
	o.refused(err, rekey.CodeNotFound)
}

func TestHistoryOfADeletedPersonNamesNobody(t *testing.T) {
	t.Parallel()
	o := setup(t)
	u := o.person(rekey.RoleMember)
	_, err := o.UpdateUser(o.ctx, o.operator, u.ID, 0, func(u *rekey.SystemUser) error {
		u.FirstName, u.Attributes = "Grace", map[string]string{"team": "navy"}
		return nil
	})
	o.must(err)
	_, err = o.BlockUser(o.ctx, o.manager, u.ID, 0)
	o.must(err)
	history := func(actor rekey.SystemUser) (string, error) {
		list, err := o.History(o.ctx, actor, rekey.KindUser, u.ID, admin.Place{})
		return told(list.Entries), err
	}
	got, err := history(o.operator)
	o.must(err)
	if want := o.manager.ID + "; status: active → blocked; blocked_by:  → person\n" + o.operator.ID + "; first_name: Ada → Grace; attributes.team:  → navy"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, err := o.History(o.ctx, o.member, rekey.KindUser, u.ID, admin.Place{}); rekey.CodeOf(err) != rekey.CodeForbidden {
		t.Errorf("a Member reads the history of another: %v", err)
	}
	o.must(o.DeleteUser(o.ctx, o.root, u.ID, 0))
	if _, err := history(o.operator); rekey.CodeOf(err) != rekey.CodeNotFound {
		t.Errorf("an Operator reads the history of a deleted person: %v", err)
	}
	got, err = history(o.root)
	o.must(err)
	if want := o.root.ID + "; deleted; erased\n" + o.manager.ID + "; erased\n" + o.operator.ID + "; erased"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
