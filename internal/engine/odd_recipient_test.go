package engine_test

import (
	"testing"
	"time"

	"rekey"
	"rekey/internal/mail/mailtest"
)

// A recipient's own mail server may refuse them in the words of a fault of the
// transport. Then their mail waits alone; the revocations of all others go on.
func TestOneWhoIsRefusedForTheTransportKeepsNoRevocationWaiting(t *testing.T) {
	t.Parallel()
	h := setup(t, mailtest.Script{Rules: []mailtest.Rule{{On: "RCPT TO:<odd@", Reply: "550 5.7.23 SPF validation failed"}}})
	h.on("keep", rekey.SendParams{OldPassword: rekey.KeepUntilChanged})
	h.on("leaked", rekey.SendParams{OldPassword: rekey.RevokeAtOnce})
	odd, ada := h.person("odd@example.org"), h.person("ada@example.org")
	run := h.happens("keep", odd)
	h.work()
	h.want(run, odd, rekey.DeliveryDeferred, rekey.ReasonTransport)
	leaked := h.happens("leaked", ada)
	h.fromJobToJob(10 * time.Minute)
	h.want(leaked, ada, rekey.DeliverySent, "")
	// Their own waits until it is known that others are served, and comes to an end.
	own := h.happens("leaked", odd)
	h.idle(26 * time.Hour)
	if !h.inForce(odd) {
		t.Fatal("the old password is revoked while nobody knows whether anybody gets mail")
	}
	h.happens("keep", ada)
	h.fromJobToJob(10 * time.Minute)
	h.idle(26 * time.Hour)
	h.want(own, odd, rekey.DeliveryFailed, rekey.ReasonGaveUp)
	h.wantRun(own, rekey.RunFinished, "")
}

// fromJobToJob lets time pass, and does each job when it is due.
func (h *harness) fromJobToJob(d time.Duration) {
	h.t.Helper()
	end := h.now().Add(d)
	for {
		h.work()
		h.mu.Lock()
		next := end
		for _, job := range h.jobs {
			if job.At.Before(next) {
				next = job.At
			}
		}
		h.at = next
		h.mu.Unlock()
		if next.Equal(end) {
			return
		}
	}
}
