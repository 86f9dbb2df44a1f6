package console

import (
	"net/http"
	"strings"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
)

// runLive returns the parts of a run's page that change while it executes.
func (c *Console) runLive(r *http.Request, run admin.RunView, e rekey.Event) view.Run {
	n := tallyOf(run.Tallies)
	return view.Run{
		State: runState(run.Run, n), Steps: c.runSteps(r, run.Run, e),
		Progress: progressOf(n), Sentences: c.runSentences(r, run),
	}
}

func progressOf(n tally) view.Progress {
	p := view.Progress{Max: n.toSend(), Value: n.done()}
	parts := []string{view.Count(p.Value) + " of " + view.Count(p.Max), "sent " + view.Count(n.sent)}
	for _, part := range []struct {
		word string
		n    int64
	}{{"failed", n.failed}, {"superseded", n.superseded}, {"cancelled", n.cancelled}, {"held", n.held}, {"queued", n.queued}, {"sending", n.underWay}, {"deferred", n.deferred}} {
		if part.n > 0 {
			parts = append(parts, part.word+" "+view.Count(part.n))
		}
	}
	p.Text = strings.Join(parts, " · ")
	return p
}

// runSteps are the steps of a run, from the event on.
func (c *Console) runSteps(r *http.Request, run rekey.Run, e rekey.Event) []view.Step {
	steps := c.firstSteps(r, run, e)
	sending, end := view.Step{Name: "sending", State: view.StepAhead}, view.Step{Name: "done", State: view.StepAhead}
	if !run.StartedAt.IsZero() {
		sending.State = view.StepTaken
	}
	switch run.State {
	case rekey.RunPlanning:
		steps[len(steps)-1].State, sending.State = view.StepNow, view.StepAhead
	case rekey.RunSending:
		sending.State = view.StepNow
	case rekey.RunHeld:
		held := view.Step{Name: "held", State: view.StepNow}
		if run.Stopped() {
			return append(steps, sending, held, end)
		}
		sending.State = view.StepAhead
		return append(steps, held, sending, end)
	case rekey.RunCancelled:
		end.Name, end.State = "cancelled", view.StepFailed
	case rekey.RunFailed:
		end.Name, end.State = "failed", view.StepFailed
	case rekey.RunFinished:
		end.State = view.StepTaken
	default:
	}
	if end.At = c.moment(r, run.FinishedAt); end.At.Known() && !run.StartedAt.IsZero() {
		end.Took = view.Took(run.FinishedAt.Sub(run.StartedAt))
	}
	if end.State == view.StepFailed && run.StartedAt.IsZero() { // the steps between were never reached
		return append(steps, end)
	}
	if run.Trial {
		return append(steps, end)
	}
	return append(steps, sending, end)
}

// firstSteps are the steps until recipients are decided. An event is received, and
// its runs are made, in one transaction.
func (c *Console) firstSteps(r *http.Request, run rekey.Run, e rekey.Event) []view.Step {
	now := c.Clock()
	due := view.Step{Name: "due", At: c.moment(r, run.DueAt), State: view.StepTaken}
	if wait := run.DueAt.Sub(run.CreatedAt); wait > 0 {
		due.Took = view.Took(wait)
	}
	checked := view.Step{Name: "checked", At: c.moment(r, run.StartedAt), State: view.StepAhead}
	switch {
	case !run.StartedAt.IsZero():
		checked.State, checked.Took = view.StepTaken, view.Took(run.StartedAt.Sub(latest(run.DueAt, run.CreatedAt)))
	case run.State == rekey.RunWaiting && run.DueAt.After(now):
		due.State = view.StepNow
	case run.State == rekey.RunWaiting:
		checked.State = view.StepNow
	case run.State == rekey.RunCancelled && run.FinishedAt.Before(run.DueAt):
		due.State = view.StepAhead
	}
	return []view.Step{
		{Name: "received", At: c.moment(r, e.Received), State: view.StepTaken},
		{Name: "matched", At: c.moment(r, run.CreatedAt), Took: view.Took(run.CreatedAt.Sub(e.Received)), State: view.StepTaken},
		due, checked,
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// runSentences explain what the counts do not show.
func (c *Console) runSentences(r *http.Request, run admin.RunView) []string {
	n := tallyOf(run.Tallies)
	one, _ := whatIsSent(run.Run)
	var texts []string
	add := func(text string) {
		if text != "" {
			texts = append(texts, text)
		}
	}
	if run.Trial {
		add(triedText(run.Run, n))
	}
	switch run.State {
	case rekey.RunWaiting:
		due := c.moment(r, run.DueAt)
		add("It is due on " + due.Text() + ". The recipients are calculated then.")
	case rekey.RunPlanning:
		add("The recipients are being calculated: " + lookedText(run.Run) + ". Nothing is sent until this is finished.")
	case rekey.RunHeld:
		add(heldText(run))
	case rekey.RunCancelled:
		add("Cancelled: " + run.Reason.Text() + ".")
		if n.sent > 0 && !run.Undone() && run.SendsPasswords() {
			add("Passwords that were sent before stay valid.")
		}
	case rekey.RunFailed:
		add("It could not be executed, so nothing was sent: " + run.Reason.Text() + ".")
	case rekey.RunSending:
		add(c.wavesText(r, run))
		add(c.postponedText(r, run))
	case rekey.RunFinished:
		if why := nobodyText(run); why != "" && !run.Trial {
			add("Nobody got a " + one + ". " + why)
		}
	default:
	}
	if run.State != rekey.RunHeld && (!run.Trial || run.Reason != rekey.ReasonCeiling) {
		add(run.Detail)
	}
	add(supersededText(n))
	if n.skipped > 0 && (n.all > n.skipped || run.Trial) {
		add("Skipped: " + skippedText(run.Tallies))
	}
	if n.failed > 0 {
		add(view.Plural(n.failed, "person", "people") + " did not get a " + one + ". The tab Failed says why, and what to do.")
	}
	if wait := n.queuedThere + n.deferredThere; wait > 0 {
		add(view.Plural(wait, "person waits", "people wait") + ": the directory cannot be reached. Rekey tries again every minute. Old passwords still work, unless they were revoked.")
	}
	if n := n.deferred - n.deferredThere; n > 0 {
		add(view.Plural(n, "mail is delayed.", "mails are delayed.") + " Rekey retries automatically, for up to 24 hours.")
	}
	return texts
}

// heldText says what a held run waits for.
func heldText(run admin.RunView) string {
	if run.Stopped() {
		return stoppedText(run)
	}
	if !run.Held() {
		return "It waits, and nothing is sent: " + run.Reason.Text() + ". It continues when they are restored or the automation has a new owner."
	}
	detail := ""
	if run.Detail != "" {
		detail = " (" + run.Detail + ")"
	}
	return "It would send " + view.Plural(run.Recipients, "person", "people") + " a new password, which is more than the ceiling allows" + detail + ". Another person than the owner, or an Administrator, must approve it. Until then, nothing is sent. After 7 days it is cancelled."
}

// postponedText says why the queued deliveries of a run wait; "" if they do not.
func (c *Console) postponedText(r *http.Request, run admin.RunView) string {
	if run.Postponed.IsZero() {
		return ""
	}
	next := c.moment(r, run.Postponed)
	text := "It waits, because the mail server cannot be reached or accepts no mail. Next attempt at " + next.Text() + "."
	if run.Revokes {
		text += " Old passwords are revoked only when mail can be sent. Until then they still work."
	}
	return text
}
