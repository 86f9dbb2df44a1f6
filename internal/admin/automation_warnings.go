package admin

import (
	"context"
	"slices"
	"time"

	"rekey"
	"rekey/internal/engine"
)

// Warnings returns what is allowed in an automation but may be a mistake.
func (s *Service) Warnings(ctx context.Context, a rekey.Automation) []rekey.Warning {
	var list []rekey.Warning
	event, eventKnown := rekey.FindEventType(a.EventType)
	job, jobKnown := engine.FindJobType(a.JobType)
	if eventKnown && jobKnown && rekey.FitOf(event, job.JobType) == rekey.FitUnusual {
		list = append(list, rekey.Warning{Field: "job_type", Message: "A (" + string(event.Designation) + ") event and a (" + string(job.Designation) +
			") job are an unusual combination. System (S) events usually go with system (S) jobs."})
	}
	if eventKnown {
		list = append(list, targetWarnings(a, event)...)
	}
	if a.SendParams().IncludeAPIUsers {
		list = append(list, rekey.Warning{Field: "job_params.include_api_users", Message: "API users are included: API calls will fail due to incorrect credentials."})
	}
	list = append(list, s.conditionWarnings(ctx, a)...)
	return append(list, s.frameWarnings(a, event)...)
}

// conditionWarnings warns about the constants in the condition of the selection. If the
// selection cannot be read, another message says so.
func (s *Service) conditionWarnings(ctx context.Context, a rekey.Automation) []rekey.Warning {
	if a.SelectionID == "" {
		return nil
	}
	sel, err := s.store.Selection(ctx, a.SelectionID)
	if err != nil {
		return nil
	}
	var list []rekey.Warning
	for _, warning := range s.compiler.ConstantWarnings(sel.Expression) {
		list = append(list, rekey.Warning{Field: "selection_id", Message: "The selection '" + sel.Name + "': " + warning.Message})
	}
	return list
}

// targetWarnings warns of a password for somebody other than the person whom the event
// is about.
func targetWarnings(a rekey.Automation, event rekey.EventType) []rekey.Warning {
	one, about := a.SendParams().SystemUser, a.EventFilter.User
	if one == "" || one == about {
		return nil
	}
	text := "Whenever " + event.When + ", this one system user gets a new password, even if the event names other people."
	if about != "" {
		text = "The event is about one system user, but another one gets the new password."
	}
	return []rekey.Warning{{Field: "job_params." + rekey.ParamSystemUser, Message: text +
		" If the password is for the person the event names, choose “People named by the event”."}}
}

// frameWarnings warns of a time frame in which nothing happens, or late.
func (s *Service) frameWarnings(a rekey.Automation, event rekey.EventType) []rekey.Warning {
	var list []rekey.Warning
	if a.TimeFrame.Over(s.now()) {
		list = append(list, rekey.Warning{Field: "time_frame.end", Message: "The time frame is over: events no longer start runs."})
	} else if endsTooSoon(a) {
		list = append(list, rekey.Warning{Field: "time_frame.end", Message: "Because of the delay, the execution days or their hours, an event shortly before the end can start a run that is due after the end. Such a run is cancelled."})
	}
	if off, next := firstWait(a.TimeFrame.Days); event.Waits != "" && off != "" {
		list = append(list, rekey.Warning{Field: "time_frame.days", Message: event.Waits + " on " + off + " waits until " + next + "."})
	}
	if event.Has(rekey.ParamSchedule) && !a.EventFilter.Schedule.IsZero() && a.NextMoment(s.now()).IsZero() && !a.TimeFrame.Over(s.now()) {
		list = append(list, rekey.Warning{Field: "event_filter.schedule.start", Message: "No moment of the schedule is ahead, so it starts no run."})
	}
	if event.Waits != "" && !event.AskedBy.InPerson() && !a.TimeFrame.Hours.IsZero() {
		list = append(list, rekey.Warning{Field: "time_frame.hours.from", Message: event.Waits + " outside these hours waits until they begin."})
	}
	return list
}

// endsTooSoon reports whether a run can fall due after the end of the time
// frame. It tries an event in the last minute of the time frame, and in the last
// minute of each of the days before: the run may move to a later execution day.
func endsTooSoon(a rekey.Automation) bool {
	zone, err := rekey.LoadZone(a.TimeZone)
	if err != nil || a.TimeFrame.End.IsZero() {
		return false
	}
	if !a.Delay.IsZero() {
		return true
	}
	last := a.TimeFrame.End.In(zone).Add(-time.Minute)
	for range len(rekey.Weekdays) {
		if a.TimeFrame.Contains(last) && a.TimeFrame.Over(a.TimeFrame.Move(last, zone)) {
			return true
		}
		year, month, day := last.Date()
		last = time.Date(year, month, day, 0, 0, 0, 0, zone).Add(-time.Minute)
	}
	return false
}

// firstWait returns the first day off after an execution day, and the next
// execution day; "" if there is no day off.
func firstWait(days []rekey.Weekday) (off, next string) {
	week := rekey.Weekdays
	for i, day := range week {
		if !slices.Contains(days, day) || slices.Contains(days, week[(i+1)%len(week)]) {
			continue
		}
		for n := 2; n <= len(week); n++ {
			if then := week[(i+n)%len(week)]; slices.Contains(days, then) {
				return week[(i+1)%len(week)].Name(), then.Name()
			}
		}
	}
	return "", ""
}
