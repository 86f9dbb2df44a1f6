package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

// runState is the state of a run in a word. A run that ended with failures, or
// that sent nothing, is not green.
func runState(run rekey.Run, n tally) view.State {
	state := runStates[run.State]
	if run.Undone() {
		return view.State{Color: view.Grey, Word: "Undone"}
	}
	if run.Trial && n.failed == 0 {
		return triedState(run, state)
	}
	if run.State == rekey.RunFinished {
		switch {
		case n.failed > 0:
			state.Color = view.Red
		case n.sent == 0:
			state.Color = view.Grey
		}
	}
	return state
}

// tally counts the deliveries of a run. A mail server has accepted those in sent,
// and not those in superseded.
type tally struct {
	all, sent, held, queued, underWay, deferred, failed, skipped, superseded, cancelled int64
	// would counts the deliveries of a trial that would have been sent.
	would int64
	// queuedThere and deferredThere count those of queued and deferred that wait for a
	// directory.
	queuedThere, deferredThere int64
}

// waiting counts the deliveries that have not ended.
func (n tally) waiting() int64 { return n.held + n.queued + n.underWay + n.deferred }

// toSend counts the deliveries that passed the checks.
func (n tally) toSend() int64 { return n.all - n.skipped - n.would }

// done counts those of toSend that have ended, in any way.
func (n tally) done() int64 { return n.toSend() - n.waiting() }

// over counts the deliveries that have ended, in any way.
func (n tally) over() int64 { return n.all - n.waiting() }

func tallyOf(tallies []rekey.Tally) tally {
	var n tally
	for _, t := range tallies {
		n.all += t.Count
		if t.Sent() {
			n.sent += t.Count
			continue
		}
		switch t.State {
		case rekey.DeliverySuperseded:
			n.superseded += t.Count
		case rekey.DeliveryHeld:
			n.held += t.Count
		case rekey.DeliveryQueued:
			if n.queued += t.Count; t.Reason == rekey.ReasonDirectoryDown {
				n.queuedThere += t.Count
			}
		case rekey.DeliveryIssued:
			n.underWay += t.Count
		case rekey.DeliveryDeferred:
			if n.deferred += t.Count; t.Reason == rekey.ReasonDirectoryDown {
				n.deferredThere += t.Count
			}
		case rekey.DeliveryFailed:
			n.failed += t.Count
		case rekey.DeliverySkipped:
			n.skipped += t.Count
		case rekey.DeliveryCancelled:
			n.cancelled += t.Count
		case rekey.DeliveryWouldBeSent:
			n.would += t.Count
		default:
		}
	}
	return n
}

// skipWords are the reasons for skipping one person, and several.
var skipWords = map[rekey.Reason][2]string{
	rekey.ReasonNotSystemUser:     {"is not a system user", "are not system users"},
	rekey.ReasonBlocked:           {"is blocked", "are blocked"},
	rekey.ReasonNotListed:         {"is in no domain that the settings list", "are in no domain that the settings list"},
	rekey.ReasonNotViewable:       {"is somebody whom the owner may not view", "are people whom the owner may not view"},
	rekey.ReasonAPIUser:           {"uses the API", "use the API"},
	rekey.ReasonNotOwners:         {"has a password that the owner may not set", "have passwords that the owner may not set"},
	rekey.ReasonNotChains:         {"has a password that the owner of an earlier automation may not set", "have passwords that the owner of an earlier automation may not set"},
	rekey.ReasonNotPosters:        {"has a password that the poster of the test event may not set", "have passwords that the poster of the test event may not set"},
	rekey.ReasonNotSelected:       {"is not in the selection", "are not in the selection"},
	rekey.ReasonNotEvaluated:      {"could not be checked by the selection", "could not be checked by the selection"},
	rekey.ReasonAlreadyBeing:      {"is already being sent a password", "are already being sent a password"},
	rekey.ReasonThreeInADay:       {"already got three passwords in 24 hours", "were mailed three passwords in 24 hours"},
	rekey.ReasonThreeUnused:       {"never used the last three mailed passwords", "never used the last three mailed passwords"},
	rekey.ReasonTooOften:          {"asked for a new password too often", "asked for a new password too often"},
	rekey.ReasonRevokedRecently:   {"was already revoked in the last hour", "were already revoked in the last hour"},
	rekey.ReasonSentLately:        {"already got a new password in the last 4 hours", "already got a new password in the last 4 hours"},
	rekey.ReasonIn:                {"has chosen a password since", "have chosen a password since"},
	rekey.ReasonLastAdministrator: {"is the only Administrator with a password of their own", "are the only Administrators with a password of their own"},
	rekey.ReasonProtected:         {"has a privileged account of the directory", "have privileged accounts of the directory"},
	rekey.ReasonLockedThere:       {"is locked by an administrator of the directory", "are locked by an administrator of the directory"},
	rekey.ReasonImportOnly:        {"lives in a directory that Rekey does not write to", "live in a directory that Rekey does not write to"},
	rekey.ReasonNeedsOld:          {"has a directory that wants the old password for each change", "have a directory that wants the old password for each change"},
	rekey.ReasonAddressHeld:       {"has a new address in the directory that nobody has confirmed yet", "have new addresses in the directory that nobody has confirmed yet"},
	rekey.ReasonNoRevoke:          {"has an old password that the directory's policy does not let Rekey revoke", "have old passwords that the directory's policy does not let Rekey revoke"},
	rekey.ReasonDirectoryGone:     {"is no longer in the directory", "are no longer in the directory"},
	rekey.ReasonAddressElsewhere:  {"has another address in the directory by now", "have other addresses in the directory by now"},
	rekey.ReasonOwnerBlocked:      {"was skipped, because the person the run acts for is blocked", "were skipped, because the person the run acts for is blocked"},
	rekey.ReasonOwnerGone:         {"was skipped, because the person the run acts for was deleted", "were skipped, because the person the run acts for was deleted"},
	rekey.ReasonAutomationGone:    {"was skipped, because the automation was deleted", "were skipped, because the automation was deleted"},
}

// skipText says how many people were skipped for a reason: "2 use the API".
func skipText(reason rekey.Reason, n int64) string {
	words, known := skipWords[reason]
	if !known {
		return view.Count(n) + ": " + reason.Text()
	}
	if n == 1 {
		return "1 " + words[0]
	}
	return view.Count(n) + " " + words[1]
}

// skipped returns the tallies of skipped deliveries, the most frequent first.
func skipped(tallies []rekey.Tally) []rekey.Tally {
	list := slices.DeleteFunc(slices.Clone(tallies), func(t rekey.Tally) bool { return t.State != rekey.DeliverySkipped })
	slices.SortStableFunc(list, func(a, b rekey.Tally) int { return cmp.Compare(b.Count, a.Count) })
	return list
}

// skippedText says who was skipped: "2 use the API, 1 is blocked."; "" if
// nobody was.
func skippedText(tallies []rekey.Tally) string {
	var parts []string
	for _, t := range skipped(tallies) {
		parts = append(parts, skipText(t.Reason, t.Count))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + "."
}

// hiddenText says how many people the reader may not view.
func hiddenText(n int64) string {
	if n == 0 {
		return ""
	}
	return "And " + view.Count(n) + " that you may not view."
}

// whyText explains a run in a list where its counts do not.
func (c *Console) whyText(r *http.Request, run admin.RunView) string {
	n := tallyOf(run.Tallies)
	if run.Trial && run.State == rekey.RunFinished {
		return strings.TrimSpace(triedText(run.Run, n) + " " + skippedText(run.Tallies))
	}
	switch run.State {
	case rekey.RunWaiting:
		return "Due " + c.moment(r, run.DueAt).Relative() + "."
	case rekey.RunPlanning:
		return lookedText(run.Run) + "."
	case rekey.RunHeld, rekey.RunCancelled, rekey.RunFailed:
		if run.Held() && run.Detail != "" {
			return inSentence(run.Detail)
		}
		return inSentence(run.Reason.Text())
	case rekey.RunSending:
		text := progressOf(n).Text
		if wave := c.moment(r, run.WaveAt); wave.Known() {
			text += " · next wave " + wave.Relative()
		}
		return text + "."
	default:
	}
	if n.superseded > 0 {
		return supersededText(n)
	}
	return nobodyText(run)
}

// supersededText explains the deliveries that a newer run replaced before their
// mail was sent; "" if there are none.
func supersededText(n tally) string {
	if n.superseded == 0 {
		return ""
	}
	return view.Count(n.superseded) + " not sent: a newer run replaced " + map[bool]string{true: "it", false: "them"}[n.superseded == 1] + "."
}

// lookedText says how far the planning of a run is.
func lookedText(run rekey.Run) string {
	return view.Count(run.Looked) + " of about " + view.Count(max(run.Candidates, run.Looked)) + " checked"
}

// nobodyText says why an ended run reached nobody; "" if it reached somebody.
func nobodyText(run admin.RunView) string {
	n := tallyOf(run.Tallies)
	switch {
	case n.all > n.skipped:
		return ""
	case n.skipped > 0:
		return skippedText(run.Tallies)
	case run.Hidden > 0:
		return hiddenText(run.Hidden)
	default:
		return "The event named nobody."
	}
}

// inSentence makes a sentence of a phrase.
func inSentence(phrase string) string {
	if phrase == "" {
		return ""
	}
	phrase = capital(phrase)
	if strings.HasSuffix(phrase, ".") {
		return phrase
	}
	return phrase + "."
}

// shortID is the last 8 characters of an id. The first ones are the time, which ids
// of one moment share.
func shortID(id string) string { return id[max(0, len(id)-8):] }

// automationName is the name of a run's automation, which may be deleted.
func automationName(name string) string { return cmp.Or(name, "A deleted automation") }
