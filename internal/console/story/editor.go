package story

import (
	"slices"
	"strings"

	"rekey"
	"rekey/internal/console/view"
)

// editors are the steps of the automation editor.
func editors() []Story {
	event, job, times := editor("event"), editor("job"), editor("frame")
	event.Event, job.Job, times.Times = eventStep("user.locked"), jobStep(), timesStep()

	blank := editor("event")
	blank.Title, blank.Reach, blank.Event = "New automation", unknownReach(), eventStep("")
	blank.Event.Name.Value, blank.Event.Description.Value = "", ""

	external := editor("event")
	external.Event = eventStep("external")
	external.Event.Name.Value, external.Event.Description.Value = longWord+" "+arabicName, strings.Repeat(longWord+" ", 8)

	wrong := editor("job")
	wrong.Job = jobStep()
	wrong.Problem = view.Problem{Fields: []rekey.FieldError{
		{Field: "job_params.system_user", Message: "Choose who gets the new password: people named by the event, or one system user."},
		{Field: "delay.value", Message: "Give a whole number from 1 to 9,999."},
	}}
	wrong.Elsewhere = []view.EditorProblem{{Step: "event", Field: "name", Message: "Give the automation a name."}}
	wrong.Steps[0].Wrong, wrong.Steps[1].Wrong = true, true
	wrong.Job.Name, wrong.Job.Description, wrong.Job.Target.Options = "", "", view.Choose(wrong.Job.Target.Options, "one")
	wrong.Job.SystemUser.Errors, wrong.Job.Value.Errors = wrong.Problem.Of("job_params.system_user"), wrong.Problem.Of("delay.value")
	wrong.Job.Value.Value, wrong.Job.Many = "0", true
	wrong.Reach = unknownReach()

	opened := editor("job")
	opened.Job, opened.Running, opened.Save = jobStep(), true, "Save"
	opened.Job.OldPassword.Hint, opened.Job.Target.Options, opened.Job.SystemUser.Value = "", view.Choose(opened.Job.Target.Options, "one"), "bob@example.org"
	opened.Job.TargetWarned.Messages = []string{"Whenever a system user is locked out, this one system user gets a new password, even if the event names other people. If the password is for the person the event names, choose “People named by the event”."}
	for i := range opened.Job.OldPassword.Options {
		opened.Job.OldPassword.Options[i].Disabled = false
	}
	guard := &opened.Job.Guard
	guard.Include.On, guard.Open = true, true
	guard.Warned.Messages = []string{"The selection 'All system users except API users' still leaves them out. Choose another selection to reach them."}
	guard.Confirm.Errors = []string{"Type 2, the number of API users that this would reach now."}
	guard.Accounts = view.APIAccounts{Known: true, Count: "2 accounts", Rows: []view.APIAccount{
		{Person: view.Person{ID: "1", Address: longWord + "@example.org"}, LastCall: moment(3 * day)},
		{Person: view.Person{ID: "2", Name: hebrewName, Address: "reports@example.org"}, Token: moment(41 * 60e9)},
	}}
	opened.Problem = view.Problem{Fields: []rekey.FieldError{{Field: "confirm_api_users", Message: guard.Confirm.Errors[0]}}}

	schedule := editor("event")
	schedule.Event = eventStep(rekey.ScheduleReached)
	schedule.Reach.Moments = []view.Moment{moment(-26 * 60 * 60e9), moment(-28 * 24 * 60 * 60e9), moment(-56 * 24 * 60 * 60e9)}

	chain := editor("event")
	chain.Event = eventStep(rekey.AutomationFinished)
	chain.Problem = view.Problem{Fields: []rekey.FieldError{{Field: "event_filter.automation", Message: chain.Event.Automation.Errors[0]}}}

	backtest := editor("job")
	backtest.Job = jobStep()
	backtest.Backtest = &view.Backtest{
		Sentences: []string{
			"Since 24 August 2026, 15:02 CEST, 4,118 events would have started 212 runs.", "They would have sent 190 passwords to 171 people, judged by what is known today.",
			"Events are on record since 1 March 2026, 09:00 CET.", "2 runs would have been held for approval.", "1 run would have been cancelled or failed.", "Skipped 12 times: uses the API.",
		},
		Rows: []view.BacktestRow{
			{Due: moment(3 * 60 * 60e9), Event: "1", Reached: 1}, {Due: moment(day), Event: "2", Reached: 19, Skipped: 2, Why: "19 people, ceiling 10"},
			{Due: moment(2 * day), Skipped: 1}, {Due: moment(9 * day), Event: "4", Why: "Due after the end of the time frame"},
		},
		More: "208 earlier runs are not listed.",
	}

	conflict := editor("frame")
	conflict.Times, conflict.Running, conflict.Save = timesStep(), true, "Save"
	conflict.Conflict = &view.Conflict{Who: longName, When: moment(2 * 60e9), Theirs: view.Link{Text: "Use their version", Href: "/automations/1/edit"}, Rows: []view.ConflictRow{
		{Field: "Name", Was: "Locked out", Theirs: scriptName, Yours: "Locked out"},
		{Field: "Description", Was: "–", Theirs: strings.Repeat(longWord+" ", 4), Yours: arabicName},
		{Field: "Value of the delay", Was: "2", Theirs: "4", Yours: "3"},
	}}
	times.Times.DaysWarned.Messages = []string{"Somebody locked out on Saturday waits until Monday."}
	times.Times.HoursWarned.Messages = []string{"Somebody who is locked out outside these hours waits until they begin."}
	times.Times.EndWarned.Messages = []string{"Because of the delay, the execution days or their hours, an event shortly before the end can start a run that is due after the end. Such a run is cancelled."}
	return []Story{
		{"editor-event", event}, {"editor-new", blank}, {"editor-external", external}, {"editor-job", job}, {"editor-job-wrong", wrong},
		{"editor-job-api-users", opened}, {"editor-times", times}, {"editor-conflict", conflict}, {"editor-schedule", schedule},
		{"editor-chain", chain}, {"editor-backtest", backtest},
	}
}

// editor is the frame of the editor at a step.
func editor(step string) view.Editor {
	e := view.Editor{
		Frame: inside("Locked out", "/automations"), Action: "/automations/1/edit", Cancel: "/automations/1", ID: "1", Version: 3, Save: "Save as draft",
		Steps:  []view.EditorStep{{Name: "event", Title: "Define event"}, {Name: "job", Title: "Edit job"}, {Name: "frame", Title: "Time frame"}},
		Naming: view.Field{Name: "naming", Label: "Suppose the event names", Kind: "textarea", Rows: 2, Optional: true, Suggest: "/users/suggest", Hint: "Whom the event names, one per line. Empty: everybody that you may view."},
		Reach:  someReach(),
	}
	e.Wide, e.Crumbs = true, []view.Link{{Text: "Automations", Href: "/automations"}}
	for i := range e.Steps {
		e.Steps[i].Active = e.Steps[i].Name == step
	}
	return e
}

func someReach() view.Reach {
	return view.Reach{
		Sentence: []view.Phrase{
			{Text: "When "}, {Text: "a system user is locked out", Field: "event_type", Step: "event"}, {Text: ", "}, {Text: "wait "}, {Text: "2 hours", Field: "delay.value"},
			{Text: ", then "}, {Text: "send "}, {Text: "them", Field: "job_params.use_event_parameter"}, {Text: " "}, {Text: "a new password", Field: "job_type"}, {Text: ", "},
			{Text: "unless they use the API", Field: "job_params.include_api_users"}, {Text: ". "}, {Text: "Their old password works until they have changed it.", Field: "job_params.old_password"},
			{Text: " "}, {Text: "Reaching more than 100 people in an hour needs approval.", Field: "job_params.ceiling"},
		},
		Previewed: true, Summary: "Reaches 1, skips 3",
		Reached: view.ReachGroup{Title: "Gets a new password", Count: "1", People: []view.Person{{ID: "1", Name: "Ada Byron", Address: "ada@example.org"}}},
		Skipped: []view.ReachGroup{
			{Title: "Uses the API", Count: "2", People: []view.Person{{ID: "2", Address: "reports@example.org"}, {ID: "3", Name: longName, Address: longWord + "@example.org"}}},
			{Title: "Password not the owner's to set", Count: "1", More: "12", People: []view.Person{{ID: "4", Name: arabicName, Address: "musa@example.org"}}},
		},
		Held:   "The run would be held for approval: 123 people, ceiling 100.",
		Hidden: "4 more that you may not view.", Partial: "These are the first 400 people that were looked at; there are more.",
		AsOf: moment(0), Due: moment(-2 * 3600e9),
		Mail: &view.MailSample{Subject: "Your new password for Rekey", Text: "Hello Ada Byron,\n\na new password was made for ada@example.org.\n\n    SAMPLE-SAMPLE-SAMPLE-SAMPLE\n\nValid until 25 November, 14:00 CET.\n"},
	}
}

func unknownReach() view.Reach {
	return view.Reach{
		Sentence: []view.Phrase{
			{Text: "When "}, {Text: "choose an event", Field: "event_type", Missing: true}, {Text: ", send "},
			{Text: "choose a system user", Field: "job_params.system_user", Missing: true, Step: "job"}, {Text: " a new password, "},
			{Text: "unless they use the API", Field: "job_params.include_api_users", Step: "job"}, {Text: "."},
		},
		Summary: "The recipients are not known yet", NotYet: "Complete the automation to see who would get a password. Choose an event type from the catalogue.", AsOf: moment(0),
	}
}

func eventStep(chosen string) *view.EventStep {
	option := func(value, label, text string) view.EventOption {
		return view.EventOption{Value: value, Label: label, Text: text, Designation: "S", Chosen: value == chosen}
	}
	operators := []view.Option{{Value: "equals", Label: "equals"}, {Value: "matches", Label: "matches (RE2)"}}
	filter := func(label, name string) view.TextFilter {
		return view.TextFilter{
			Label: label, Operator: view.Choice{Name: name + ".operator", Label: "Operator", Options: operators},
			Value: view.Field{Name: name + ".value", Label: "Text", Optional: true, Code: true, Value: "siem.credential_leaked"},
		}
	}
	return &view.EventStep{
		Name:        view.Field{Name: "name", Label: "Name", Max: 100, Counted: true, Value: "Locked out"},
		Description: view.Field{Name: "description", Label: "Description", Kind: "textarea", Optional: true, Max: 2000, Value: "Help desk relief"},
		Event: view.EventChoice{Hint: "Every time this event occurs, the job is executed. (S) means system-related, (C) contact-related.", Groups: []view.EventGroup{
			{Title: "System users", Events: []view.EventOption{
				option("user.created", "System user is created", "A system user was added, by hand, by import or over the API."),
				option("user.locked", "System user is locked", "Too many failed log-ins locked a system user for a while. A stranger can cause this, so only 'keep until changed' is allowed."),
			}},
			{Title: "Automations", Events: []view.EventOption{option("automation.finished", "Automation has finished", "A run of another automation has finished. It names the system users who were sent a password in it.")}},
			{Title: "Time", Events: []view.EventOption{option("schedule.reached", "Moment of a schedule is reached", "A moment of the automation's own schedule has come. It names nobody.")}},
			{Title: "Other systems", Events: []view.EventOption{option("external", "External event", "Another system posted a CloudEvent, for example siem.credential_leaked. Only API users may post, and only what their record lists.")}},
		}},
		ScheduleStart: view.Field{Name: "event_filter.schedule.start", Label: "First time", Kind: "datetime-local", Value: "2026-12-07T08:00", Hint: "In the time zone of the automation, which you choose in the step Time frame."},
		ScheduleRule: view.Field{Name: "event_filter.schedule.rule", Label: "Repeat", Hint: "When the clock changes, the time of day stays. “The same day” leaves out months that do not have it.", Options: []view.Option{
			{Value: "once", Label: "Once"}, {Value: "day", Label: "Every day"}, {Value: "month-weekday", Label: "Every month on the first Monday", Chosen: true},
		}},
		Automation: view.Field{
			Name: "event_filter.automation", Label: "Automation that has finished", Errors: []string{"Choose the automation that must have finished."},
			Hint:    "The event names the system users who were sent a password in the run that has finished. At most 8 automations run one after another.",
			Options: []view.Option{{Label: "Choose an automation", Chosen: true}, {Value: "2", Label: longName}, {Value: "3", Label: longWord}},
		},
		User:    view.Field{Name: "event_filter.system_user", Label: "Only for this system user", Optional: true, Hint: "Leave empty for any.", Suggest: "/users/suggest"},
		Filters: []view.TextFilter{filter("Name of the event", "event_filter.name"), filter("Source of the event", "event_filter.source")},
	}
}

func jobStep() *view.JobStep {
	return &view.JobStep{
		Name: "Locked out", Description: strings.Repeat(longWord+" ", 2), Event: "System user is locked", EventDesignation: "S",
		Job: view.Choice{Name: "job_type", Label: "Job", Hint: "Is executed automatically every time the event occurs. Send New Password to Contact (C) is not offered: There are no contacts here, only system users.", Options: []view.Option{
			{Value: "send_new_password", Label: "Send New Password to System User (S)", Chosen: true}, {Value: "c", Label: "Send New Password to Contact (C) – not offered", Disabled: true},
		}},
		JobWarned: view.Warned{Field: "job_type"}, SelectionWarned: view.Warned{Field: "selection_id"},
		Target: view.Choice{Name: "job_params.use_event_parameter", Label: "Who gets the new password", Options: []view.Option{
			{Value: "on", Label: "People named by the event", Hint: "Use Event Parameter: every system user involved in the event.", Chosen: true},
			{Value: "one", Label: "One person", Hint: "The same system user for every event."},
			{Value: "everybody", Label: "Everybody in the selection", Hint: "All system users in the selection below. Only for an event that names nobody."},
		}},
		TargetWarned: view.Warned{Field: "job_params.system_user"},
		SystemUser:   view.Field{Name: "job_params.system_user", Label: "System User", Suggest: "/users/suggest", Hint: "Type a part of the name or address."},
		Ceiling:      view.Field{Name: "job_params.ceiling", Label: "Ceiling", Kind: "number", Min: "1", Most: "10000000", Value: "100", Hint: "How many people one run, and all runs of an hour, may reach. A run that would reach more is held until somebody approves it."},
		Waves: []view.Field{
			{Name: "job_params.waves.first", Label: "First wave", Optional: true, Value: "5%", Hint: "A number of people, such as 100, or a share, such as 5%. Leave all three fields empty to send to everybody at once."},
			{Name: "job_params.waves.then", Label: "Then, people an hour", Optional: true, Value: "200", Hint: "Whoever waits can ask for a password meanwhile. Who has chosen one since gets none."},
			{Name: "job_params.waves.stop_at", Label: "Stop above", Optional: true, Hint: "The share of refused mails above which the run stops itself and waits for approval: 5% if left empty, and at least 5 people."},
		},
		OldPassword: view.Choice{Name: "job_params.old_password", Label: "Old password", Hint: "A stranger can cause this event, so only 'Keep until changed' is allowed.", Options: []view.Option{
			{Value: "replace", Label: "Replace when sent", Disabled: true, Hint: "Their old password stops working once the mail is sent. It returns if the new one goes unused."},
			{Value: "keep", Label: "Keep until changed", Chosen: true, Hint: "Their old password works until they choose a new one."},
			{Value: "revoke", Label: "Revoke at once", Disabled: true, Hint: "Their old password, all sessions and all tokens end at once and permanently."},
		}},
		Remind: view.Choice{Name: "job_params.remind", Label: "Reminder", Hint: "A stranger can cause this event, so nobody is reminded.", Options: []view.Option{{Label: "None"}}},
		Note:   view.Field{Name: "job_params.note", Label: "Note to the recipients", Kind: "textarea", Optional: true, Counted: true, Max: 500, Hint: "The mail shows it as plain text."},
		Selection: view.Choice{Name: "selection_id", Label: "Selection", Optional: true, Hint: "Only system users in the selection get a new password. The selection is calculated when the job runs, after the delay.", Options: []view.Option{
			{Label: "None: no limit"}, {Value: "1", Label: "All system users except API users", Chosen: true}, {Value: "2", Label: longName},
		}},
		Guard: view.Guard{
			Include: view.Check{Name: "job_params.include_api_users", Label: "Include API users", Hint: "Users of type API, and of type Hybrid with a call by password in the last 90 days."},
			Warned:  view.Warned{Field: "job_params.include_api_users"},
			Confirm: view.Field{Name: "confirm_api_users", Label: "To confirm, type the number of API accounts that it would reach now", Hint: "You need it when you save.", Max: 10},
		},
		Delay: view.Choice{Name: "delay", Label: "Delay", Inline: true, Hint: "Without a delay, the job starts at once. With a delay, it waits for this time after the event took place.", Options: []view.Option{{Value: "no", Label: "No"}, {Value: "yes", Label: "Yes", Chosen: true}}},
		Unit:  view.Choice{Name: "delay.unit", Label: "Unit", Options: []view.Option{{Value: "hours", Label: "Hours"}, {Value: "days", Label: "Days"}}},
		Value: view.Field{Name: "delay.value", Label: "Value", Kind: "number", Min: "1", Most: "9999", Value: "2", Hint: "1 to 9,999"},
	}
}

func timesStep() *view.TimesStep {
	step := &view.TimesStep{
		Start:       view.Field{Name: "time_frame.start", Label: "Start", Kind: "datetime-local", Optional: true, Hint: "Leave empty to start now."},
		End:         view.Field{Name: "time_frame.end", Label: "End", Kind: "datetime-local", Optional: true, Hint: "Leave empty for no end.", Value: "2027-11-22T14:00"},
		Zone:        view.Field{Name: "time_zone", Label: "Time zone", Options: view.Choose(slices.Clone(zones[1:]), "Europe/Berlin"), Hint: "Start, end, days and weeks are in this time zone."},
		Days:        view.Choice{Name: "time_frame.days", Label: "Execution days", Hint: "A run that is due on another day moves to the next execution day, at the same time. If you choose no day, every day is an execution day."},
		From:        view.Field{Name: "time_frame.hours.from", Label: "Hours: from", Kind: "time", Optional: true, Value: "22:00", Hint: "A run that is due outside these hours begins when they begin next. What somebody asks for in person does not wait."},
		To:          view.Field{Name: "time_frame.hours.to", Label: "Hours: to", Kind: "time", Optional: true, Value: "06:00", Hint: "If it is earlier than “from”, the hours end on the next day. Leave both empty for the whole day."},
		HoursWarned: view.Warned{Field: "time_frame.hours.from"},
		StartWarned: view.Warned{Field: "time_frame.start"}, EndWarned: view.Warned{Field: "time_frame.end"}, DaysWarned: view.Warned{Field: "time_frame.days"},
	}
	for i, day := range []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"} {
		step.Days.Options = append(step.Days.Options, view.Option{Value: strings.ToLower(day), Label: day, Chosen: i < 5})
	}
	return step
}
