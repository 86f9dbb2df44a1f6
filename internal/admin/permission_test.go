package admin_test

import (
	"testing"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/store"
)

// ranks are the roles from rank 0 to 3.
var ranks = []rekey.Role{rekey.RoleMember, rekey.RoleOperator, rekey.RoleManager, rekey.RoleAdministrator}

// higher says who may set whose password: a higher rank, and Administrators each
// other.
func higher(actor, target int) rekey.Code {
	switch {
	case target > actor:
		return rekey.CodeNotFound // not even viewed
	case actor > target || actor == 3:
		return ""
	default:
		return rekey.CodeForbidden
	}
}

func TestWhoMayDoWhatToWhom(t *testing.T) {
	t.Parallel()
	acts := []struct {
		name string
		do   func(o *office, actor, target rekey.SystemUser) error
		want func(actor, target int) rekey.Code
	}{
		{"view", func(o *office, actor, target rekey.SystemUser) error {
			_, err := o.User(o.ctx, actor, target.ID)
			return err
		}, func(actor, target int) rekey.Code {
			if target > actor {
				return rekey.CodeNotFound
			}
			return ""
		}},
		{"find", func(o *office, actor, target rekey.SystemUser) error {
			_, err := o.FindUser(o.ctx, actor, target.Address)
			return err
		}, func(actor, target int) rekey.Code {
			if target > actor {
				return rekey.CodeNotFound
			}
			return ""
		}},
		{"change name", update(func(u *rekey.SystemUser) { u.FirstName = "Grace" }), higher},
		{"change address", update(func(u *rekey.SystemUser) { u.Address = "other." + u.Address }), higher},
		{"change type", update(func(u *rekey.SystemUser) { u.Type = rekey.TypeAPI }), higher},
		{"demote", update(func(u *rekey.SystemUser) { u.Role = rekey.RoleMember }), func(actor, target int) rekey.Code {
			if target == 0 && actor == 0 {
				return "" // nothing changes
			}
			return higher(actor, target)
		}},
		{"change attributes", update(func(u *rekey.SystemUser) { u.Attributes = map[string]string{"team": "red"} }), higher},
		{"change sources", update(func(u *rekey.SystemUser) {
			u.Sources = []rekey.EventSource{{Source: "/" + newID(), Names: []string{"*"}}}
		}), higher},
		{"block", func(o *office, actor, target rekey.SystemUser) error {
			_, err := o.BlockUser(o.ctx, actor, target.ID, 0)
			return err
		}, higher},
		{"restore", func(o *office, actor, target rekey.SystemUser) error {
			_, err := o.RestoreUser(o.ctx, actor, target.ID, 0)
			return err
		}, higher},
		{"delete", func(o *office, actor, target rekey.SystemUser) error {
			return o.DeleteUser(o.ctx, actor, target.ID, 0)
		}, higher},
		{"send password", func(o *office, actor, target rekey.SystemUser) error {
			_, err := o.SendPassword(o.ctx, actor, target.ID)
			return err
		}, higher},
		{"create token", func(o *office, actor, target rekey.SystemUser) error {
			_, _, err := o.CreateToken(o.ctx, actor, admin.TokenRequest{UserID: target.ID, Name: "ci"})
			return err
		}, higher},
		{"list tokens", func(o *office, actor, target rekey.SystemUser) error {
			_, err := o.Tokens(o.ctx, actor, target.ID)
			return err
		}, higher},
		{"create like", func(o *office, actor, target rekey.SystemUser) error {
			_, err := o.CreateUser(o.ctx, actor, rekey.SystemUser{Address: newID() + "@example.org", Type: rekey.TypeUI, Role: target.Role})
			return err
		}, func(actor, target int) rekey.Code {
			if higher(actor, target) != "" {
				return rekey.CodeForbidden
			}
			return ""
		}},
		{"aim an automation at", func(o *office, actor, target rekey.SystemUser) error {
			a := draft(aimed(target.ID))
			_, err := o.CreateAutomation(o.ctx, actor, a, false)
			return err
		}, func(actor, target int) rekey.Code {
			switch {
			case actor == 0:
				return rekey.CodeForbidden
			case higher(actor, target) != "":
				return rekey.CodeInvalid
			default:
				return ""
			}
		}},
		{"change an automation of", func(o *office, actor, target rekey.SystemUser) error {
			a := o.stored(target)
			_, err := o.UpdateAutomation(o.ctx, actor, a.ID, 0, func(a *rekey.Automation) error {
				a.Description = "changed"
				return nil
			})
			return err
		}, manages},
		{"activate an automation of", func(o *office, actor, target rekey.SystemUser) error {
			_, err := o.ActivateAutomation(o.ctx, actor, o.stored(target).ID, 0)
			return err
		}, manages},
		{"deactivate an automation of", func(o *office, actor, target rekey.SystemUser) error {
			_, err := o.DeactivateAutomation(o.ctx, actor, o.stored(target).ID, 0)
			return err
		}, manages},
		{"delete an automation of", func(o *office, actor, target rekey.SystemUser) error {
			_, err := o.DeleteAutomation(o.ctx, actor, o.stored(target).ID, 0)
			return err
		}, manages},
		{"cancel a run of", func(o *office, actor, target rekey.SystemUser) error {
			a := o.stored(target)
			_, err := o.ActivateAutomation(o.ctx, o.root, a.ID, 0)
			o.must(err)
			_, err = o.CreateUser(o.ctx, o.root, rekey.SystemUser{Address: newID() + "@example.org", Type: rekey.TypeUI, Role: rekey.RoleMember})
			o.must(err)
			runs, err := entries(o.Runs(o.ctx, o.root, rekey.RunQuery{AutomationID: a.ID}, admin.Place{}))
			o.must(err)
			_, err = o.CancelRun(o.ctx, actor, runs[0].ID)
			return err
		}, manages},
	}
	for _, act := range acts {
		t.Run(act.name, func(t *testing.T) {
			t.Parallel()
			o := setup(t)
			for actor, actorRole := range ranks {
				for target, targetRole := range ranks {
					who, whom := o.person(actorRole), o.person(targetRole, hybrid)
					if got, want := rekey.CodeOf(act.do(o, who, whom)), act.want(actor, target); got != want {
						t.Errorf("%s on %s: got %q, want %q", actorRole, targetRole, got, want)
					}
				}
			}
		})
	}
}

// manages says who may change whose automation.
func manages(actor, owner int) rekey.Code {
	if actor == 0 || actor < owner {
		return rekey.CodeForbidden
	}
	return ""
}

// stored stores a draft for an owner of any rank.
func (o *office) stored(owner rekey.SystemUser) rekey.Automation {
	o.t.Helper()
	saved, err := o.CreateAutomation(o.ctx, o.root, draft(), false)
	o.must(err)
	a := saved.Automation
	a.OwnerID = owner.ID
	a.Version++
	o.must(o.db.Update(o.ctx, func(tx *store.Tx) error { return tx.UpdateAutomation(o.ctx, a, a.Version-1, "") }))
	return a
}

// aimed is a target that may be an API user.
func aimed(id string) func(*rekey.Automation) {
	return func(a *rekey.Automation) {
		a.JobParams = []byte(`{"system_user": "` + id + `", "include_api_users": true}`)
	}
}

func update(change func(*rekey.SystemUser)) func(o *office, actor, target rekey.SystemUser) error {
	return func(o *office, actor, target rekey.SystemUser) error {
		_, err := o.UpdateUser(o.ctx, actor, target.ID, 0, func(u *rekey.SystemUser) error {
			change(u)
			return nil
		})
		return err
	}
}

func TestNobodyChangesTheirOwnRank(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.person(rekey.RoleAdministrator) // there is another
	for _, self := range []rekey.SystemUser{o.member, o.operator, o.manager, o.root} {
		o.unchanged(func() {
			for field, change := range map[string]func(*rekey.SystemUser){
				"role":    func(u *rekey.SystemUser) { u.Role = rekey.Roles()[(3-u.Role.Rank()+1)%4] },
				"type":    func(u *rekey.SystemUser) { u.Type = rekey.TypeHybrid },
				"address": func(u *rekey.SystemUser) { u.Address = "elsewhere@example.org" },
			} {
				o.refused(update(change)(o, self, self), rekey.CodeForbidden, field)
			}
			_, err := o.BlockUser(o.ctx, self, self.ID, 0)
			o.refused(err, rekey.CodeForbidden)
			o.refused(o.DeleteUser(o.ctx, self, self.ID, 0), rekey.CodeForbidden)
			_, err = o.SendPassword(o.ctx, self, self.ID)
			o.refused(err, rekey.CodeForbidden)
		})
		o.must(update(func(u *rekey.SystemUser) { u.FirstName, u.Language = "Grace", "de" })(o, self, self))
	}
}

func TestRefusalSaysWhoCan(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.person(rekey.RoleAdministrator)
	_, block := o.BlockUser(o.ctx, o.root, o.root.ID, 0)
	demote := update(func(u *rekey.SystemUser) { u.Role = rekey.RoleMember })(o, o.root, o.root)
	_, send := o.SendPassword(o.ctx, o.manager, o.manager.ID)
	_, peer := o.BlockUser(o.ctx, o.operator, o.person(rekey.RoleOperator).ID, 0)
	rename := update(func(u *rekey.SystemUser) { u.Address = "elsewhere@example.org" })(o, o.member, o.person(rekey.RoleMember))
	_, above := o.CreateUser(o.ctx, o.operator, rekey.SystemUser{Address: "new@example.org", Type: rekey.TypeUI, Role: rekey.RoleOperator})
	for want, err := range map[string]error{
		"You cannot block yourself; another Administrator can.":                                                     block,
		"role: You cannot change your own role; another Administrator can.":                                         demote,
		"You cannot delete yourself; another Administrator can.":                                                    o.DeleteUser(o.ctx, o.root, o.root.ID, 0),
		"You cannot send yourself a new password; an Administrator can.":                                            send,
		"You cannot block an Operator; a Manager or an Administrator can.":                                          peer,
		"address: You cannot change the email address of a Member; an Operator, a Manager or an Administrator can.": rename,
		"role: You cannot create an Operator; a Manager or an Administrator can.":                                   above,
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestNobodyGivesARankAboveTheirOwn(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.unchanged(func() {
		promote := update(func(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator })
		o.refused(promote(o, o.manager, o.member), rekey.CodeForbidden, "role")
		_, err := o.CreateUser(o.ctx, o.manager, rekey.SystemUser{Address: "new@example.org", Type: rekey.TypeUI, Role: rekey.RoleAdministrator})
		o.refused(err, rekey.CodeForbidden, "role")
	})
}

func TestBlockedActorMayDoNothing(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.person(rekey.RoleAdministrator)
	blocked, err := o.BlockUser(o.ctx, o.person(rekey.RoleAdministrator), o.root.ID, 0)
	o.must(err)
	o.unchanged(func() {
		_, err := o.CreateUser(o.ctx, blocked, rekey.SystemUser{Address: "new@example.org", Type: rekey.TypeUI, Role: rekey.RoleMember})
		o.refused(err, rekey.CodeForbidden)
		_, err = o.User(o.ctx, blocked, o.member.ID)
		o.refused(err, rekey.CodeNotFound)
		_, err = entries(o.Automations(o.ctx, blocked, rekey.AutomationQuery{}, admin.Place{}))
		o.refused(err, rekey.CodeForbidden)
		o.refused(update(func(u *rekey.SystemUser) { u.FirstName = "X" })(o, blocked, blocked), rekey.CodeNotFound)
	})
}

func TestListsShowOnlyThoseOfTheSameRankOrLower(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for rank, actor := range []rekey.SystemUser{o.member, o.operator, o.manager, o.root} {
		users, err := entries(o.Users(o.ctx, actor, rekey.UserQuery{MaxRank: 3}, admin.Place{}))
		o.must(err)
		if len(users) != rank+1 {
			t.Errorf("a %s is shown %d system users, want %d", actor.Role, len(users), rank+1)
		}
	}
}
