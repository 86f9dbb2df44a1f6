package console

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"rekey"
	"rekey/internal/admin"
)

func TestLineOfARunSaysWhomItReachedOrWhyNobody(t *testing.T) {
	t.Parallel()
	f := setup(t)
	tally := func(state rekey.DeliveryState, reason rekey.Reason, n int64) rekey.Tally {
		return rekey.Tally{State: state, Reason: reason, Count: n}
	}
	for want, tallies := range map[string][]rekey.Tally{
		"The event named nobody.":      nil,
		"2 use the API, 1 is blocked.": {tally(rekey.DeliverySkipped, rekey.ReasonBlocked, 1), tally(rekey.DeliverySkipped, rekey.ReasonAPIUser, 2)},
		"1,241 people reached. 3 failed.": {
			tally(rekey.DeliverySent, "", 1_000), tally(rekey.DeliveryDone, "", 240), tally(rekey.DeliveryExpired, "", 1),
			tally(rekey.DeliveryFailed, rekey.ReasonRefused, 3), tally(rekey.DeliverySkipped, rekey.ReasonBlocked, 1),
		},
		"1 person reached.": {tally(rekey.DeliverySent, "", 1)},
		"3 failed.":         {tally(rekey.DeliveryFailed, rekey.ReasonRefused, 3)},
	} {
		run := admin.RunView{Run: rekey.Run{State: rekey.RunFinished}, Tallies: tallies}
		if got := f.console.runLine(httptest.NewRequest(http.MethodGet, "/automations", nil), run); got.Text != want {
			t.Errorf("got %q, want %q", got.Text, want)
		}
	}
}

// A selection that a drop-down list does not show would not be sent again, and
// its automation would reach everybody.
func TestChosenSelectionIsAlwaysAmongTheOptions(t *testing.T) {
	t.Parallel()
	listed := []rekey.Selection{{ID: "1", Name: "Kiosks", NameKey: "kiosks"}}
	for want, used := range map[string]rekey.Selection{"Beyond": {ID: "2", Name: "Beyond", NameKey: "beyond"}, "A deleted selection": {}} {
		chosen := ""
		for _, o := range selectionOptions(listed, used, "2") {
			if o.Chosen {
				chosen = o.Value + " " + o.Label
			}
		}
		if chosen != "2 "+want {
			t.Errorf("chosen is %q, want %q", chosen, want)
		}
	}
}
