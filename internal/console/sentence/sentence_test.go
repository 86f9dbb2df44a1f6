package sentence_test

import (
	"encoding/json"
	"testing"
	"time"

	"rekey"
	"rekey/internal/console/sentence"
)

var names = sentence.Names{
	Users:      map[string]string{"ada": "Ada Byron"},
	Selections: map[string]rekey.Selection{"s": {ID: "s", Name: "Kiosks"}},
}

// locked is the example of the specification.
func locked() rekey.Automation {
	return rekey.Automation{
		EventType: rekey.UserLocked, JobType: rekey.SendNewPassword, JobParams: json.RawMessage(`{"use_event_parameter":true,"old_password":"keep"}`),
		Delay: rekey.Delay{Unit: rekey.Hours, Value: 2}, TimeZone: "Europe/Berlin",
	}
}

func params(p rekey.SendParams) func(*rekey.Automation) {
	return func(a *rekey.Automation) { a.JobParams, _ = json.Marshal(p) }
}

func TestSentenceSaysTheAutomation(t *testing.T) {
	t.Parallel()
	builtIn := sentence.Names{Selections: map[string]rekey.Selection{"b": {ID: "b", Name: "All system users except API users", BuiltIn: rekey.AllExceptAPI}}}
	for want, c := range map[string]struct {
		change func(*rekey.Automation)
		names  sentence.Names
	}{
		"When a system user is locked out, wait 2 hours, then send them a new password, unless they use the API. Their old password works until they have changed it. Reaching more than 100 people in an hour needs approval.": {func(*rekey.Automation) {}, names},
		"When Ada Byron is locked out, wait 1 week, then send them a new password, unless they use the API. Their old password works until they have changed it. Reaching more than 100 people in an hour needs approval.": {func(a *rekey.Automation) {
			a.EventFilter.User, a.Delay = "ada", rekey.Delay{Unit: rekey.Weeks, Value: 1}
		}, names},
		"When a mailed password expires unused for Ada Byron, send them a new password, if they are in Kiosks, unless they use the API. Their old password works until they have changed it. Reaching more than 100 people in an hour needs approval.": {func(a *rekey.Automation) {
			a.EventType, a.EventFilter.User, a.Delay, a.SelectionID = rekey.PasswordExpired, "ada", rekey.Delay{}, "s"
		}, names},
		"When an external event arrives whose name is siem.credential_leaked and whose source starts with /siem, send the system users that it names a new password, API users included. Their old password, sessions and tokens end at once. Reaching more than 100 people in an hour needs approval.": {func(a *rekey.Automation) {
			a.EventType, a.Delay = rekey.External, rekey.Delay{}
			a.EventFilter.Name = rekey.TextFilter{Operator: rekey.OpEquals, Value: "siem.credential_leaked"}
			a.EventFilter.Source = rekey.TextFilter{Operator: rekey.OpStartsWith, Value: "/siem"}
			params(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.RevokeAtOnce, IncludeAPIUsers: true})(a)
		}, names},
		"When a system user is created, send Ada Byron a new password, unless they use the API. Their old password stops working once the mail is sent. It returns if the new one goes unused. Reaching more than 100 people in an hour needs approval.": {func(a *rekey.Automation) {
			a.EventType, a.Delay, a.SelectionID = rekey.UserCreated, rekey.Delay{}, "b"
			params(rekey.SendParams{SystemUser: "ada"})(a)
		}, sentence.Names{Users: names.Users, Selections: builtIn.Selections}},
		"When a system user is created, send them a new password, if they are in All system users except API users, API users included. Their old password stops working once the mail is sent. It returns if the new one goes unused. Reaching more than 100 people in an hour needs approval.": {func(a *rekey.Automation) {
			a.EventType, a.Delay, a.SelectionID = rekey.UserCreated, rekey.Delay{}, "b"
			params(rekey.SendParams{UseEventParameter: true, IncludeAPIUsers: true})(a)
		}, builtIn},
		"When choose an event, wait choose how long, then send choose a system user a new password, if they are in choose a selection, unless they use the API. Their old password stops working once the mail is sent. It returns if the new one goes unused. Reaching more than 100 people in an hour needs approval.": {func(a *rekey.Automation) {
			a.EventType, a.Delay, a.SelectionID, a.JobParams = "", rekey.Delay{Unit: rekey.Hours}, "gone", nil
		}, sentence.Names{}},
		"When a system user is locked out, wait 2 hours, then send them a new password, unless they use the API. Their old password works until they have changed it. Reaching more than 1,234 people in an hour needs approval.": {
			params(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.KeepUntilChanged, Ceiling: 1234}), names,
		},
		"When a system user is locked out, wait 2 hours, then send them a new password, unless they use the API. Their old password works until they have changed it. Reaching more than 100 people in an hour needs approval. It is sent in waves: the first 5% of the people, then 2,000 an hour; it stops itself above 5% refused.": {
			params(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.KeepUntilChanged, Waves: rekey.Waves{First: "5%", Then: 2000}}), names,
		},
		"When a system user is locked out, wait 2 hours, then send them a new password, unless they use the API. Their old password works until they have changed it. Reaching more than 100 people in an hour needs approval. It is sent in waves: the first 100 people, then 200 an hour; it stops itself above 8% refused.": {
			params(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.KeepUntilChanged, Waves: rekey.Waves{First: "100", Then: 200, StopAt: "8%"}}), names,
		},
		"When a system user is created, wait 2 hours, then send them a new password, unless they use the API. Their old password works until they have changed it. Reaching more than 100 people in an hour needs approval. Whoever has not used it after half of its time is reminded once.": {func(a *rekey.Automation) {
			a.EventType, a.JobParams = rekey.UserCreated, rekey.SendParams{UseEventParameter: true, OldPassword: rekey.KeepUntilChanged, Remind: "50%"}.JSON()
		}, names},
		"When somebody asks for a new password on the log-in page, wait 2 hours, then send them a new password, unless they use the API. Their old password works until they have changed it.": {func(a *rekey.Automation) {
			a.EventType = rekey.PasswordResetRequested
		}, names},
		"When a system user is created, choose a job, unless they use the API.": {func(a *rekey.Automation) {
			*a = rekey.Automation{EventType: rekey.UserCreated}
		}, names},
		"When a system user is locked out, send them a new password, unless they use the API. Their old password works until they have changed it. Reaching more than 100 people in an hour needs approval. Only on Monday to Friday, from 1 December 2026, 08:00 CET, until 1 July 2027, 00:00 CEST.": {func(a *rekey.Automation) {
			a.Delay = rekey.Delay{}
			a.TimeFrame = rekey.TimeFrame{
				Start: time.Date(2026, 12, 1, 7, 0, 0, 0, time.UTC), End: time.Date(2027, 6, 30, 22, 0, 0, 0, time.UTC), Days: rekey.Weekdays[:5],
			}
		}, names},
		"When a system user is locked out, wait 2 hours, then send them a new password, unless they use the API. Their old password stops working once the mail is sent. It returns if the new one goes unused. For users of a directory, it works until they have changed it. Reaching more than 100 people in an hour needs approval.": {
			params(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.ReplaceWhenSent}), sentence.Names{Directories: true},
		},
		"When a system user is locked out, send them a new password, unless they use the API. Their old password works until they have changed it. Reaching more than 100 people in an hour needs approval.": {func(a *rekey.Automation) {
			a.Delay = rekey.Delay{}
		}, sentence.Names{Directories: true}},
		"When a system user is locked out, wait 2 hours, then send them a new password, unless they use the API. Their old password, sessions and tokens end at once. For users of a directory, it ends before the mail is sent. Reaching more than 100 people in an hour needs approval.": {
			params(rekey.SendParams{UseEventParameter: true, OldPassword: rekey.RevokeAtOnce}), sentence.Names{Directories: true},
		},
	} {
		a := locked()
		c.change(&a)
		if got := sentence.Text(sentence.Of(a, c.names)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestMissingPartsLeadToTheirFields(t *testing.T) {
	t.Parallel()
	a := locked()
	a.EventType, a.JobParams, a.Delay.Value = "", nil, 0
	var missing []string
	for _, p := range sentence.Of(a, names) {
		if p.Missing {
			missing = append(missing, p.Field)
		}
	}
	if len(missing) != 3 || missing[0] != "event_type" || missing[1] != "delay.value" || missing[2] != "job_params.system_user" {
		t.Errorf("got %v", missing)
	}
}
