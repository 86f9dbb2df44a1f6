package e2e

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/app"
	"rekey/internal/rig"
	"rekey/internal/store/storetest"
	"rekey/internal/suite"
)

// Three nodes, whose clocks differ by seconds, are killed at random while schedules
// come to their moments.
func TestKilledAroundTheMomentsOfSchedulesEachStartsOneRun(t *testing.T) {
	t.Parallel()
	moment := time.Now().UTC().Truncate(time.Minute).Add(time.Hour)
	s := &scheduled{world: setup(t, options{
		begins: moment.Add(-time.Hour), database: storetest.Postgres(t),
		change: func(c *app.Config) { c.Roles = []string{"console", "api"} }, // the nodes send
	})}
	for i := range s.clocks {
		s.clocks[i] = &rig.Clock{Path: filepath.Join(s.folder, fmt.Sprintf("node%d.clock", i))}
	}
	ada := s.people("ada")[0]
	for i := range schedules {
		s.automation(s.admin, rekey.SendParams{OldPassword: "keep", SystemUser: ada.ID}, func(a *client.Automation) {
			a.Name, a.EventType = fmt.Sprintf("Every day %d", i), string(rekey.ScheduleReached)
			a.EventFilter = rekey.EventFilter{Schedule: rekey.Schedule{Start: moment.Format("2006-01-02T15:04"), Rule: "FREQ=DAILY"}}
		})
	}
	days := suite.Times(4, 60)
	for day := range days {
		s.cross(moment.AddDate(0, 0, day), schedules*(day+1))
	}
	t.Logf("nodes that were killed then reached %d of %d moments", s.early, days)
}

// schedules is how many come to their moments together: the sweep is long enough to be
// killed in.
const schedules = 25

// scheduled is a world without an engine of its own, and nodes that have one.
type scheduled struct {
	*world
	clocks [3]*rig.Clock
	early  int // moments that a node has reached before it was killed
}

// spawn starts a node at a right time, from which its clock differs.
func (s *scheduled) spawn(i int, right time.Time, off time.Duration) *child {
	s.t.Helper()
	s.ahead.Store(int64(time.Until(right)))
	if err := s.clocks[i].Set(time.Until(right), off); err != nil {
		s.t.Fatal(err)
	}
	c := s.app.Config
	c.Listen, c.PublicURL, c.Roles = "127.0.0.1:0", "", everyRole()
	return begin(s.t, rig.Node{
		Config: c, Log: filepath.Join(s.folder, fmt.Sprintf("node%d.log", i)), Clock: s.clocks[i].Path, Argon2: cheap, Limits: free,
	})
}

// cross kills all nodes around a moment, then starts one that ends what they began:
// there are n runs then.
func (s *scheduled) cross(moment time.Time, n int) {
	s.t.Helper()
	var nodes []*child
	for i := range s.clocks {
		nodes = append(nodes, s.spawn(i, moment.Add(-time.Second), time.Duration(i)*2*time.Second))
	}
	for _, node := range nodes[1:] { // their clocks are past the moment
		if rand.IntN(4) > 0 {
			if _, err := node.Address(); err != nil {
				s.t.Fatalf("%v; its log ends with\n%s", err, tail(node.log))
			}
		}
		<-time.After(rand.N(100 * time.Millisecond))
		node.Kill()
	}
	nodes[0].Kill()
	if len(s.runs()) == n {
		s.early++
	}
	last := s.spawn(0, moment.Add(5*time.Second), 0)
	defer last.Kill()
	eventually(s.t, "the runs of the moment", func() bool {
		runs := s.runs()
		if len(runs) > n {
			s.t.Fatalf("%d runs, want %d", len(runs), n)
		}
		return len(runs) == n && !slices.ContainsFunc(runs, func(r rekey.Run) bool { return r.State != rekey.RunFinished })
	})
}

func (s *scheduled) runs() []rekey.Run {
	s.t.Helper()
	runs, err := s.app.DB.Runs(s.t.Context(), rekey.RunQuery{Limit: 10_000})
	if err != nil {
		s.t.Fatal(err)
	}
	return runs
}
