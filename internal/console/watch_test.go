package console

import (
	"context"
	"errors"
	"testing"
	"time"

	"rekey"
	"rekey/internal/admin"
)

func TestThoseWhoWatchARunShareWhatIsRead(t *testing.T) {
	t.Parallel()
	var w watches
	user := func(id string, role rekey.Role) rekey.SystemUser {
		return rekey.SystemUser{ID: id, Role: role, Status: rekey.UserActive}
	}
	ada, bo, eve := user("ada", rekey.RoleManager), user("bo", rekey.RoleManager), user("eve", rekey.RoleOperator)
	first, leaveFirst, _ := w.enter(ada, "run")
	second, leaveSecond, _ := w.enter(bo, "run")
	lower, leaveLower, _ := w.enter(eve, "run")
	if first != second || first == lower {
		t.Error("who may view the same shares, and nobody else")
	}
	var reads int64
	read := func(context.Context) (admin.RunView, error) {
		reads++
		return admin.RunView{Tallies: []rekey.Tally{{State: rekey.DeliverySent, Count: 60 * reads}}}, nil
	}
	start := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
	for i, after := range []time.Duration{0, 100 * time.Millisecond, time.Second, 1100 * time.Millisecond} {
		run, rate, err := first.look(t.Context(), start.Add(after), read)
		if want := int64(1 + i/2); err != nil || reads != want || run.Tallies[0].Count != 60*want || rate != 60*(want-1) {
			t.Errorf("after %s: read %d times, %+v, %d/s (%v)", after, reads, run.Tallies, rate, err)
		}
	}
	failed := errors.New("read")
	if _, _, err := first.look(t.Context(), start.Add(time.Hour), func(context.Context) (admin.RunView, error) { return admin.RunView{}, failed }); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	if _, rate, _ := first.look(t.Context(), start.Add(time.Hour), read); rate != 0 {
		t.Errorf("after an hour of nothing: %d/s", rate)
	}
	leaveFirst()
	leaveSecond()
	leaveLower()
	if len(w.users) != 0 || len(w.runs) != 0 {
		t.Errorf("left behind: %+v", &w)
	}
}
