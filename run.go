package rekey

import "time"

// RunState says how far one execution of an automation has come.
//
//	waiting ──due──► planning ──► sending ──► finished
//	   │              │  ▲         │ ▲   │
//	   │     ceiling, ▼  │ approved│ │   │
//	   │     owner   held, or the  │ │   └─► cancelled
//	   │     blocked  │  owner back│ │
//	   └──────────────┴─────► cancelled, failed
//	                               ▼ │ approved
//	                              held, stopped in a wave
//
// A small run is planned in one transaction, which takes it from waiting to
// sending. A large run is planned in parts and is in the state planning meanwhile.
// Nothing is sent before the whole run is planned.
//
// In a run in waves all deliveries are held first. Then it is sending, and each wave queues
// some of them, after all checks. Candidates is then the number of all these deliveries,
// Looked the number of those whose wave has begun, and Recipients of those that were queued.
type RunState string

// The states of a run.
const (
	RunWaiting   RunState = "waiting"   // its due time has not come
	RunPlanning  RunState = "planning"  // who gets a password is being decided, part by part
	RunSending   RunState = "sending"   // its deliveries are planned and on their way
	RunHeld      RunState = "held"      // waits for a person; touches nobody
	RunFinished  RunState = "finished"  // nothing is left to send, or a trial has ended
	RunCancelled RunState = "cancelled" // by hand, because its automation is not active, or due after the time frame
	RunFailed    RunState = "failed"    // could not be executed; touched nobody
)

// RunPhase says which step of a large run is done part by part. Each part stores
// how far it has come, so after a crash the next part continues there.
type RunPhase string

// The phases. Run.Place is empty when a phase begins. Phase is "" when the run is
// not in one.
const (
	PhasePlan    RunPhase = "plan"    // chooses who gets a password
	PhaseHold    RunPhase = "hold"    // the same, if there may be more than the ceiling allows
	PhaseRelease RunPhase = "release" // checks the held deliveries again
	PhaseEnd     RunPhase = "end"     // ends the deliveries of a run that has ended or is undone
)

// Run is one execution of an automation for one event.
type Run struct {
	ID           string
	AutomationID string
	EventID      string
	// ActsFor is the id of the system user with whose authority the run acts; ""
	// for the automation's owner.
	ActsFor string
	JobType string // that of the automation
	State   RunState
	Reason  Reason
	Detail  string // for people, such as the error of a condition
	DueAt   time.Time
	AskedBy Asker
	// Trial: the run sends nothing, because its automation was in trial when the event
	// came, when the run was executed, or at ISSUE. It stays a trial. Deliveries that had
	// a password before go on.
	Trial bool

	Phase RunPhase
	Place string // how far the phase has come; opaque
	// Candidates is the number of people to look at, Looked the number already
	// looked at. Recipients is the number of those that passed all checks.
	Candidates, Looked, Recipients int
	// Spent is what the selection has cost so far, in its units.
	Spent uint64
	// AutomationVersion is the version of the automation with which the run is
	// planned; 0 before that.
	AutomationVersion int64
	// WaveAt is when the next wave begins; zero if none is to come.
	WaveAt time.Time
	// RestAtOnce: the next wave takes everybody who waits.
	RestAtOnce bool
	// Outcomes are those of all its mails. Before are those from before the people by whom
	// the run is judged now; they are unknown if Before.Ended is negative.
	Outcomes, Before Outcomes
	// ApprovedBy is the id of the system user who approved a held run.
	ApprovedBy string
	// UndoneAt is when a person undid the run; zero if nobody did. UndoneBy is their id. So
	// far, the mailed passwords of UndoneEnded people have ended, and UndoneKept people kept
	// theirs; it goes on while Phase is PhaseEnd.
	UndoneAt                time.Time
	UndoneBy                string
	UndoneEnded, UndoneKept int

	CreatedAt  time.Time
	StartedAt  time.Time // when its planning began
	FinishedAt time.Time
	UpdatedAt  time.Time
	// Reopened: it has ended before, and is sending again because a delivery was retried
	// by hand. Its end starts no other automation.
	Reopened bool
}

// SendsPasswords reports whether the deliveries of the run are passwords, and not messages.
func (r Run) SendsPasswords() bool { return r.JobType != NotifyAddress }

// Undone reports whether a person undid the run.
func (r Run) Undone() bool { return !r.UndoneAt.IsZero() }

// Held reports whether the run waits for approval: it reaches too many people, or was
// stopped in a wave.
func (r Run) Held() bool { return r.State == RunHeld && (r.Reason == ReasonCeiling || r.Stopped()) }

// Stopped reports whether the run was stopped in a wave.
func (r Run) Stopped() bool {
	return r.State == RunHeld && (r.Reason == ReasonStopped || r.Reason == ReasonStoppedByHand)
}

// Waiting is how many people wait for approval or for their wave.
func (r Run) Waiting() int {
	switch {
	case r.State == RunHeld && r.Reason == ReasonCeiling:
		return r.Recipients
	case r.WaveAt.IsZero() || r.State != RunHeld && r.State != RunSending:
		return 0
	default:
		return r.Candidates - r.Looked
	}
}

// HeldRuns counts the held runs of an automation, up to a moment.
type HeldRuns struct {
	Runs     int       `json:"runs" doc:"How many wait for approval and can be approved."`
	People   int       `json:"people" doc:"How many people they would reach in all; a person on several lists counts for each."`
	Halted   int       `json:"halted" doc:"How many of these stopped themselves, because too many mails were refused."`
	Outdated int       `json:"outdated" doc:"How many were planned before the automation was changed; these can only be cancelled."`
	Stopped  int       `json:"stopped" doc:"How many wait for the automation's owner, who is blocked."`
	Until    time.Time `json:"until,omitzero" doc:"When the last of them was held."`
}

// All is the number of all held runs.
func (h HeldRuns) All() int { return h.Runs + h.Outdated + h.Stopped }

// Reason is a code that says why something did not happen. Text explains it to
// people.
type Reason string

// Why a delivery was skipped, in the order of the checks.
const (
	ReasonNotSystemUser Reason = "not_a_system_user"
	ReasonBlocked       Reason = "blocked"
	// The next six are only for users of a directory.
	ReasonProtected       Reason = "protected_in_directory"
	ReasonLockedThere     Reason = "locked_in_directory" // by an administrator
	ReasonImportOnly      Reason = "directory_only_imported"
	ReasonNeedsOld        Reason = "old_password_needed_in_directory"
	ReasonAddressHeld     Reason = "address_changed_in_directory"
	ReasonNoRevoke        Reason = "not_revocable_in_directory"
	ReasonAPIUser         Reason = "api_user"
	ReasonNotOwners       Reason = "not_the_owners_to_set"
	ReasonNotPosters      Reason = "not_the_posters_to_set" // of a test event
	ReasonNotChains       Reason = "not_the_chains_to_set"  // of an earlier run in a chain
	ReasonOutsiders       Reason = "outsiders_have_a_say"   // and the old password is not kept
	ReasonNotSelected     Reason = "not_in_selection"
	ReasonNotEvaluated    Reason = "selection_not_evaluated"
	ReasonAlreadyBeing    Reason = "already_being_sent"
	ReasonThreeInADay     Reason = "three_in_24_hours"
	ReasonThreeUnused     Reason = "three_unused"
	ReasonTooOften        Reason = "too_often"
	ReasonRevokedRecently Reason = "revoked_recently"
	// The next two are only where one person sends to several.
	ReasonSentLately Reason = "sent_in_4_hours"
	ReasonIn         Reason = "in" // see Standing
	// The next two are only for messages.
	ReasonNotListed   Reason = "domain_not_listed"
	ReasonNotViewable Reason = "not_viewable"
	// ReasonLastAdministrator: no other active Administrator would be left with
	// a chosen password.
	ReasonLastAdministrator Reason = "last_administrator"
)

// Why a delivery ended in another way.
const (
	ReasonNoPassword     Reason = "no_password_found"
	ReasonRefused        Reason = "refused"
	ReasonDeferred       Reason = "deferred"
	ReasonUnanswered     Reason = "unanswered"
	ReasonTransport      Reason = "transport_down"
	ReasonGaveUp         Reason = "gave_up"
	ReasonAddressChanged Reason = "address_changed"
	ReasonUserDeleted    Reason = "user_deleted"
	ReasonReplaced       Reason = "replaced_by_later"
	// ReasonReplacedUnsent: a newer run replaced it before a mail server accepted
	// it. All other superseded deliveries were sent.
	ReasonReplacedUnsent Reason = "replaced_before_sent"
	ReasonRevoked        Reason = "revoked"
	ReasonUnreadable     Reason = "seal_unreadable"
	ReasonNotComposed    Reason = "mail_not_composed"
	// The next four are only for users of a directory.
	ReasonDirectoryGone    Reason = "gone_from_directory"
	ReasonAddressElsewhere Reason = "other_address_in_directory"
	ReasonChangedThere     Reason = "changed_in_directory"
	ReasonDirectoryRefused Reason = "refused_by_directory"
	// ReasonChosenMeanwhile: its user chose a password before it was sent.
	ReasonChosenMeanwhile Reason = "chosen_meanwhile"
	// ReasonInDigest: the message was told in another one to its address.
	ReasonInDigest Reason = "told_in_digest"
	// ReasonUndone: a person undid the run. It is also that of the run, if it had not ended.
	ReasonUndone Reason = "undone"
)

// Why a delivery waits, or is queued again.
const (
	// ReasonDirectoryDown: the directory where its user lives does not answer.
	ReasonDirectoryDown Reason = "directory_down"
	// ReasonDigest: its address has got as many messages as it may in an hour.
	ReasonDigest Reason = "waits_for_digest"
	// ReasonPaused: sending was paused before it was mailed, or before that was
	// certain. No limit keeps it back, because its old password may be revoked
	// already.
	ReasonPaused Reason = "paused"
)

// Why a delivery is held.
const (
	ReasonWaits Reason = "waits_for_wave"
	// ReasonStopped: the run stopped itself, because too many mails were refused.
	ReasonStopped       Reason = "stopped_itself"
	ReasonStoppedByHand Reason = "stopped_by_hand"
)

// Why a run did not send.
const (
	ReasonCancelledByHand    Reason = "cancelled_by_hand"
	ReasonAutomationInactive Reason = "automation_not_active"
	ReasonAutomationGone     Reason = "automation_gone"
	ReasonAfterEnd           Reason = "after_time_frame"
	ReasonOwnerBlocked       Reason = "owner_blocked"
	ReasonOwnerGone          Reason = "owner_gone"
	ReasonSelectionBroken    Reason = "selection_broken"
	ReasonBadParameters      Reason = "parameters_not_valid"
	ReasonNamesUsers         Reason = "event_names_users"
	ReasonCeiling            Reason = "above_ceiling"
	ReasonNotApproved        Reason = "not_approved"
	ReasonAutomationChanged  Reason = "automation_changed"
	ReasonAskedLongAgo       Reason = "asked_long_ago"
	ReasonLoop               Reason = "loop"
	ReasonChainTooLong       Reason = "chain_too_long"
	// ReasonMissed: no server ran when the schedule was reached, nor for CatchUp after it.
	ReasonMissed Reason = "missed"
	// ReasonRestored: it is not known whether the run was executed after the
	// backup.
	ReasonRestored Reason = "restored"
)

var reasonTexts = map[Reason]string{
	ReasonNotSystemUser:   "not a system user",
	ReasonBlocked:         "blocked",
	ReasonProtected:       "a privileged account of the directory",
	ReasonLockedThere:     "locked by an administrator of the directory",
	ReasonImportOnly:      "Rekey does not write to their directory",
	ReasonNeedsOld:        "the directory wants the old password for each change, so Rekey cannot set a new one",
	ReasonAddressHeld:     "the address changed in the directory, and nobody has confirmed it yet",
	ReasonNoRevoke:        "the directory's policy forbids a new password so soon, so the old one cannot be revoked",
	ReasonAPIUser:         "uses the API",
	ReasonNotOwners:       "the automation's owner may not set this password",
	ReasonNotPosters:      "the person who posted the test event may not set this password",
	ReasonNotChains:       "the owner of an earlier automation in the chain may not set this password",
	ReasonOutsiders:       "outsiders can choose whom the event names, so the old password must be kept",
	ReasonNotSelected:     "not in the selection",
	ReasonNotEvaluated:    "the selection could not be evaluated for this person",
	ReasonAlreadyBeing:    "a new password is already on its way",
	ReasonThreeInADay:     "already got three passwords in 24 hours",
	ReasonThreeUnused:     "the last three mailed passwords were never used",
	ReasonTooOften:        "asked for a new password too often",
	ReasonRevokedRecently: "the password was already revoked in the last hour",

	ReasonSentLately: "already got a new password in the last 4 hours",
	ReasonIn:         "they have chosen a password since",

	ReasonNotListed:   "neither a system user nor in a domain that the settings list for messages",
	ReasonNotViewable: "the automation's owner may not view this person",

	ReasonLastAdministrator: "no other Administrator has a password of their own",

	ReasonNoPassword:     "no password could be generated without parts of their name",
	ReasonRefused:        "the mail server refused the message",
	ReasonDeferred:       "the mail server asked to try later, or did not answer",
	ReasonUnanswered:     "the mail server got the message but did not answer, so the mail may arrive; Rekey waits before it sends a copy",
	ReasonTransport:      "the mail server cannot be reached, or refuses all mail at the moment",
	ReasonGaveUp:         "no mail server accepted the message in 24 hours",
	ReasonAddressChanged: "the address was changed",
	ReasonUserDeleted:    "the system user was deleted",
	ReasonReplaced:       "a newer password replaced it",
	ReasonReplacedUnsent: "not sent: a newer run replaced it",
	ReasonRevoked:        "the password was revoked",
	ReasonUnreadable:     "the encrypted mail could not be opened",
	ReasonNotComposed:    "the mail could not be composed from its template",
	ReasonPaused:         "sending was paused before the mail went out",

	ReasonDirectoryDown:    "the directory cannot be reached",
	ReasonDirectoryGone:    "the account is no longer in the directory",
	ReasonAddressElsewhere: "the directory has another address by now",
	ReasonChangedThere:     "the password was changed in the directory at the same moment",
	ReasonDirectoryRefused: "the directory did not let Rekey set a password",

	ReasonChosenMeanwhile: "they have already chosen a password",
	ReasonInDigest:        "told in one mail with other messages, because more than six came in an hour",
	ReasonUndone:          "the run was undone",

	ReasonDigest: "six messages went there in the last hour, so it is told later, together with others",

	ReasonWaits:         "waits for its wave",
	ReasonStopped:       "the run stopped itself, because too many mails were refused",
	ReasonStoppedByHand: "the run was stopped by hand",

	ReasonCancelledByHand:    "cancelled by hand",
	ReasonAutomationInactive: "the automation is no longer active",
	ReasonAutomationGone:     "the automation was deleted",
	ReasonAfterEnd:           "due after the end of the time frame",
	ReasonOwnerBlocked:       "the person it acts for is blocked",
	ReasonOwnerGone:          "the person it acts for was deleted",
	ReasonSelectionBroken:    "the selection could not be calculated",
	ReasonBadParameters:      "the job's parameters are no longer valid",
	ReasonNamesUsers:         "the event names system users, but 'everybody in the selection' is only for events that name nobody",
	ReasonCeiling:            "more people than the ceiling allows",
	ReasonNotApproved:        "nobody approved it in 7 days",
	ReasonAutomationChanged:  "the automation was changed before the run had reached everybody",
	ReasonLoop:               "the automation has already run in this chain",
	ReasonChainTooLong:       "8 automations have already run in this chain",
	ReasonRestored:           "a backup was restored, and what happened after the backup is unknown",
	ReasonMissed:             "no server ran at that moment, nor in the 24 hours after it",
	ReasonAskedLongAgo:       "requested more than 4 hours ago, while sending was paused",
}

// Text returns the reason in words, as the end of a sentence: "skipped: …".
func (r Reason) Text() string {
	if text, ok := reasonTexts[r]; ok {
		return text
	}
	return string(r)
}
