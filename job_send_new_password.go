package rekey

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// SendNewPassword names the job type Send New Password to System User (S).
const SendNewPassword = "send_new_password"

// Limits of the parameters.
const (
	// MaxNote is the longest note to the recipients, in characters.
	MaxNote = 500
	// DefaultCeiling is how many people a run may reach without approval if the
	// parameters do not say, and MaxCeiling is the highest ceiling.
	DefaultCeiling = 100
	MaxCeiling     = 10_000_000
	// From minRemind to maxRemind percent of the time, a reminder makes sense.
	minRemind = 10
	maxRemind = 90
)

// SendParams are the parameters of Send New Password. Exactly one of the first
// three is set (R8).
type SendParams struct {
	// SystemUser is the id of the one system user who receives a new password.
	SystemUser string `json:"system_user,omitempty" doc:"The id of the one system user to send to."`
	// UseEventParameter sends to the system users involved in the event.
	UseEventParameter bool `json:"use_event_parameter,omitempty" doc:"Send to the system users involved in the event."`
	// EverybodyInSelection sends to all system users in the automation's selection.
	// It is only for events that name nobody.
	EverybodyInSelection bool `json:"everybody_in_selection,omitempty" doc:"Send to everybody in the selection; only for events that name nobody."`
	// Ceiling is how many people one run, and all runs of the automation in an
	// hour, may reach: 1 to 10,000,000, default 100. A run above it is held until
	// somebody approves it. It does not hold passwords that people asked for.
	Ceiling int `json:"ceiling,omitempty" doc:"How many people one run, and the automation in an hour, may reach before a run is held for approval; 100 if left out."`
	// OldPassword is what happens to the chosen password. Default: replace.
	OldPassword OldPassword `json:"old_password,omitempty" enum:"replace,keep,revoke" doc:"What happens to the old password: replace when sent (the default), keep until changed, revoke at once."`
	// IncludeAPIUsers lifts the guard that keeps API users out (R4).
	IncludeAPIUsers bool `json:"include_api_users,omitempty" doc:"Also send to API users; API calls will fail due to incorrect credentials."`
	// Waves send a run in parts. Nobody who asked in person waits for a wave.
	Waves Waves `json:"waves,omitzero" doc:"In which parts a run is sent: first, then, stop_at. All at once if left out."`
	// Remind is the share of the time to use the mailed password after which its owner
	// gets one reminder, without a password: 10% to 90%; none if empty.
	Remind Portion `json:"remind,omitempty" doc:"After which share of the time to use the mailed password its owner is reminded once, if they have not used it: 10% to 90%, such as 50%. Nobody is reminded if left out."`
	// Note to the recipients, plain text.
	Note string `json:"note,omitempty" doc:"A note in the mail: plain text, up to 500 characters."`
}

// JSON returns the parameters as an automation stores them.
func (p SendParams) JSON() json.RawMessage {
	text, _ := json.Marshal(p) // strings, numbers and booleans always marshal
	return text
}

// SendParams returns the parameters that can be read, without checks and defaults:
// a draft may have none. In every job type a parameter of such a name means the
// same.
func (a Automation) SendParams() (p SendParams) {
	_ = json.Unmarshal(a.JobParams, &p) // ParseSendParams returns the error
	p.Note = TypedText(p.Note)
	return p
}

// CeilingFor returns how many people a run of a, started by asked, and all runs of a in
// an hour, may reach without approval; 0 means any number.
func (p SendParams) CeilingFor(a Automation, asked Asker) int {
	switch {
	case asked.InPerson() || a.BuiltIn != "":
		return 0 // each was asked for, which has limits of its own
	case p.Ceiling < 1:
		return DefaultCeiling
	default:
		return p.Ceiling
	}
}

// WavesFor returns the waves of a run of a that asked started.
func (p SendParams) WavesFor(a Automation, asked Asker) Waves {
	if asked.InPerson() || a.BuiltIn != "" {
		return Waves{}
	}
	return p.Waves
}

// CeilingText says why a run is held, with its numbers; "" if it is not held. people is how
// many the run reaches, and before how many its automation reached in the last hour. A
// ceiling of 0 allows any number.
func CeilingText(people, before, ceiling int) string {
	if ceiling == 0 || before+people <= ceiling {
		return ""
	}
	text := counted(people, "person", "people") + ", ceiling " + strconv.Itoa(ceiling)
	if people <= ceiling {
		text += " an hour: " + strconv.Itoa(before) + " reached already"
	}
	return text
}

// ParseSendParams reads and checks the parameters for one event type, and adds the
// defaults. Errors name the fields, with the prefix "job_params.".
func ParseSendParams(params json.RawMessage, event EventType) (SendParams, error) {
	p := SendParams{OldPassword: ReplaceWhenSent, Ceiling: DefaultCeiling}
	if err := decodeParams(params, &p); err != nil {
		return p, err
	}
	p.Note = TypedText(p.Note)
	var problems Problems
	p.checkTarget(&problems, event)
	if p.Ceiling < 1 || p.Ceiling > MaxCeiling {
		problems.Add("job_params.ceiling", "Give a number of people from 1 to 10,000,000.")
	}
	if !p.OldPassword.Valid() {
		problems.Add("job_params.old_password", "Choose replace, keep or revoke.")
	} else if event.SetOffByStranger && !p.keeps() {
		problems.Add("job_params.old_password", onlyKeep(event))
	}
	if problems.Merge("job_params.waves.", p.Waves.Validate()); !p.Waves.IsZero() && event.AskedBy == AskedByUser {
		problems.Add("job_params.waves.first", "A person who asks for a password does not wait. Leave out the waves.")
	}
	p.checkRemind(&problems, event)
	plain := strings.NewReplacer("\n", "", "\t", "").Replace(p.Note)
	if utf8.RuneCountInString(p.Note) > MaxNote {
		problems.Add("job_params.note", "A note has at most 500 characters.")
	} else if !Printable(plain) {
		problems.Add("job_params.note", "A note must not contain control characters.")
	}
	return p, problems.Err()
}

// keeps reports whether the old password works until another one is chosen.
func (p SendParams) keeps() bool { return p.OldPassword == KeepUntilChanged }

// Refuses returns why every run for e fails, whomever it is for; "" if it need not fail.
func (p SendParams) Refuses(e Event) Reason {
	switch {
	case e.Outsiders && !p.keeps():
		return ReasonBadParameters
	case p.EverybodyInSelection && len(e.Users) > 0:
		return ReasonNamesUsers
	default:
		return ""
	}
}

func onlyKeep(event EventType) string {
	if event.Outsiders == "" {
		return "A stranger can cause this event, so only keep is allowed."
	}
	return "Outsiders can choose whom the events from " + event.Outsiders + " name, so only keep is allowed for them. Limit the automation to other sources, or ask an Administrator to trust that source to name people."
}

// checkRemind checks the reminder. Nobody is reminded of what a stranger set off. A source
// may get outsiders after the automation was saved, so RemindAt knows of them, too.
func (p SendParams) checkRemind(problems *Problems, event EventType) {
	declared, _ := FindEventType(event.Name)
	switch percent := p.Remind.Percent(); {
	case p.Remind == "":
	case percent < minRemind || percent > maxRemind:
		problems.Add("job_params.remind", "Give a share of the time from 10% to 90%, such as 50%, or leave it out.")
	case declared.SetOffByStranger:
		problems.Add("job_params.remind", "A stranger can cause this event, so nobody is reminded. Leave out the reminder.")
	}
}

// RemindAt returns when the user of d is reminded, which a run of a sent for an event;
// zero if never. It is in the hours of an execution day, and before the password expires.
// Nobody is reminded of what they asked for or a stranger set off.
func (p SendParams) RemindAt(a Automation, event EventType, d Delivery) time.Time {
	percent := p.Remind.Percent()
	if percent == 0 || event.SetOffByStranger || d.AskedBy == AskedByUser || d.AskedBy == AskedByStranger {
		return time.Time{}
	}
	zone, err := LoadZone(a.TimeZone)
	if err != nil {
		return time.Time{}
	}
	share := d.ValidUntil.Sub(d.AcceptedAt) / 100 * time.Duration(percent)
	if at := a.TimeFrame.Move(d.AcceptedAt.Add(share), zone); at.Before(d.ValidUntil) {
		return at
	}
	return time.Time{}
}

// checkTarget checks that there is exactly one target, and that the event type has
// it.
func (p SendParams) checkTarget(problems *Problems, event EventType) {
	targets := 0
	for _, set := range []bool{p.SystemUser != "", p.UseEventParameter, p.EverybodyInSelection} {
		if set {
			targets++
		}
	}
	switch {
	case targets == 0:
		problems.Add("job_params.system_user", "Choose who gets the new password: people named by the event, or one system user.")
	case targets > 1:
		problems.Add("job_params.system_user", "Choose one only: people named by the event, one system user, or everybody in the selection.")
	case p.UseEventParameter && event.NamesNobody:
		problems.Add("job_params.use_event_parameter", "This event names nobody. Choose everybody in the selection, or one system user.")
	case p.EverybodyInSelection && event.Name != "" && !event.External && !event.NamesNobody:
		problems.Add("job_params.everybody_in_selection", "'Everybody in the selection' is only for events that name nobody. This event always names a system user.")
	}
}

// decodeParams reads the parameters of a job strictly. Otherwise a misspelt name
// would silently mean the default.
func decodeParams(params json.RawMessage, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(params))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		if _, rest := decoder.Token(); !errors.Is(rest, io.EOF) {
			err = errors.New("there is text after the end")
		}
	}
	if err == nil {
		return nil
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return Invalid("job_params."+strings.Trim(name, `"`), "The job does not have this parameter.")
	}
	field := "job_params"
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		field += "." + wrong.Field
	}
	return Invalid(field, "These are not valid parameters of the job.")
}
