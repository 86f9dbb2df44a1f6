package rekey_test

import (
	"testing"
	"time"

	"rekey"
)

func TestEachStateOfADeliveryHasAStandingAndSaysWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state  rekey.DeliveryState
		reason rekey.Reason
		want   rekey.Standing
		why    string
	}{
		{rekey.DeliveryHeld, "", rekey.StandingOnTheWay, "the mail is not sent yet"},
		{rekey.DeliveryQueued, "", rekey.StandingOnTheWay, "the mail is not sent yet"},
		{rekey.DeliveryIssued, "", rekey.StandingOnTheWay, "the mail is not sent yet"},
		{rekey.DeliveryDeferred, rekey.ReasonTransport, rekey.StandingOnTheWay, rekey.ReasonTransport.Text()},
		{rekey.DeliverySent, "", rekey.StandingNotYet, "has not chosen a password yet"},
		{rekey.DeliveryExpired, "", rekey.StandingNoLonger, "the mailed password expired unused"},
		{rekey.DeliverySuperseded, rekey.ReasonReplaced, rekey.StandingNoLonger, rekey.ReasonReplaced.Text()},
		{rekey.DeliverySuperseded, rekey.ReasonRevoked, rekey.StandingNoLonger, rekey.ReasonRevoked.Text()},
		{rekey.DeliverySuperseded, rekey.ReasonReplacedUnsent, rekey.StandingNone, rekey.ReasonReplacedUnsent.Text()},
		{rekey.DeliveryFailed, rekey.ReasonRefused, rekey.StandingNone, rekey.ReasonRefused.Text()},
		{rekey.DeliveryCancelled, rekey.ReasonBlocked, rekey.StandingNone, rekey.ReasonBlocked.Text()},
		{rekey.DeliverySkipped, rekey.ReasonAPIUser, rekey.StandingSkipped, rekey.ReasonAPIUser.Text()},
		{rekey.DeliveryWouldBeSent, "", rekey.StandingSkipped, ""},
	} {
		d := rekey.Delivery{State: c.state, Reason: c.reason}
		if d.Standing() != c.want || d.Why() != c.why {
			t.Errorf("%s %s: %s, %q", c.state, c.reason, d.Standing(), d.Why())
		}
		if d.InAt = time.Unix(1, 0); d.Standing() != rekey.StandingIn || d.Why() != "has chosen a password" {
			t.Errorf("%s %s, and they have chosen a password: %s, %q", c.state, c.reason, d.Standing(), d.Why())
		}
	}
}

func TestPeopleWhoWereSkippedAreNotAskedToComeIn(t *testing.T) {
	t.Parallel()
	c := rekey.CountIn([]rekey.Tally{
		{State: rekey.DeliveryDone, Count: 3, In: 3}, {State: rekey.DeliveryExpired, Count: 5, In: 2}, {State: rekey.DeliverySent, Count: 4},
		{State: rekey.DeliveryFailed, Reason: rekey.ReasonRefused, Count: 2, In: 1}, {State: rekey.DeliverySkipped, Reason: rekey.ReasonAPIUser, Count: 7},
		{State: rekey.DeliveryQueued, Count: 1},
	})
	if want := (rekey.InCounts{In: 6, NotYet: 4, NoLonger: 3, None: 1, OnTheWay: 1, Skipped: 7}); c != want || c.All() != 15 || c.NotIn() != 9 {
		t.Errorf("%+v, %d of them not in, %d in all", c, c.NotIn(), c.All())
	}
	if c.Without(c) != (rekey.InCounts{}) {
		t.Errorf("%+v without the same is %+v", c, c.Without(c))
	}
}
