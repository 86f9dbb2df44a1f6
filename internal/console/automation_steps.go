package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/sentence"
	"rekey/internal/console/view"
	"rekey/internal/engine"
)

// eventGroups are the groups of event types, by the prefixes of their names.
var eventGroups = []struct{ title, prefix string }{
	{"System users", "user."}, {"Passwords", "password."}, {"Other systems", rekey.External}, {"Time", "schedule."}, {"Other automations", "automation."}, {"More", ""},
}

func (c *Console) eventStep(r *http.Request, d drafted, p view.Problem) (*view.EventStep, error) {
	typed := d.Typed
	start, rule := scheduleFields(typed, p)
	before, err := c.automationField(r, d, p)
	return &view.EventStep{
		ScheduleStart: start, ScheduleRule: rule, Automation: before,
		Name: view.Field{
			Name: fieldName, Label: "Name", Value: typed.Get(fieldName), Max: rekey.MaxName, Counted: true, Errors: p.Of(fieldName),
		},
		Description: view.Field{
			Name: fieldDescription, Label: "Description", Kind: "textarea", Value: typed.Get(fieldDescription), Max: rekey.MaxDescription,
			Optional: true, Errors: p.Of(fieldDescription),
		},
		Event: eventChoice(d, c.eventTypes(typed.Get(fieldEvent)), p),
		User: view.Field{
			Name: fieldEventUser, Label: "Only for this system user", Value: typed.Get(fieldEventUser), Max: 320, Optional: true,
			Hint: "Leave empty for any.", Suggest: "/users/suggest", Errors: p.Of(fieldEventUser),
		},
		Filters: []view.TextFilter{
			textFilterField("Name of the event", "siem.credential_leaked", fieldNameOperator, fieldNameValue, d, p),
			textFilterField("Source of the event", "/siem", fieldSourceOperator, fieldSourceValue, d, p),
		},
	}, err
}

func eventChoice(d drafted, events []rekey.EventType, p view.Problem) view.EventChoice {
	choice := view.EventChoice{
		Errors: p.Of(fieldEvent),
		Hint:   "Every time this event occurs, the job is executed. (S) means system-related, (C) contact-related.",
	}
	if d.stored.BuiltIn != "" {
		events = slices.DeleteFunc(events, func(e rekey.EventType) bool { return e.Name != d.stored.EventType })
		choice.Hint = "This automation is built in, so you cannot change its event."
	}
	taken := map[string]bool{}
	for _, group := range eventGroups {
		g := view.EventGroup{Title: group.title}
		for _, e := range events {
			if taken[e.Name] || !strings.HasPrefix(e.Name, group.prefix) {
				continue
			}
			taken[e.Name] = true
			g.Events = append(g.Events, view.EventOption{
				Value: e.Name, Label: e.Label, Text: e.Description, Designation: string(e.Designation), Chosen: e.Name == d.Typed.Get(fieldEvent),
			})
		}
		if len(g.Events) > 0 {
			choice.Groups = append(choice.Groups, g)
		}
	}
	return choice
}

func textFilterField(label, example, operator, value string, d drafted, p view.Problem) view.TextFilter {
	options := []view.Option{
		{Value: string(rekey.OpEquals), Label: "equals"}, {Value: string(rekey.OpNotEquals), Label: "does not equal"},
		{Value: string(rekey.OpStartsWith), Label: "starts with"}, {Value: string(rekey.OpEndsWith), Label: "ends with"},
		{Value: string(rekey.OpMatches), Label: "matches (RE2)"},
	}
	return view.TextFilter{
		Label:    label,
		Operator: view.Choice{Name: operator, Label: "Operator", Options: view.Choose(options, d.Typed.Get(operator)), Errors: p.Of(operator)},
		Value: view.Field{
			Name: value, Label: "Text", Hint: "Such as " + example + ".", Value: d.Typed.Get(value), Max: rekey.MaxEventSource, Optional: true, Code: true,
			Errors: append(p.Of(value), p.Of(strings.TrimSuffix(value, ".value"))...),
		},
	}
}

// manySelections is the number of selections from which they can be searched.
const manySelections = 12

func (c *Console) jobStep(r *http.Request, d drafted, l look, p view.Problem) (*view.JobStep, error) {
	typed := d.Typed
	event, _ := rekey.FindEventType(typed.Get(fieldEvent))
	selections, err := c.Admin.Selections(r.Context(), actor(r), "", admin.Place{Limit: admin.MaxPage})
	if err != nil {
		return nil, err
	}
	step := &view.JobStep{
		Name: rekey.TypedText(typed.Get(fieldName)), Description: typed.Get(fieldDescription),
		Event: event.Label, EventDesignation: string(event.Designation), Fixed: d.stored.BuiltIn != "",
		Job: jobChoice(typed.Get(fieldJob), p), JobWarned: l.warned(fieldJob), SelectionWarned: l.warned(fieldSelection),
		Target: targetChoice(d, event, p), TargetWarned: l.warned(fieldSystemUser),
		SystemUser: view.Field{
			Name: fieldSystemUser, Label: "System User", Value: typed.Get(fieldSystemUser), Suggest: "/users/suggest", Errors: p.Of(fieldSystemUser), Max: 320,
			Hint: "Type a part of the name or address.",
		},
		Ceiling: view.Field{
			Name: fieldCeiling, Label: "Ceiling", Kind: "number", Min: "1", Most: strconv.Itoa(rekey.MaxCeiling), Value: typed.Get(fieldCeiling), Errors: p.Of(fieldCeiling),
			Hint: "How many people one run, and all runs of an hour, may reach. A run that would reach more is held until somebody approves it.",
		},
		Waves: []view.Field{{
			Name: fieldWavesFirst, Label: "First wave", Value: typed.Get(fieldWavesFirst), Max: 20, Optional: true, Errors: p.Of(fieldWavesFirst),
			Hint: "A number of people, such as 100, or a share, such as 5%. Leave all three fields empty to send to everybody at once.",
		}, {
			Name: fieldWavesThen, Label: "Then, people an hour", Value: typed.Get(fieldWavesThen), Max: 20, Optional: true, Errors: p.Of(fieldWavesThen),
			Hint: "Whoever waits can ask for a password meanwhile. Who has chosen one since gets none.",
		}, {
			Name: fieldWavesStop, Label: "Stop above", Value: typed.Get(fieldWavesStop), Max: 20, Optional: true, Errors: p.Of(fieldWavesStop),
			Hint: "The share of refused mails above which the run stops itself and waits for approval: 5% if left empty, and at least 5 people.",
		}},
		OldPassword: oldPasswordChoice(typed.Get(fieldOld), event, p), Remind: remindChoice(typed.Get(fieldRemind), event, p),
		Note: view.Field{
			Name: fieldNote, Label: "Note to the recipients", Kind: "textarea", Value: typed.Get(fieldNote), Max: rekey.MaxNote, Counted: true, Optional: true,
			Hint: "The mail shows it as plain text.", Errors: p.Of(fieldNote),
		},
		Message: []view.Field{{
			Name: fieldRecipients, Label: "Recipients", Kind: "textarea", Rows: 3, Value: typed.Get(fieldRecipients), Max: maxNaming, Suggest: "/users/suggest", Errors: p.Of(fieldRecipients),
			Hint: "One per line, at most 20: system users, or addresses in a domain that the settings list (notify_domains).",
		}, {
			Name: fieldSubject, Label: "Subject", Value: typed.Get(fieldSubject), Max: rekey.MaxSubject, Errors: p.Of(fieldSubject),
			Hint: "It may have the placeholders {event}, {time}, {automation} and {count}.",
		}, {
			Name: fieldWording, Label: "Message", Kind: "textarea", Rows: 8, Value: typed.Get(fieldWording), Max: rekey.MaxMessage, Counted: true, Errors: p.Of(fieldWording),
			Hint: "Plain text. {event} is the name of the event, {time} when it happened, {automation} the name of the automation, {count} how many people the event names, and {people} who they are, a line each.",
		}},
		Selection: view.Choice{
			Name: fieldSelection, Label: "Selection", Optional: true, Errors: p.Of(fieldSelection),
			Hint: "Only system users in the selection get a new password. The selection is calculated when the job runs, after the delay.",
		},
		Many: len(selections.Entries) >= manySelections, Guard: guardOf(d, l, p),
		Delay: view.Choice{
			Name: fieldDelay, Label: "Delay", Inline: true, Errors: p.Of(fieldDelay), Hint: "Without a delay, the job starts at once. With a delay, it waits for this time after the event took place.",
			Options: view.Choose([]view.Option{{Value: delayNo, Label: "No"}, {Value: delayYes, Label: "Yes"}}, typed.Get(fieldDelay)),
		},
		Unit: view.Choice{Name: fieldDelayUnit, Label: "Unit", Errors: p.Of(fieldDelayUnit), Options: view.Choose([]view.Option{
			{Value: string(rekey.Minutes), Label: "Minutes"}, {Value: string(rekey.Hours), Label: "Hours"},
			{Value: string(rekey.Days), Label: "Days"}, {Value: string(rekey.Weeks), Label: "Weeks"},
		}, typed.Get(fieldDelayUnit))},
		Value: view.Field{
			Name: fieldDelayValue, Label: "Value", Kind: "number", Min: "1", Most: "9999", Value: typed.Get(fieldDelayValue), Hint: "1 to 9,999",
			Errors: p.Of(fieldDelayValue),
		},
	}
	step.Selection.Options = selectionOptions(selections.Entries, l.names.Selections[typed.Get(fieldSelection)], typed.Get(fieldSelection))
	directories, err := c.Admin.Directories(r.Context(), actor(r))
	step.OldPasswordThere = oldPasswordThere(directories)
	return step, err
}

// targetChoice is who gets the new password. Everybody in the selection is offered only
// for events that may name nobody.
func targetChoice(d drafted, event rekey.EventType, p view.Problem) view.Choice {
	chosen := cmp.Or(d.Typed.Get(fieldUseEvent), targetOf(d.edited.SendParams()))
	if event.NamesNobody && chosen == toInvolved {
		chosen = ""
	}
	choice := view.Choice{
		Name: fieldUseEvent, Label: "Who gets the new password", Errors: append(p.Of(fieldUseEvent), p.Of(fieldEverybody)...),
		Options: []view.Option{
			{Value: toInvolved, Label: "People named by the event", Hint: "Use Event Parameter: every system user involved in the event."},
			{Value: toOne, Label: "One person", Hint: "The same system user for every event."},
		},
	}
	if event.NamesNobody {
		choice.Options = choice.Options[1:]
	}
	if event.External || event.NamesNobody || chosen == toEverybody {
		choice.Options = append(choice.Options, view.Option{
			Value: toEverybody, Label: "Everybody in the selection", Hint: "All system users in the selection below. Only for an event that names nobody.",
		})
	}
	choice.Options = view.Choose(choice.Options, chosen)
	return choice
}

// selectionOptions are all selections by name, always with the chosen one, even if
// it is deleted or past the end of the list. Otherwise the form would send no
// selection, and the automation would reach everybody.
func selectionOptions(selections []rekey.Selection, used rekey.Selection, chosen string) []view.Option {
	listed := func(id string) bool {
		return slices.ContainsFunc(selections, func(s rekey.Selection) bool { return s.ID == id })
	}
	if chosen != "" && !listed(chosen) {
		selections = append(selections, rekey.Selection{ID: chosen, Name: cmp.Or(used.Name, "A deleted selection"), NameKey: used.NameKey})
	}
	slices.SortFunc(selections, func(a, b rekey.Selection) int { return cmp.Compare(a.NameKey, b.NameKey) })
	options := []view.Option{{Label: "None: no limit"}}
	for _, sel := range selections {
		options = append(options, view.Option{Value: sel.ID, Label: sel.Name})
	}
	return view.Choose(options, chosen)
}

func jobChoice(chosen string, p view.Problem) view.Choice {
	choice := view.Choice{Name: fieldJob, Label: "Job", Errors: p.Of(fieldJob), Hint: "Is executed automatically every time the event occurs."}
	for _, job := range engine.JobTypes() {
		option := view.Option{Value: job.Name, Label: job.Label, Disabled: !job.Offered}
		if !job.Offered {
			option.Label += " – not offered"
			choice.Hint += " " + job.Label + " is not offered: " + job.NotOffered
		}
		choice.Options = append(choice.Options, option)
	}
	choice.Options = view.Choose(choice.Options, chosen)
	return choice
}

var oldPasswordLabels = map[rekey.OldPassword]string{
	rekey.ReplaceWhenSent: "Replace when sent", rekey.KeepUntilChanged: "Keep until changed", rekey.RevokeAtOnce: "Revoke at once",
}

func oldPasswordChoice(chosen string, event rekey.EventType, p view.Problem) view.Choice {
	choice := view.Choice{Name: fieldOld, Label: "Old password", Errors: p.Of(fieldOld)}
	for _, value := range []rekey.OldPassword{rekey.ReplaceWhenSent, rekey.KeepUntilChanged, rekey.RevokeAtOnce} {
		choice.Options = append(choice.Options, view.Option{
			Value: string(value), Label: oldPasswordLabels[value], Hint: oldPasswordTexts[value],
			Disabled: event.SetOffByStranger && value != rekey.KeepUntilChanged,
		})
	}
	if event.SetOffByStranger {
		choice.Hint, chosen = "A stranger can cause this event, so only 'Keep until changed' is allowed.", string(rekey.KeepUntilChanged)
	}
	choice.Options = view.Choose(choice.Options, chosen)
	return choice
}

// remindChoice offers some shares of the time, and the chosen one.
func remindChoice(chosen string, event rekey.EventType, p view.Problem) view.Choice {
	choice := view.Choice{
		Name: fieldRemind, Label: "Reminder", Errors: p.Of(fieldRemind), Options: []view.Option{{Label: "None"}},
		Hint: "One mail without a password, to each person who has not used theirs by then. It says that one is waiting and until when.",
	}
	if event.SetOffByStranger {
		choice.Hint = "A stranger can cause this event, so nobody is reminded."
		return choice
	}
	shares := []string{"25%", "50%", "75%"}
	if chosen != "" && !slices.Contains(shares, chosen) {
		shares = append(shares, chosen)
	}
	for _, share := range shares {
		choice.Options = append(choice.Options, view.Option{Value: share, Label: "After " + sentence.Share(rekey.Portion(share)) + " of the time"})
	}
	choice.Options = view.Choose(choice.Options, chosen)
	return choice
}

func guardOf(d drafted, l look, p view.Problem) view.Guard {
	on := d.Typed.Get(fieldIncludeAPI) != ""
	return view.Guard{
		Include: view.Check{
			Name: fieldIncludeAPI, Label: "Include API users", On: on, Errors: p.Of(fieldIncludeAPI),
			Hint: "Users of type API, and of type Hybrid with a call by password in the last 90 days.",
		},
		Open: on || len(p.Of(fieldIncludeAPI)) > 0, Warned: l.guardWarned(d.edited), Accounts: l.accounts,
		Confirm: view.Field{
			Name: fieldConfirm, Label: "To confirm, type the number of API accounts that it would reach now", Value: d.Confirmed, Max: 10, Errors: p.Of(fieldConfirm),
			Hint: "You need it when you save.",
		},
	}
}

func timesStep(d drafted, l look, p view.Problem) *view.TimesStep {
	typed := d.Typed
	step := &view.TimesStep{
		Start: view.Field{
			Name: fieldStart, Label: "Start", Kind: "datetime-local", Value: typed.Get(fieldStart), Optional: true, Hint: "Leave empty to start now.", Errors: p.Of(fieldStart),
		},
		End: view.Field{
			Name: fieldEnd, Label: "End", Kind: "datetime-local", Value: typed.Get(fieldEnd), Optional: true, Hint: "Leave empty for no end.", Errors: p.Of(fieldEnd),
		},
		Zone: view.Field{
			Name: fieldZone, Label: "Time zone", Value: typed.Get(fieldZone), Options: zoneOptions(typed.Get(fieldZone)), Errors: p.Of(fieldZone),
			Hint: "Start, end, days and weeks are in this time zone.",
		},
		From: view.Field{
			Name: fieldHoursFrom, Label: "Hours: from", Kind: "time", Value: typed.Get(fieldHoursFrom), Optional: true, Errors: p.Of(fieldHoursFrom),
			Hint: "A run that is due outside these hours begins when they begin next. What somebody asks for in person does not wait.",
		},
		To: view.Field{
			Name: fieldHoursTo, Label: "Hours: to", Kind: "time", Value: typed.Get(fieldHoursTo), Optional: true, Errors: p.Of(fieldHoursTo),
			Hint: "If it is earlier than “from”, the hours end on the next day. Leave both empty for the whole day.",
		},
		HoursWarned: l.warned(fieldHoursFrom),
		StartWarned: l.warned(fieldStart), EndWarned: l.warned(fieldEnd), DaysWarned: l.warned(fieldDays),
		Days: view.Choice{
			Name: fieldDays, Label: "Execution days", Errors: p.Of(fieldDays),
			Hint: "A run that is due on another day moves to the next execution day, at the same time. If you choose no day, every day is an execution day.",
		},
	}
	for _, day := range rekey.Weekdays {
		step.Days.Options = append(step.Days.Options, view.Option{
			Value: string(day), Label: day.Name(), Chosen: slices.Contains(typed[fieldDays], string(day)),
		})
	}
	return step
}
