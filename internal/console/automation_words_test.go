package console

import (
	"testing"

	"rekey"
	"rekey/internal/admin"
)

func TestOutcomeOfARunSaysWhomItReachedOrWhyNobody(t *testing.T) {
	t.Parallel()
	tally := func(state rekey.DeliveryState, reason rekey.Reason, n int64) rekey.Tally {
		return rekey.Tally{State: state, Reason: reason, Count: n}
	}
	for want, run := range map[string]admin.RunView{
		"the event named nobody": {},
		"nobody: uses the API (2), blocked (1)": {Tallies: []rekey.Tally{
			tally(rekey.DeliverySkipped, rekey.ReasonBlocked, 1), tally(rekey.DeliverySkipped, rekey.ReasonAPIUser, 2),
		}},
		"1,241 people reached, 9 on the way, 3 failed, 4 whom you may not view": {Hidden: 4, Tallies: []rekey.Tally{
			tally(rekey.DeliverySent, "", 1_000), tally(rekey.DeliveryDone, "", 240), tally(rekey.DeliveryExpired, "", 1),
			tally(rekey.DeliveryDeferred, rekey.ReasonDeferred, 8), tally(rekey.DeliveryQueued, "", 1),
			tally(rekey.DeliveryFailed, rekey.ReasonRefused, 3), tally(rekey.DeliverySkipped, rekey.ReasonBlocked, 1),
		}},
		"1 person reached":        {Tallies: []rekey.Tally{tally(rekey.DeliverySent, "", 1)}},
		"2 whom you may not view": {Hidden: 2},
	} {
		if got := outcome(run); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
