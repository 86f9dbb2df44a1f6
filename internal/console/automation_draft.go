package console

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"rekey"
)

// The fields of the editor, named as errors name them.
const (
	fieldName           = "name"
	fieldDescription    = "description"
	fieldEvent          = "event_type"
	fieldEventUser      = "event_filter.system_user"
	fieldNameOperator   = "event_filter.name.operator"
	fieldNameValue      = "event_filter.name.value"
	fieldSourceOperator = "event_filter.source.operator"
	fieldSourceValue    = "event_filter.source.value"
	fieldScheduleStart  = "event_filter.schedule.start"
	fieldScheduleRule   = "event_filter.schedule.rule"
	fieldAutomation     = "event_filter.automation"

	fieldJob        = "job_type"
	fieldSystemUser = "job_params.system_user"
	fieldUseEvent   = "job_params.use_event_parameter"
	fieldEverybody  = "job_params.everybody_in_selection" // of errors; the form sends fieldUseEvent
	fieldCeiling    = "job_params.ceiling"
	fieldWavesFirst = "job_params.waves.first"
	fieldWavesThen  = "job_params.waves.then"
	fieldWavesStop  = "job_params.waves.stop_at"
	fieldRemind     = "job_params.remind"
	fieldOld        = "job_params.old_password"
	fieldNote       = "job_params.note"
	fieldRecipients = "job_params.recipients"
	fieldSubject    = "job_params.subject"
	fieldWording    = "job_params.text"
	fieldSelection  = "selection_id"
	fieldIncludeAPI = "job_params.include_api_users"
	fieldConfirm    = "confirm_api_users"
	fieldDelay      = "delay"
	fieldDelayUnit  = "delay.unit"
	fieldDelayValue = "delay.value"

	fieldStart = "time_frame.start"
	fieldEnd   = "time_frame.end"
	fieldZone  = "time_zone"
	fieldDays  = "time_frame.days"

	fieldHoursFrom = "time_frame.hours.from"
	fieldHoursTo   = "time_frame.hours.to"
)

// The values of fieldUseEvent: who gets the new password.
const (
	toInvolved  = "on" // people named by the event
	toOne       = "one"
	toEverybody = "everybody" // in the selection
)

const (
	ticked     = "on"
	delayYes   = "yes"
	delayNo    = "no"
	localTime  = "2006-01-02T15:04"
	localExact = "2006-01-02T15:04:05"
)

// editorStep is one of the three pages that a draft is edited on.
type editorStep struct {
	name, title string
	fields      []string
}

var editorSteps = []editorStep{
	{"event", "Define event", []string{
		fieldName, fieldDescription, fieldEvent, fieldEventUser, fieldNameOperator, fieldNameValue, fieldSourceOperator, fieldSourceValue,
		fieldScheduleStart, fieldScheduleRule, fieldAutomation,
	}},
	{"job", "Edit job", []string{
		fieldJob, fieldUseEvent, fieldSystemUser, fieldCeiling, fieldWavesFirst, fieldWavesThen, fieldWavesStop, fieldOld, fieldRemind, fieldNote,
		fieldRecipients, fieldSubject, fieldWording, fieldSelection, fieldIncludeAPI, fieldDelay, fieldDelayUnit, fieldDelayValue,
	}},
	{"frame", "Time frame", []string{fieldStart, fieldEnd, fieldZone, fieldDays, fieldHoursFrom, fieldHoursTo}},
}

// editorFields are the names of all fields.
func editorFields() []string {
	var names []string
	for _, step := range editorSteps {
		names = append(names, step.fields...)
	}
	return names
}

// stepOf is the step that shows a field; "" if no step shows it.
func stepOf(field string) string {
	if field == fieldConfirm || field == fieldEverybody {
		return "job"
	}
	for _, step := range editorSteps {
		if slices.Contains(step.fields, field) {
			return step.name
		}
	}
	return ""
}

// typedOf returns the fields of an automation as a user would type them. addresses
// are by user id; a user without one is shown by id.
func typedOf(a rekey.Automation, addresses map[string]string) url.Values {
	address := func(id string) string { return cmp.Or(addresses[id], id) }
	p := a.SendParams()
	if p.OldPassword == "" {
		p.OldPassword = rekey.ReplaceWhenSent
	}
	zone, err := rekey.LoadZone(a.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	m := a.NotifyParams()
	for i, to := range m.Recipients {
		m.Recipients[i] = address(to)
	}
	typed := url.Values{}
	for name, value := range map[string]string{
		fieldRecipients: strings.Join(m.Recipients, "\n"), fieldSubject: m.Subject, fieldWording: m.Text,
		fieldName: a.Name, fieldDescription: lineEnds.Replace(a.Description), fieldEvent: a.EventType, fieldEventUser: address(a.EventFilter.User),
		fieldNameOperator: string(a.EventFilter.Name.Operator), fieldNameValue: a.EventFilter.Name.Value,
		fieldSourceOperator: string(a.EventFilter.Source.Operator), fieldSourceValue: a.EventFilter.Source.Value,
		fieldScheduleStart: a.EventFilter.Schedule.Start, fieldScheduleRule: repeatOf(a.EventFilter.Schedule), fieldAutomation: a.EventFilter.Automation,
		fieldJob: a.JobType, fieldSystemUser: address(p.SystemUser), fieldUseEvent: targetOf(p), fieldCeiling: strconv.Itoa(cmp.Or(p.Ceiling, rekey.DefaultCeiling)),
		fieldWavesFirst: string(p.Waves.First), fieldWavesThen: waveText(p.Waves.Then), fieldWavesStop: string(p.Waves.StopAt),
		fieldOld: string(p.OldPassword), fieldRemind: string(p.Remind), fieldNote: p.Note, fieldIncludeAPI: tick(p.IncludeAPIUsers),
		fieldSelection: a.SelectionID, fieldDelay: delayNo,
		fieldStart: localText(a.TimeFrame.Start, zone), fieldEnd: localText(a.TimeFrame.End, zone), fieldZone: a.TimeZone, fieldHoursFrom: a.TimeFrame.Hours.From, fieldHoursTo: a.TimeFrame.Hours.To,
	} {
		if value != "" {
			typed.Set(name, value)
		}
	}
	// A browser sends the value of a drop-down list also when it has no effect. A message
	// begins with a text that can be sent.
	for name, value := range map[string]string{
		fieldNameOperator: string(rekey.OpEquals), fieldSourceOperator: string(rekey.OpEquals), fieldDelayUnit: string(rekey.Hours),
		fieldScheduleRule: "month", fieldSubject: "{event}", fieldWording: "{event}, {time}\n\n{people}",
	} {
		if !typed.Has(name) {
			typed.Set(name, value)
		}
	}
	if !a.Delay.IsZero() {
		typed.Set(fieldDelay, delayYes)
		typed.Set(fieldDelayUnit, string(a.Delay.Unit))
		typed.Set(fieldDelayValue, strconv.Itoa(a.Delay.Value))
	}
	for _, day := range a.TimeFrame.Days {
		typed.Add(fieldDays, string(day))
	}
	return typed
}

// targetOf returns the value of fieldUseEvent; "" if nothing is chosen yet.
func targetOf(p rekey.SendParams) string {
	switch {
	case p.UseEventParameter:
		return toInvolved
	case p.EverybodyInSelection:
		return toEverybody
	case p.SystemUser != "":
		return toOne
	default:
		return ""
	}
}

var lineEnds = strings.NewReplacer("\r\n", "\n")

func tick(on bool) string {
	if on {
		return ticked
	}
	return ""
}

// localText is a moment on the clock of a zone, to the minute if that is exact.
func localText(at time.Time, zone *time.Location) string {
	switch {
	case at.IsZero():
		return ""
	case at.Second() == 0:
		return at.In(zone).Format(localTime)
	default:
		return at.In(zone).Format(localExact)
	}
}

// writeTyped writes the typed fields over an automation, and returns the fields
// that cannot be read. It ignores parameters that the event does not have, and the
// system user if the event names the recipients: these stay only in the form.
func writeTyped(typed url.Values, a *rekey.Automation) []rekey.FieldError {
	var p rekey.Problems
	a.Name, a.Description = typed.Get(fieldName), typed.Get(fieldDescription)
	a.EventType = typed.Get(fieldEvent)
	event, _ := rekey.FindEventType(a.EventType)
	a.EventFilter = rekey.EventFilter{}
	if event.Has(rekey.ParamSystemUser) {
		a.EventFilter.User = rekey.TypedText(typed.Get(fieldEventUser))
	}
	if event.Has(rekey.ParamName) {
		a.EventFilter.Name = textFilter(typed, fieldNameOperator, fieldNameValue)
	}
	if event.Has(rekey.ParamSource) {
		a.EventFilter.Source = textFilter(typed, fieldSourceOperator, fieldSourceValue)
	}
	if event.Has(rekey.ParamSchedule) {
		a.EventFilter.Schedule = typedSchedule(typed)
	}
	if event.Has(rekey.ParamAutomation) {
		a.EventFilter.Automation = typed.Get(fieldAutomation)
	}
	a.JobType, a.SelectionID = typed.Get(fieldJob), typed.Get(fieldSelection)
	a.JobParams = nil
	switch a.JobType {
	case rekey.SendNewPassword:
		a.JobParams = typedParams(typed, event).JSON()
	case rekey.NotifyAddress:
		a.SelectionID = "" // stays in the form only
		a.JobParams = rekey.NotifyParams{Recipients: named(typed.Get(fieldRecipients)), Subject: typed.Get(fieldSubject), Text: typed.Get(fieldWording)}.JSON()
	}
	a.Delay = rekey.Delay{}
	if typed.Get(fieldDelay) == delayYes {
		value, err := strconv.Atoi(rekey.TypedText(typed.Get(fieldDelayValue)))
		if err != nil {
			value = 0 // no valid delay
		}
		a.Delay = rekey.Delay{Unit: rekey.Unit(typed.Get(fieldDelayUnit)), Value: value}
	}
	writeFrame(typed, a, &p)
	return fieldsIn(p.Err())
}

// fieldsIn are the fields that an error names.
func fieldsIn(err error) []rekey.FieldError {
	if e, ok := errors.AsType[*rekey.Error](err); ok {
		return e.Fields
	}
	return nil
}

func textFilter(typed url.Values, operator, value string) rekey.TextFilter {
	f := rekey.TextFilter{Operator: rekey.Operator(typed.Get(operator)), Value: rekey.TypedText(typed.Get(value))}
	if f.Value == "" {
		return rekey.TextFilter{}
	}
	return f
}

func typedParams(typed url.Values, event rekey.EventType) rekey.SendParams {
	p := rekey.SendParams{
		SystemUser: rekey.TypedText(typed.Get(fieldSystemUser)), UseEventParameter: typed.Get(fieldUseEvent) == toInvolved && !event.NamesNobody,
		OldPassword: rekey.OldPassword(typed.Get(fieldOld)), IncludeAPIUsers: typed.Get(fieldIncludeAPI) != "",
		Note: typed.Get(fieldNote), EverybodyInSelection: typed.Get(fieldUseEvent) == toEverybody, Ceiling: typedCeiling(typed.Get(fieldCeiling)),
	}
	p.Waves, p.Remind = typedWaves(typed), rekey.Portion(rekey.TypedText(typed.Get(fieldRemind)))
	if p.UseEventParameter || p.EverybodyInSelection {
		p.SystemUser = ""
	}
	if event.SetOffByStranger {
		p.OldPassword, p.Remind = rekey.KeepUntilChanged, "" // the only allowed values
	}
	return p
}

// typedCeiling reads a ceiling: -1 if text is no number of people, which is refused,
// and 0 for the default, which is left out.
func typedCeiling(text string) int {
	text = strings.NewReplacer(",", "", " ", "").Replace(rekey.TypedText(text))
	n, err := strconv.Atoi(text)
	switch {
	case text == "" || n == rekey.DefaultCeiling:
		return 0
	case err != nil || n < 1:
		return -1
	}
	return n
}

// typedWaves reads waves. What is no number of people becomes -1, which is refused.
func typedWaves(typed url.Values) rekey.Waves {
	portion := func(field string) rekey.Portion {
		return rekey.Portion(strings.NewReplacer(",", "", " ", "").Replace(rekey.TypedText(typed.Get(field))))
	}
	waves := rekey.Waves{First: portion(fieldWavesFirst), StopAt: portion(fieldWavesStop)}
	if then := portion(fieldWavesThen); then != "" {
		var err error
		if waves.Then, err = strconv.Atoi(string(then)); err != nil {
			waves.Then = -1
		}
	}
	return waves
}

// waveText is a number of people in a form; "" for none.
func waveText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func writeFrame(typed url.Values, a *rekey.Automation, p *rekey.Problems) {
	before := *a
	a.TimeZone = rekey.TypedText(typed.Get(fieldZone))
	zone, err := rekey.LoadZone(a.TimeZone)
	if err != nil {
		zone = time.UTC // the error of the zone is reported elsewhere
	}
	read := func(field string, was time.Time) time.Time {
		text := rekey.TypedText(typed.Get(field))
		// An unchanged moment stays as it is: a clock shows some times twice when
		// summer time ends.
		switch {
		case text == "":
			return time.Time{}
		case a.TimeZone == before.TimeZone && text == localText(was, zone):
			return was
		}
		for _, layout := range []string{localTime, localExact, "2006-01-02 15:04"} {
			if at, err := time.ParseInLocation(layout, text, zone); err == nil {
				return at
			}
		}
		p.Add(field, "Give a date and a time, such as 2026-12-01 08:00.")
		return time.Time{}
	}
	a.TimeFrame = rekey.TimeFrame{Start: read(fieldStart, before.TimeFrame.Start), End: read(fieldEnd, before.TimeFrame.End)}
	a.TimeFrame.Hours = rekey.DayHours{From: typed.Get(fieldHoursFrom), To: typed.Get(fieldHoursTo)}
	for _, day := range typed[fieldDays] {
		a.TimeFrame.Days = append(a.TimeFrame.Days, rekey.Weekday(day))
	}
}
