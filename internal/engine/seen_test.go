package engine_test

import (
	"rekey"
	"rekey/internal/mail/mailtest"
	"rekey/internal/password"
	"rekey/internal/store"
)

// deliveries returns those of a run.
func (h *harness) deliveries(run rekey.Run) []rekey.Delivery {
	h.t.Helper()
	return h.deliveriesOf(run, "")
}

// deliveriesOf returns those of a user in a run; "" means of everybody.
func (h *harness) deliveriesOf(run rekey.Run, userID string) []rekey.Delivery {
	h.t.Helper()
	list, err := h.db.Deliveries(h.ctx, rekey.DeliveryQuery{RunID: run.ID, UserID: userID, MaxRank: rekey.RankAdministrator, Limit: 1000})
	h.must(err)
	return list
}

// delivery returns the latest of a user in a run.
func (h *harness) delivery(run rekey.Run, u rekey.SystemUser) rekey.Delivery {
	h.t.Helper()
	var last rekey.Delivery
	for _, d := range h.deliveriesOf(run, u.ID) {
		last = d
	}
	if last.ID == "" {
		h.t.Fatalf("%s has no delivery in the run", u.Address)
	}
	return last
}

// want checks state and reason of a user's delivery.
func (h *harness) want(run rekey.Run, u rekey.SystemUser, state rekey.DeliveryState, reason rekey.Reason) {
	h.t.Helper()
	if d := h.delivery(run, u); d.State != state || d.Reason != reason {
		h.t.Fatalf("delivery to %s is %q, %q; want %q, %q", u.Address, d.State, d.Reason, state, reason)
	}
}

// wantRun checks state and reason of a run.
func (h *harness) wantRun(run rekey.Run, state rekey.RunState, reason rekey.Reason) {
	h.t.Helper()
	got, err := h.db.Run(h.ctx, run.ID)
	h.must(err)
	if got.State != state || got.Reason != reason {
		h.t.Fatalf("run is %q, %q (%s); want %q, %q", got.State, got.Reason, got.Detail, state, reason)
	}
}

// mailed returns the passwords that were accepted for an address, in order.
func (h *harness) mailed(address string) []string {
	h.t.Helper()
	var found []string
	for _, m := range h.mailedTo(address) {
		found = append(found, m.Password())
	}
	return found
}

// mailedTo returns the mails that were accepted for an address, in order.
func (h *harness) mailedTo(address string) []mailtest.Mail {
	h.t.Helper()
	var found []mailtest.Mail
	for _, m := range h.peer.Messages() {
		if m.To[0] == address {
			found = append(found, mailtest.Parse(h.t, m.Data))
		}
	}
	return found
}

// opens reports whether a mailed password logs in now.
func (h *harness) opens(u rekey.SystemUser, typed string) bool {
	h.t.Helper()
	credential, err := h.db.Credential(h.ctx, u.ID)
	h.must(err)
	for _, d := range credential.Live(h.now()) {
		ok, err := password.NewMailed(h.keys).Verify(d.Verifier, rekey.NewSecret(typed), d.ID)
		h.must(err)
		if ok {
			return true
		}
	}
	return false
}

// inForce reports whether the chosen password logs in now.
func (h *harness) inForce(u rekey.SystemUser) bool {
	h.t.Helper()
	credential, err := h.db.Credential(h.ctx, u.ID)
	h.must(err)
	return credential.InForce(h.now())
}

// choose completes a change, as after logging in with the chosen password.
func (h *harness) choose(u rekey.SystemUser, verifier string) {
	h.t.Helper()
	h.chooseVia(u, "", verifier)
}

// chooseVia completes a change, as after logging in with the password of a
// delivery.
func (h *harness) chooseVia(u rekey.SystemUser, deliveryID, verifier string) {
	h.t.Helper()
	h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { return tx.CompleteChange(h.ctx, u.ID, deliveryID, verifier, h.now()) }))
}
