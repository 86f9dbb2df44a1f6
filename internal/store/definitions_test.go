package store

import (
	"encoding/json"
	"testing"
	"time"

	"rekey"
)

func (f *fixture) automation(name string, change ...func(*rekey.Automation)) rekey.Automation {
	f.t.Helper()
	a := rekey.Automation{
		ID: f.id(), Name: name, NameKey: rekey.NameKey(name), Description: "d\n", OwnerID: "owner", EventType: rekey.External,
		EventFilter: rekey.EventFilter{Name: rekey.TextFilter{Operator: rekey.OpEquals, Value: "leak"}}, JobType: rekey.SendNewPassword,
		JobParams: json.RawMessage(`{"use_event_parameter":true}`), SelectionID: "selection", Delay: rekey.Delay{Unit: rekey.Days, Value: 2},
		TimeFrame: rekey.TimeFrame{Start: at(-time.Hour), Days: []rekey.Weekday{rekey.Monday, rekey.Friday}},
		TimeZone:  "Europe/Berlin", Status: rekey.AutomationActive, Version: 1, CreatedAt: noon, UpdatedAt: at(time.Second), UpdatedBy: "bo",
	}
	for _, c := range change {
		c(&a)
	}
	f.write(func(tx *Tx) error { return tx.InsertAutomation(f.ctx, a) })
	return a
}

func (f *fixture) selection(name string, change ...func(*rekey.Selection)) rekey.Selection {
	f.t.Helper()
	s := rekey.Selection{ID: f.id(), Name: name, NameKey: rekey.NameKey(name), Description: "d", OwnerID: "owner", Expression: "true", Version: 1, CreatedAt: noon, UpdatedAt: noon, UpdatedBy: "bo"}
	for _, c := range change {
		c(&s)
	}
	f.write(func(tx *Tx) error { return tx.InsertSelection(f.ctx, s) })
	return s
}

var definitionTests = map[string]func(*testing.T, *fixture){
	"AnAutomationIsStoredAsMeant": func(t *testing.T, f *fixture) {
		a := f.automation("Leaked Straße")
		stored, err := f.Automation(f.ctx, a.ID)
		same(t, got(t, stored, err), a)
		stored, err = f.AutomationByName(f.ctx, " leaked STRASSE")
		same(t, got(t, stored, err), a)
		f.write(func(tx *Tx) error { return tx.DeleteAutomation(f.ctx, a.ID, "", time.Time{}) })
		_, err = f.Automation(f.ctx, a.ID)
		wantCode(t, err, rekey.CodeNotFound)
		_, err = f.AutomationByName(f.ctx, a.Name)
		wantCode(t, err, rekey.CodeNotFound)
	},
	"ATimeFrameIsStoredAsMeant": func(t *testing.T, f *fixture) {
		a := f.automation("Leaked")
		for i, frame := range []rekey.TimeFrame{{}, {End: at(time.Hour)}, {Start: noon, End: at(time.Hour), Days: []rekey.Weekday{rekey.Sunday}, Hours: rekey.DayHours{From: "22:00", To: "06:00"}}} {
			a.TimeFrame, a.Version = frame, int64(i+2)
			f.write(func(tx *Tx) error { return tx.UpdateAutomation(f.ctx, a, a.Version-1, "") })
			stored, err := f.Automation(f.ctx, a.ID)
			same(t, got(t, stored, err), a)
		}
	},
	"AnAutomationFromBeforeTimeFramesIsAlwaysActive": func(t *testing.T, f *fixture) {
		f.write(func(tx *Tx) error {
			return tx.write(f.ctx, `INSERT INTO automations (id, name, name_key, description, owner_id, event_type, event_filter, job_type, job_params,
				selection_id, delay_unit, delay_value, time_zone, status, built_in, version, created_at, updated_at)
				VALUES ('old', 'Old', 'old', '', '', 'external', '{}', '', '{}', '', '', 0, 'UTC', 'active', '', 1, 1, 1)`)
		})
		stored, err := f.Automation(f.ctx, "old")
		same(t, got(t, stored, err).TimeFrame, rekey.TimeFrame{})
	},
	"AutomationsAreListedByTheStatusThatIsShown": func(t *testing.T, f *fixture) {
		frame := func(start, end time.Time) func(*rekey.Automation) {
			return func(a *rekey.Automation) { a.TimeFrame = rekey.TimeFrame{Start: start, End: end} }
		}
		for name, change := range map[string]func(*rekey.Automation){
			"always": frame(time.Time{}, time.Time{}), "begins now": frame(noon, time.Time{}), "ends now": frame(time.Time{}, noon),
			"ahead": frame(at(time.Second), at(time.Hour)), "ahead for ever": frame(at(time.Second), time.Time{}),
			"over": frame(time.Time{}, at(-time.Second)), "over after a start": frame(at(-time.Hour), at(-time.Second)),
			"draft": func(a *rekey.Automation) {
				frame(at(time.Second), time.Time{})(a)
				a.Status = rekey.AutomationDraft
			},
		} {
			f.automation(name, change)
		}
		everything, err := f.Automations(f.ctx, rekey.AutomationQuery{Limit: 100})
		all := got(t, everything, err)
		for _, status := range []rekey.AutomationStatus{
			rekey.AutomationDraft, rekey.AutomationActive, rekey.AutomationScheduled, rekey.AutomationDone, rekey.AutomationInactive,
		} {
			want := []string{}
			for _, a := range all {
				if a.StatusAt(noon) == status {
					want = append(want, a.Name)
				}
			}
			list, err := f.Automations(f.ctx, rekey.AutomationQuery{Status: status, Now: noon, Limit: 100})
			t.Log(status)
			same(t, ids(got(t, list, err), func(a rekey.Automation) string { return a.Name }), want)
		}
	},
	"ALostRaceForAnAutomationIsStale": func(t *testing.T, f *fixture) {
		a := f.automation("Leaked")
		a.Name, a.NameKey, a.Version, a.Delay, a.EventFilter, a.UpdatedBy = "Renamed", "renamed", 2, rekey.Delay{}, rekey.EventFilter{User: "ada"}, "ada"
		f.write(func(tx *Tx) error { return tx.UpdateAutomation(f.ctx, a, 1, "") })
		stored, err := f.Automation(f.ctx, a.ID)
		same(t, got(t, stored, err), a)
		wantCode(t, f.Update(f.ctx, func(tx *Tx) error { return tx.UpdateAutomation(f.ctx, a, 1, "") }), rekey.CodeStale)
	},
	"NamesAreUniqueWithoutRegardToCase": func(t *testing.T, f *fixture) {
		f.automation("Leaked")
		other := f.automation("Other")
		other.NameKey = rekey.NameKey("LEAKED")
		wantField(t, f.Update(f.ctx, func(tx *Tx) error { return tx.UpdateAutomation(f.ctx, other, 1, "") }), "name")
		other.ID = f.id()
		wantField(t, f.Update(f.ctx, func(tx *Tx) error { return tx.InsertAutomation(f.ctx, other) }), "name")
		all := f.selection("All")
		all.ID, all.NameKey = f.id(), rekey.NameKey("aLL")
		wantField(t, f.Update(f.ctx, func(tx *Tx) error { return tx.InsertSelection(f.ctx, all) }), "name")
	},
	"AutomationsAreSearchedAndPaged": func(t *testing.T, f *fixture) {
		one := f.automation("One of them")
		two := f.automation("Two", func(a *rekey.Automation) {
			a.Status, a.EventType, a.OwnerID, a.SelectionID, a.BuiltIn = rekey.AutomationDraft, rekey.UserLocked, "other", "", "reset"
		})
		for name, test := range map[string]struct {
			query rekey.AutomationQuery
			want  []string
		}{
			"all":          {rekey.AutomationQuery{}, []string{one.ID, two.ID}},
			"by name":      {rekey.AutomationQuery{Search: "OF"}, []string{one.ID}},
			"by status":    {rekey.AutomationQuery{Status: rekey.AutomationDraft}, []string{two.ID}},
			"by event":     {rekey.AutomationQuery{EventType: rekey.External}, []string{one.ID}},
			"by owner":     {rekey.AutomationQuery{OwnerID: "other"}, []string{two.ID}},
			"by selection": {rekey.AutomationQuery{Selection: "selection"}, []string{one.ID}},
			"after":        {rekey.AutomationQuery{After: one.ID}, []string{two.ID}},
		} {
			test.query.Limit = 10
			list, err := f.Automations(f.ctx, test.query)
			t.Log(name)
			same(t, ids(got(t, list, err), func(a rekey.Automation) string { return a.ID }), test.want)
		}
		active, err := f.ActiveAutomations(f.ctx, rekey.External)
		same(t, got(t, active, err), []rekey.Automation{one})
		active, err = f.ActiveAutomations(f.ctx, rekey.UserLocked)
		same(t, len(got(t, active, err)), 0)
		tried := f.automation("Tried", func(a *rekey.Automation) {
			a.Status, a.EventType, a.SelectionID = rekey.AutomationTrial, rekey.UserLocked, ""
		})
		active, err = f.ActiveAutomations(f.ctx, rekey.UserLocked)
		same(t, got(t, active, err), []rekey.Automation{tried})
		inTrial, err := f.Automations(f.ctx, rekey.AutomationQuery{Status: rekey.AutomationTrial, Limit: 10})
		same(t, got(t, inTrial, err), []rekey.Automation{tried})
		builtIn, err := f.BuiltInAutomation(f.ctx, "reset")
		same(t, got(t, builtIn, err), two)
		owned, err := f.AutomationsOwnedBy(f.ctx, "other")
		same(t, got(t, owned, err), []rekey.Automation{two})
		using, err := f.AutomationsUsing(f.ctx, "selection", "none")
		same(t, got(t, using, err), []rekey.Automation{one})
	},
	"ASelectionIsStoredAsMeant": func(t *testing.T, f *fixture) {
		s := f.selection("Nobody", func(s *rekey.Selection) { s.BuiltIn, s.OwnerID = rekey.AllExceptAPI, "" })
		for _, find := range []func() (rekey.Selection, error){
			func() (rekey.Selection, error) { return f.Selection(f.ctx, s.ID) },
			func() (rekey.Selection, error) { return f.BuiltInSelection(f.ctx, rekey.AllExceptAPI) },
		} {
			stored, err := find()
			same(t, got(t, stored, err), s)
		}
		s.Expression, s.Version = "false", 2
		f.write(func(tx *Tx) error { return tx.UpdateSelection(f.ctx, s, 1) })
		wantCode(t, f.Update(f.ctx, func(tx *Tx) error { return tx.UpdateSelection(f.ctx, s, 1) }), rekey.CodeStale)
		mine := f.selection("Somebody")
		list, err := f.Selections(f.ctx, "body", s.ID, 10)
		same(t, got(t, list, err), []rekey.Selection{mine})
		list, err = f.Selections(f.ctx, "no", "", 10)
		same(t, got(t, list, err), []rekey.Selection{s})
		owned, err := f.SelectionsOwnedBy(f.ctx, "owner")
		same(t, got(t, owned, err), []rekey.Selection{mine})
		f.selection("Else")
		named, err := f.SelectionsByName(f.ctx, "BODY", s.NameKey, "", 10)
		same(t, got(t, named, err), []rekey.Selection{mine})
		named, err = f.SelectionsByName(f.ctx, "", "", mine.NameKey, 1)
		same(t, got(t, named, err), []rekey.Selection{s})
		n, err := f.CountSelections(f.ctx, "body", 10)
		same(t, got(t, n, err), 2)
		f.write(func(tx *Tx) error { return tx.DeleteSelection(f.ctx, mine.ID, "", time.Time{}) })
		_, err = f.Selection(f.ctx, mine.ID)
		wantCode(t, err, rekey.CodeNotFound)
	},
	"ASettingIsKeptUntilItIsPutAgain": func(t *testing.T, f *fixture) {
		value, err := f.Setting(f.ctx, "keys")
		same(t, got(t, value, err), nil)
		for _, want := range []string{"one", "two"} {
			f.write(func(tx *Tx) error { return tx.PutSetting(f.ctx, "keys", []byte(want)) })
			value, err = f.Setting(f.ctx, "keys")
			same(t, string(got(t, value, err)), want)
		}
	},
}

var eventTests = map[string]func(*testing.T, *fixture){
	"AnEventIsStoredAsMeant": func(t *testing.T, f *fixture) {
		e := f.event()
		stored, err := f.Event(f.ctx, e.ID)
		same(t, got(t, stored, err), e)
		_, err = f.Event(f.ctx, "none")
		wantCode(t, err, rekey.CodeNotFound)
		bare := f.event(func(e *rekey.Event) { e.SourceID, e.Users, e.Data, e.Digest = "2", nil, nil, []byte{} })
		stored, err = f.Event(f.ctx, bare.ID)
		if err != nil || stored.Data != nil || len(stored.Users) != 0 {
			t.Errorf("%+v, %v", stored, err)
		}
	},
	"ASourceAndIDAreOneEventForEver": func(t *testing.T, f *fixture) {
		e := f.event()
		again := e
		again.ID, again.Digest = f.id(), []byte("other")
		f.write(func(tx *Tx) error {
			first, inserted, err := tx.InsertEvent(f.ctx, again)
			if err != nil || inserted {
				t.Errorf("inserted %v, %v", inserted, err)
			}
			same(t, first, e)
			return nil
		})
		f.event(func(e *rekey.Event) { e.Source = "/elsewhere" })
		f.event(func(e *rekey.Event) { e.SourceID = "2" })
		same(t, f.count(`SELECT COUNT(*) FROM events`), 3)
	},
	"EventsAreListedFromTheLatestOn": func(t *testing.T, f *fixture) {
		one := f.event()
		two := f.event(func(e *rekey.Event) { e.SourceID, e.Type = "2", rekey.UserLocked })
		three := f.event(func(e *rekey.Event) { e.SourceID = "3" })
		one.Data, two.Data, three.Data = nil, nil, nil // lists leave out what may be large
		for _, test := range []struct {
			kind, before, after string
			limit               int
			want                []rekey.Event
		}{
			{"", "", "", 10, []rekey.Event{three, two, one}}, {"", three.ID, "", 1, []rekey.Event{two}}, {rekey.External, "", "", 10, []rekey.Event{three, one}},
			{"", "", one.ID, 1, []rekey.Event{two}}, {"", "", one.ID, 10, []rekey.Event{three, two}}, {rekey.External, "", one.ID, 10, []rekey.Event{three}},
		} {
			list, _, err := f.Events(f.ctx, test.kind, test.before, test.after, test.limit)
			same(t, got(t, list, err), test.want)
		}
		all, err := f.CountEvents(f.ctx, "", 10)
		same(t, got(t, all, err), 3)
		some, err := f.CountEvents(f.ctx, rekey.External, 1)
		same(t, got(t, some, err), 2) // one more than was asked for: there are more
	},
}

func (f *fixture) event(change ...func(*rekey.Event)) rekey.Event {
	f.t.Helper()
	e := rekey.Event{
		ID: f.id(), Type: rekey.External, Name: "leak", Source: "/siem", SourceID: "1", Time: noon.Add(123456 * time.Microsecond), Received: at(time.Second),
		Users: []string{"ada", "nobody@example.org"}, Data: json.RawMessage(`{"a": 1}`), Digest: []byte{1, 2, 0}, PostedBy: "poster",
	}
	for _, c := range change {
		c(&e)
	}
	f.write(func(tx *Tx) error {
		_, inserted, err := tx.InsertEvent(f.ctx, e)
		if err == nil && !inserted {
			f.t.Errorf("%s was there already", e.ID)
		}
		return err
	})
	return e
}
