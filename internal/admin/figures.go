package admin

import (
	"context"
	"time"

	"rekey"
)

// The limits of the figures.
const (
	figureDays  = 30
	figureHours = 24
	maxFigures  = 100 // automations at once
)

// AutomationFigures holds the results of an automation.
type AutomationFigures struct {
	Last *RunView // its latest run, nil if there is none
	// Waiting, Held and Sending count its unfinished runs. Sending includes runs
	// that are being planned.
	Waiting, Held, Sending int
	// Month counts the last 30 days, in whole hours.
	Month rekey.Figures
}

// AutomationFigures returns the results of the first 100 of these automations,
// by their ids.
func (s *Service) AutomationFigures(ctx context.Context, actor rekey.SystemUser, ids []string) (map[string]AutomationFigures, error) {
	if err := mayRead(actor); err != nil {
		return nil, err
	}
	ids = ids[:min(len(ids), maxFigures)]
	last, err := s.store.LastRuns(ctx, ids)
	if err != nil {
		return nil, err
	}
	runs := make([]rekey.Run, 0, len(last))
	for _, run := range last {
		runs = append(runs, run)
	}
	views, err := s.viewRuns(ctx, actor, runs)
	if err != nil {
		return nil, err
	}
	open, err := s.store.OpenRuns(ctx, ids)
	if err != nil {
		return nil, err
	}
	month, err := s.store.FiguresOf(ctx, ids, s.now().AddDate(0, 0, -figureDays))
	if err != nil {
		return nil, err
	}
	found := make(map[string]AutomationFigures, len(ids))
	for _, id := range ids {
		states := open[id]
		found[id] = AutomationFigures{Month: month[id],
			Waiting: states[rekey.RunWaiting], Held: states[rekey.RunHeld], Sending: states[rekey.RunPlanning] + states[rekey.RunSending]}
	}
	for i := range views {
		f := found[views[i].AutomationID]
		f.Last = &views[i]
		found[views[i].AutomationID] = f
	}
	return found, nil
}

// Overview counts what is going on. Its numbers cover all system users,
// whoever the actor is, and leave trials out.
type Overview struct {
	// Waiting and Sending count unfinished runs.
	Waiting, Sending Total
	// Held counts the runs that wait for approval. Stopped counts the runs that
	// are held because the owner of their automation is blocked.
	Held, Stopped Total
	// Failed counts the deliveries that failed in Hours.
	Failed Total
	// Deferred counts the deliveries that wait for their next attempt.
	Deferred Total
	// Unused counts the mailed passwords whose user has not chosen another yet.
	Unused Total
	// LockedOut counts the system users who were locked out in the last 24 hours.
	LockedOut Total
	// NoWayIn counts the people of each directory, by its name, with EntryNoWayIn.
	NoWayIn map[string]int
	// Hours are the last 24 hours and Days the last 30 days, the earliest
	// first. The last of each is not over yet.
	Hours, Days []FiguresFrom
}

// FiguresFrom counts the deliveries of one hour or day.
type FiguresFrom struct {
	From time.Time
	rekey.Figures
}

// Overview counts what is going on. Days begin at midnight in zone, rounded to
// the hour.
func (s *Service) Overview(ctx context.Context, actor rekey.SystemUser, zone *time.Location) (Overview, error) {
	var o Overview
	if err := mayRead(actor); err != nil {
		return o, err
	}
	now := s.now()
	day := now.Add(-figureHours * time.Hour)
	for _, part := range []struct {
		into  *Total
		count func() (int, error)
	}{
		{&o.Waiting, func() (int, error) {
			return s.store.CountRuns(ctx, rekey.RunQuery{State: rekey.RunWaiting, Trial: rekey.NoTrials}, countTo)
		}},
		{&o.Held, func() (int, error) {
			return s.store.CountRuns(ctx, rekey.RunQuery{State: rekey.RunHeld, Reason: rekey.ReasonCeiling, Trial: rekey.NoTrials}, countTo)
		}},
		{&o.Stopped, func() (int, error) {
			return s.store.CountRuns(ctx, rekey.RunQuery{State: rekey.RunHeld, Reason: rekey.ReasonOwnerBlocked, Trial: rekey.NoTrials}, countTo)
		}},
		{&o.Sending, func() (int, error) {
			return s.store.CountRuns(ctx, rekey.RunQuery{State: rekey.RunSending, Trial: rekey.NoTrials}, countTo)
		}},
		{&o.Deferred, func() (int, error) {
			return s.store.CountUnsent(ctx, rekey.UnsentQuery{State: rekey.DeliveryDeferred, MaxRank: rekey.RankAdministrator}, countTo)
		}},
		{&o.Unused, func() (int, error) {
			return s.store.CountDeliveries(ctx, rekey.DeliveryQuery{States: []rekey.DeliveryState{rekey.DeliverySent}, MaxRank: rekey.RankAdministrator}, countTo)
		}},
	} {
		var err error
		if *part.into, err = totalOf(part.count()); err != nil {
			return Overview{}, err
		}
	}
	var err error
	if o.LockedOut, err = s.lockedOut(ctx, day); err != nil {
		return Overview{}, err
	}
	o.NoWayIn = map[string]int{}
	for name := range s.directories {
		if o.NoWayIn[name], err = s.store.CountEntries(ctx, name, rekey.EntryNoWayIn, rekey.RankAdministrator); err != nil {
			return Overview{}, err
		}
	}
	local := now.In(zone)
	firstDay := time.Date(local.Year(), local.Month(), local.Day()-figureDays+1, 0, 0, 0, 0, zone)
	hourly, err := s.store.Hourly(ctx, firstDay)
	if err != nil {
		return Overview{}, err
	}
	for n := range figureHours {
		from := now.Truncate(time.Hour).Add(time.Duration(n-figureHours+1) * time.Hour)
		o.Hours = append(o.Hours, figuresBetween(hourly, from, from.Add(time.Hour)))
		o.Failed.N += int(o.Hours[n].Failed)
	}
	for n := range figureDays {
		o.Days = append(o.Days, figuresBetween(hourly, firstDay.AddDate(0, 0, n), firstDay.AddDate(0, 0, n+1)))
	}
	return o, nil
}

func figuresBetween(hourly map[time.Time]rekey.Figures, from, until time.Time) FiguresFrom {
	sum := FiguresFrom{From: from}
	for hour, f := range hourly {
		if !hour.Before(from) && hour.Before(until) {
			sum.Add(f)
		}
	}
	return sum
}

// lockedOut counts the system users who were locked out since a moment. It reads
// the last MaxPage events of that type.
func (s *Service) lockedOut(ctx context.Context, since time.Time) (Total, error) {
	events, _, err := s.store.Events(ctx, rekey.UserLocked, "", "", MaxPage)
	if err != nil {
		return Total{}, err
	}
	users, all := map[string]bool{}, false
	for _, e := range events {
		if all = e.Received.Before(since); all {
			break
		}
		for _, id := range e.Users {
			users[id] = true
		}
	}
	return Total{N: len(users), More: !all && len(events) == MaxPage}, nil
}
