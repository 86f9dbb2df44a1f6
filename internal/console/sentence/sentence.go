// Package sentence describes an automation in words: "When a system user is locked
// out, wait 2 hours, then send them a new password, unless they use the API." It knows
// no store: the caller gives it the names.
package sentence

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"rekey"
	"rekey/internal/console/view"
	"rekey/internal/engine"
)

// Names are the names of the users and the selections of automations.
type Names struct {
	Users      map[string]string          // by their text in the automation
	Selections map[string]rekey.Selection // by id; one that is missing was deleted
	// Automations are those for which others wait, by id.
	Automations map[string]string
	// Directories: the settings have a directory, whose users the sentence describes, too.
	Directories bool
}

func (n Names) user(id string) string {
	if name := n.Users[id]; name != "" {
		return name
	}
	return id
}

// Of describes an automation in words. It may be incomplete or invalid: the sentence
// says what is missing, and parameters that cannot be read count as none.
func Of(a rekey.Automation, names Names) []view.Phrase {
	s := &speaker{automation: a, params: a.SendParams(), names: names}
	s.when()
	s.wait()
	if a.JobType == rekey.NotifyAddress {
		s.tell()
	} else {
		s.send()
		s.but()
	}
	s.say(".", "")
	s.oldPassword()
	s.ceiling()
	s.waves()
	s.remind()
	s.frame()
	if a.Status == rekey.AutomationTrial {
		s.say(" It is in trial: nothing is sent.", "")
	}
	return s.phrases
}

// Text is a sentence without its links.
func Text(phrases []view.Phrase) string {
	var b strings.Builder
	for _, p := range phrases {
		b.WriteString(p.Text)
	}
	return b.String()
}

type speaker struct {
	automation rekey.Automation
	params     rekey.SendParams
	names      Names
	phrases    []view.Phrase
}

func (s *speaker) say(text, field string) {
	s.phrases = append(s.phrases, view.Phrase{Text: text, Field: field})
}

func (s *speaker) lack(text, field string) {
	s.phrases = append(s.phrases, view.Phrase{Text: text, Field: field, Missing: true})
}

func (s *speaker) when() {
	event, known := rekey.FindEventType(s.automation.EventType)
	if event.Has(rekey.ParamSchedule) {
		s.schedule()
		return
	}
	s.say("When ", "")
	if event.Has(rekey.ParamAutomation) {
		s.finished()
		return
	}
	if !known {
		s.lack("choose an event", "event_type")
		return
	}
	filter := s.automation.EventFilter
	if filter.User == "" || !event.Has(rekey.ParamSystemUser) {
		s.say(event.When, "event_type")
	} else if before, after, found := strings.Cut(event.When, "a system user"); found {
		s.say(before, "event_type")
		s.say(s.names.user(filter.User), "event_filter.system_user")
		s.say(after, "event_type")
	} else {
		s.say(event.When, "event_type")
		s.say(" for ", "")
		s.say(s.names.user(filter.User), "event_filter.system_user")
	}
	join := " whose "
	for _, part := range []struct {
		parameter string
		filter    rekey.TextFilter
	}{{rekey.ParamName, filter.Name}, {rekey.ParamSource, filter.Source}} {
		if event.Has(part.parameter) && part.filter.Value != "" {
			s.say(join, "")
			s.say(part.parameter+" "+operators[part.filter.Operator]+" "+part.filter.Value, "event_filter."+part.parameter+".value")
			join = " and whose "
		}
	}
}

// finished says for which automation another one waits: "When Locked out has finished".
func (s *speaker) finished() {
	const field = "event_filter.automation"
	if id := s.automation.EventFilter.Automation; id == "" {
		s.lack("choose an automation", field)
	} else {
		s.say(cmp.Or(s.names.Automations[id], id), field)
	}
	s.say(" has finished", "event_type")
}

// schedule says the moments of a schedule: "Every month on day 1 at 08:00".
func (s *speaker) schedule() {
	text := s.automation.EventFilter.Schedule.Text()
	if text == "" {
		s.say("When ", "")
		s.lack("say when it happens first", "event_filter.schedule.start")
		return
	}
	if s.automation.TimeZone != "" && s.automation.TimeZone != "UTC" {
		text += " (" + s.automation.TimeZone + ")"
	}
	s.say(strings.ToUpper(text[:1])+text[1:], "event_filter.schedule.start")
}

var operators = map[rekey.Operator]string{
	rekey.OpEquals: "is", rekey.OpNotEquals: "is not", rekey.OpStartsWith: "starts with",
	rekey.OpEndsWith: "ends with", rekey.OpMatches: "matches",
}

func (s *speaker) wait() {
	s.say(", ", "")
	d := s.automation.Delay
	if d.IsZero() {
		return
	}
	s.say("wait ", "")
	if d.Validate() != nil {
		s.lack("choose how long", "delay.value")
	} else {
		s.say(d.Text(), "delay.value")
	}
	s.say(", then ", "")
}

func (s *speaker) send() {
	job, known := engine.FindJobType(s.automation.JobType)
	switch {
	case !known:
		s.lack("choose a job", "job_type")
		return
	case job.Name != rekey.SendNewPassword:
		s.say(job.Label, "job_type")
		return
	}
	s.say("send ", "")
	const target, event = "job_params.system_user", "job_params.use_event_parameter"
	switch {
	case s.params.UseEventParameter && s.automation.EventType == rekey.External:
		s.say("the system users that it names", event)
	case s.params.UseEventParameter:
		s.say("them", event)
	case s.params.EverybodyInSelection:
		s.say("everybody in the selection", "job_params.everybody_in_selection")
	case s.params.SystemUser != "":
		s.say(s.names.user(s.params.SystemUser), target)
	default:
		s.lack("choose a system user", target)
	}
	s.say(" ", "")
	s.say("a new password", "job_type")
}

// tell says to whom a message goes.
func (s *speaker) tell() {
	s.say("send ", "")
	if len(s.automation.NotifyParams().Recipients) == 0 {
		s.lack("choose recipients", "job_params.recipients")
	} else {
		s.say(Recipients(s.automation, s.names), "job_params.recipients")
	}
	s.say(" ", "")
	s.say("a message", "job_type")
	if s.automation.NotifyParams().Subject == "" {
		s.say(" ", "")
		s.lack("write its subject", "job_params.subject")
	}
	if s.automation.NotifyParams().Text == "" {
		s.say(" ", "")
		s.lack("write its text", "job_params.text")
	}
}

// Recipients names those of a message; "…" for none.
func Recipients(a rekey.Automation, names Names) string {
	const shown = 3
	to := a.NotifyParams().Recipients
	more := len(to) - shown
	for i, id := range to {
		to[i] = names.user(id)
	}
	switch {
	case len(to) == 0:
		return "…"
	case more > 0:
		return strings.Join(to[:shown], ", ") + " and " + strconv.Itoa(more) + " more"
	case len(to) == 1:
		return to[0]
	default:
		return strings.Join(to[:len(to)-1], ", ") + " and " + to[len(to)-1]
	}
}

// but says who is excluded.
func (s *speaker) but() {
	// If the selection excludes the same people, the guard has already said so.
	sel, known := s.names.Selections[s.automation.SelectionID]
	switch {
	case known && (sel.BuiltIn != rekey.AllExceptAPI || s.params.IncludeAPIUsers):
		s.say(", if they are in ", "")
		s.say(sel.Name, "selection_id")
	case !known && (s.automation.SelectionID != "" || s.params.EverybodyInSelection):
		s.say(", if they are in ", "")
		s.lack("choose a selection", "selection_id")
	}
	const guard = "job_params.include_api_users"
	if s.params.IncludeAPIUsers {
		s.say(", ", "")
		s.say("API users included", guard)
		return
	}
	s.say(", ", "")
	s.say("unless they use the API", guard)
}

var oldPasswords = map[rekey.OldPassword]string{
	"":                     "Their old password stops working once the mail is sent. It returns if the new one goes unused.",
	rekey.ReplaceWhenSent:  "Their old password stops working once the mail is sent. It returns if the new one goes unused.",
	rekey.KeepUntilChanged: "Their old password works until they have changed it.",
	rekey.RevokeAtOnce:     "Their old password, sessions and tokens end at once.",
}

// oldPasswordsThere says what differs for users of a directory.
var oldPasswordsThere = map[rekey.OldPassword]string{
	"":                    "For users of a directory, it works until they have changed it.",
	rekey.ReplaceWhenSent: "For users of a directory, it works until they have changed it.",
	rekey.RevokeAtOnce:    "For users of a directory, it ends before the mail is sent.",
}

func (s *speaker) oldPassword() {
	if text, known := oldPasswords[s.params.OldPassword]; known && s.automation.JobType == rekey.SendNewPassword {
		s.say(" ", "")
		s.say(text, "job_params.old_password")
		if there := oldPasswordsThere[s.params.OldPassword]; s.names.Directories && there != "" {
			s.say(" "+there, "")
		}
	}
}

// ceiling says above how many people a run waits for approval.
func (s *speaker) ceiling() {
	event, _ := rekey.FindEventType(s.automation.EventType)
	ceiling := s.params.CeilingFor(s.automation, s.automation.AskedBy(event))
	if ceiling == 0 || s.automation.JobType != rekey.SendNewPassword {
		return
	}
	s.say(" ", "")
	s.say("Reaching more than "+view.Plural(ceiling, "person", "people")+" in an hour needs approval.", "job_params.ceiling")
}

// waves says in which parts a run is sent.
func (s *speaker) waves() {
	event, _ := rekey.FindEventType(s.automation.EventType)
	waves := s.params.WavesFor(s.automation, s.automation.AskedBy(event))
	if waves.IsZero() || s.automation.JobType != rekey.SendNewPassword {
		return
	}
	s.say(" It is sent in waves: ", "")
	if waves.Validate() != nil {
		s.lack("choose how many people each has", "job_params.waves.first")
	} else {
		s.say(Waves(waves), "job_params.waves.first")
	}
	s.say(".", "")
}

// remind says when people are reminded.
func (s *speaker) remind() {
	event, _ := rekey.FindEventType(s.automation.EventType)
	if s.params.Remind == "" || event.SetOffByStranger || s.automation.JobType != rekey.SendNewPassword {
		return
	}
	s.say(" ", "")
	s.say("Whoever has not used it after "+Share(s.params.Remind)+" of its time is reminded once.", "job_params.remind")
}

// Share is a share in words: "half" for 50%.
func Share(p rekey.Portion) string {
	switch p.Percent() {
	case 25:
		return "a quarter"
	case 50:
		return "half"
	case 75:
		return "three quarters"
	default:
		return string(p)
	}
}

// Waves describes waves in words: "the first 100 people, then 200 an hour; it stops itself
// above 5% refused".
func Waves(w rekey.Waves) string {
	first := string(w.First) + " of the people"
	if n := w.First.People(); n > 0 {
		first = view.Plural(n, "person", "people")
	}
	return "the first " + first + ", then " + view.Count(w.Then) + " an hour; it stops itself above " + string(w.Stop()) + " refused"
}

func (s *speaker) frame() {
	f := s.automation.TimeFrame
	zone, err := rekey.LoadZone(s.automation.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	join := " Only "
	for _, part := range []struct {
		word, text, field string
		at                time.Time
	}{
		{"on ", rekey.DaysText(f.Days), "time_frame.days", time.Time{}},
		{"in the hours ", f.Hours.Text(), "time_frame.hours.from", time.Time{}},
		{"from ", "", "time_frame.start", f.Start},
		{"until ", "", "time_frame.end", f.End},
	} {
		if !part.at.IsZero() {
			part.text = part.at.In(zone).Format("2 January 2006, 15:04 MST")
		}
		if part.text == "" {
			continue
		}
		s.say(join, "")
		s.say(part.word+part.text, part.field)
		join = ", "
	}
	if join == ", " {
		s.say(".", "")
	}
}
