package rekey

import "time"

// RunState is where one execution of an automation is.
//
//	waiting ──due──► planning ──► sending ──► finished
//	   │              │  ▲           │
//	   │     ceiling, ▼  │ approved  │
//	   │     owner   held, or the    └─────► cancelled
//	   │     blocked  │  owner back
//	   └──────────────┴─────► cancelled, failed
//
// A small run is planned in the transaction that takes it from waiting to
// sending; a large one in parts, and is planning meanwhile. Nothing is sent
// before all of it is planned.
type RunState string

// The states of a run.
const (
	RunWaiting   RunState = "waiting"   // for its due time
	RunPlanning  RunState = "planning"  // who gets a password is being decided, part by part
	RunSending   RunState = "sending"   // its deliveries are planned and on their way
	RunHeld      RunState = "held"      // waits for somebody; touches nobody
	RunFinished  RunState = "finished"  // every delivery has come to an end of its sending
	RunCancelled RunState = "cancelled" // by hand, its automation is not active any more, or due after its end
	RunFailed    RunState = "failed"    // could not be executed; touched nobody
)

// RunPhase is what is being done with a large run part by part. What a part has
// done is stored with it, so that a crash goes on there.
type RunPhase string

// The phases. Each begins with Run.Place empty, and after it there is none.
const (
	PhasePlan    RunPhase = "plan"    // chooses who gets a password
	PhaseHold    RunPhase = "hold"    // the same, where they may be more than the ceiling
	PhaseRelease RunPhase = "release" // puts those held through the checks again
	PhaseEnd     RunPhase = "end"     // ends deliveries of a run that has come to its end
)

// Run is one execution of an automation for one event.
type Run struct {
	ID           string
	AutomationID string
	EventID      string
	// ActsFor is the id of the system user with whose authority the run acts,
	// where that is not the automation's owner.
	ActsFor string
	State   RunState
	Reason  Reason
	Detail  string // what exactly, for people: the error of a condition
	DueAt   time.Time
	AskedBy Asker

	Phase RunPhase
	Place string // up to where the phase has come; opaque
	// Candidates is how many there are to be looked at, Looked how many have
	// been, and Recipients how many of those remained after all checks.
	Candidates, Looked, Recipients int
	// Spent is what the selection has cost so far, in its units.
	Spent uint64
	// AutomationVersion is the version of the automation by which the run is
	// planned; 0 before it is.
	AutomationVersion int64
	// ApprovedBy is the id of whoever approved a run that was held.
	ApprovedBy string

	CreatedAt  time.Time
	StartedAt  time.Time // when it executed
	FinishedAt time.Time
	UpdatedAt  time.Time
}

// Held reports whether the run waits for somebody's approval of how many people
// it reaches.
func (r Run) Held() bool { return r.State == RunHeld && r.Reason == ReasonCeiling }

// HeldRuns is how many runs of an automation are held, up to a moment.
type HeldRuns struct {
	Runs     int       `json:"runs" doc:"How many wait for approval and can get it."`
	People   int       `json:"people" doc:"How many people those would reach in all; who is on the lists of several counts for each."`
	Outdated int       `json:"outdated" doc:"How many were planned before the automation was changed: they can only be cancelled."`
	Stopped  int       `json:"stopped" doc:"How many wait for the automation's owner, who is blocked."`
	Until    time.Time `json:"until,omitzero" doc:"When the last of them was held."`
}

// All is how many are held, for whatever reason.
func (h HeldRuns) All() int { return h.Runs + h.Outdated + h.Stopped }

// Reason is why something did not happen, as a code. Text says it to people.
type Reason string

// Why a delivery was skipped, in the order of the checks.
const (
	ReasonNotSystemUser   Reason = "not_a_system_user"
	ReasonBlocked         Reason = "blocked"
	ReasonAPIUser         Reason = "api_user"
	ReasonNotOwners       Reason = "not_the_owners_to_set"
	ReasonNotPosters      Reason = "not_the_posters_to_set" // of a test event
	ReasonNotSelected     Reason = "not_in_selection"
	ReasonNotEvaluated    Reason = "selection_not_evaluated"
	ReasonAlreadyBeing    Reason = "already_being_sent"
	ReasonThreeInADay     Reason = "three_in_24_hours"
	ReasonThreeUnused     Reason = "three_unused"
	ReasonTooOften        Reason = "too_often"
	ReasonRevokedRecently Reason = "revoked_recently"
	// ReasonLastAdministrator: no other active Administrator would be left with
	// a chosen password.
	ReasonLastAdministrator Reason = "last_administrator"
)

// Why a delivery ended otherwise.
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
	// ReasonReplacedUnsent: no mail server accepted it before a newer run took its
	// place. Of what is superseded, all else was sent.
	ReasonReplacedUnsent Reason = "replaced_before_sent"
	ReasonRevoked        Reason = "revoked"
	ReasonUnreadable     Reason = "seal_unreadable"
	ReasonNotComposed    Reason = "mail_not_composed"
	// ReasonChosenMeanwhile: its user chose a password before it was sent.
	ReasonChosenMeanwhile Reason = "chosen_meanwhile"
)

// Why a delivery waits, or is queued again.
const (
	// ReasonPaused: it was not mailed, or not for sure, before sending was paused.
	// Its old password may be revoked already, so no limit keeps it back.
	ReasonPaused Reason = "paused"
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
	// ReasonRestored: whether it was carried out since the backup is not known.
	ReasonRestored Reason = "restored"
)

var reasonTexts = map[Reason]string{
	ReasonNotSystemUser:   "not a system user",
	ReasonBlocked:         "blocked",
	ReasonAPIUser:         "uses the API",
	ReasonNotOwners:       "password not the owner's to set",
	ReasonNotPosters:      "password not to be set by whoever posted the test event",
	ReasonNotSelected:     "not in the selection",
	ReasonNotEvaluated:    "the selection could not be evaluated for them",
	ReasonAlreadyBeing:    "already being sent a password",
	ReasonThreeInADay:     "was mailed three passwords in 24 hours",
	ReasonThreeUnused:     "the last three mailed passwords were never used",
	ReasonTooOften:        "asked too often",
	ReasonRevokedRecently: "was revoked a short while ago",

	ReasonLastAdministrator: "no other Administrator has a password of their own",

	ReasonNoPassword:     "no password without parts of their name was found",
	ReasonRefused:        "the mail server refused the message",
	ReasonDeferred:       "the mail server asked to try later, or did not answer",
	ReasonUnanswered:     "the mail server took the message but did not answer, so it may arrive; Rekey waits before it sends a copy",
	ReasonTransport:      "the mail server cannot be reached, or refuses all mail at present",
	ReasonGaveUp:         "no mail server accepted the message in 24 hours",
	ReasonAddressChanged: "the address was changed",
	ReasonUserDeleted:    "the system user was deleted",
	ReasonReplaced:       "a later password took its place",
	ReasonReplacedUnsent: "not sent: a newer run replaced it",
	ReasonRevoked:        "the password was revoked",
	ReasonUnreadable:     "the sealed letter could not be opened",
	ReasonNotComposed:    "the mail could not be composed from its template",
	ReasonPaused:         "sending was paused before the mail went out",

	ReasonChosenMeanwhile: "they chose a password meanwhile",

	ReasonCancelledByHand:    "cancelled by hand",
	ReasonAutomationInactive: "the automation is not active any more",
	ReasonAutomationGone:     "the automation was deleted",
	ReasonAfterEnd:           "due after the end of the time frame",
	ReasonOwnerBlocked:       "the person it acts for is blocked",
	ReasonOwnerGone:          "the person it acts for was deleted",
	ReasonSelectionBroken:    "the selection could not be calculated",
	ReasonBadParameters:      "the job's parameters are not valid any more",
	ReasonNamesUsers:         "the event names system users, and everybody in the selection is only for one that names nobody",
	ReasonCeiling:            "more people than the ceiling allows",
	ReasonNotApproved:        "nobody approved it in 7 days",
	ReasonAutomationChanged:  "the automation was changed before all of the run was planned",
	ReasonRestored:           "a backup was restored, and what happened since it was made is not known",
	ReasonAskedLongAgo:       "asked for more than 4 hours ago, while sending was paused",
}

// Text returns the reason in words, as the end of a sentence: "skipped: …".
func (r Reason) Text() string {
	if text, ok := reasonTexts[r]; ok {
		return text
	}
	return string(r)
}
