package engine_test

import (
	"slices"
	"testing"
	"time"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
	"rekey/internal/store"
)

func administrator(u *rekey.SystemUser) { u.Role = rekey.RoleAdministrator }

func ownedBy(u rekey.SystemUser) func(*rekey.Automation) {
	return func(a *rekey.Automation) { a.OwnerID = u.ID }
}

// onlyAdministrators makes everybody else a member.
func (h *harness) onlyAdministrators(these ...rekey.SystemUser) {
	h.t.Helper()
	all, err := h.db.Users(h.ctx, rekey.UserQuery{Role: rekey.RoleAdministrator, MaxRank: rekey.RankAdministrator, Limit: 100})
	h.must(err)
	for _, u := range all {
		if !slices.ContainsFunc(these, func(other rekey.SystemUser) bool { return other.ID == u.ID }) {
			h.change(u.ID, func(u *rekey.SystemUser) { u.Role = rekey.RoleMember })
		}
	}
}

// unchoose takes the chosen password away, as a revocation does.
func (h *harness) unchoose(userID string) {
	h.t.Helper()
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error {
		return tx.Revoke(h.ctx, map[string]string{userID: ""}, h.now())
	}))
}

func TestLastAdministratorIsNotRevoked(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	ada := h.person("ada@example.org", administrator)
	grace := h.person("grace@example.org", administrator)
	ada2grace := h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce}, ownedBy(ada))
	h.onlyAdministrators(ada, grace)

	// Each may revoke the other. One of them must keep a password.
	first := h.happen(ada, grace)
	h.work()
	h.want(first, ada, rekey.DeliverySkipped, rekey.ReasonNotOwners)
	h.want(first, grace, rekey.DeliverySent, "")
	h.deactivate(ada2grace)
	h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce}, ownedBy(grace))
	h.onlyAdministrators(ada, grace)
	second := h.happen(ada)
	h.work()
	h.want(second, ada, rekey.DeliverySkipped, rekey.ReasonLastAdministrator)
	if !h.inForce(ada) || len(h.mailed(ada.Address)) != 0 {
		t.Fatal("the last Administrator with a password has lost it")
	}

	// Once the other has chosen one, it can be done.
	h.choose(grace, "chosen")
	third := h.happen(ada)
	h.work()
	h.want(third, ada, rekey.DeliverySent, "")
}

func TestOneRunDoesNotRevokeAllAdministrators(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	ada := h.person("ada@example.org", administrator)
	grace := h.person("grace@example.org", administrator)
	a := h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
	h.onlyAdministrators(ada, grace, h.user(a.OwnerID))
	h.unchoose(a.OwnerID)
	run := h.happen(ada, grace)
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
	h.want(run, grace, rekey.DeliverySkipped, rekey.ReasonLastAdministrator)
}

// Between the plan and the issue another Administrator may lose theirs.
func TestLastAdministratorIsLookedAtAgainWhenThePasswordIsIssued(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	ada := h.person("ada@example.org", administrator)
	a := h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
	h.onlyAdministrators(ada, h.user(a.OwnerID))
	run := h.happen(ada)
	h.must(h.run(h.mustJob(engine.TaskExecute)))
	h.unchoose(a.OwnerID)
	h.work()
	h.want(run, ada, rekey.DeliverySkipped, rekey.ReasonLastAdministrator)
	if !h.inForce(ada) {
		t.Error("the password is not in force")
	}
}

// A mail that is under way is all that a revoked Administrator has: nothing
// that happens to the others may end it.
func TestRevocationUnderWayIsNotTakenBack(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "DOT", Times: 1, Reply: "451 4.3.0 try later"}}})
	ada := h.person("ada@example.org", administrator)
	a := h.automation(rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
	h.onlyAdministrators(ada, h.user(a.OwnerID))
	run := h.happen(ada)
	h.work()
	h.want(run, ada, rekey.DeliveryDeferred, rekey.ReasonDeferred)
	h.unchoose(a.OwnerID)
	h.pass(time.Hour)
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
}

func TestAdministratorIsRevokedAlsoAmongOthersWhoseOldPasswordIsKept(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{})
	h.automation(rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
	ada, grace := h.person("ada@example.org"), h.person("grace@example.org", administrator)
	run := h.happen(ada, grace)
	h.must(h.run(h.mustJob(engine.TaskExecute)))
	_, err := h.db.SQLite().ExecContext(h.ctx, `UPDATE deliveries SET old_password = 'revoke' WHERE user_id = $1`, grace.ID)
	h.must(err)
	h.work()
	h.want(run, ada, rekey.DeliverySent, "")
	h.want(run, grace, rekey.DeliverySent, "")
}
