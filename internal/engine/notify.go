package engine

import (
	"context"
	"slices"
	"time"

	"rekey"
)

// An automation's notices come at most once per noticeEvery, and noticeAfter the
// first failure or held run, so that one notice tells of all of them.
const (
	noticeEvery = time.Hour
	noticeAfter = time.Minute
	noticeOf    = 24 * time.Hour // older failures are left out
	noticeTo    = 50             // how many approvers get a notice at most
)

// notice is when notices about an automation are sent.
type notice struct {
	told time.Time // when the last one was sent
	next time.Time // when the next one is due; in the past if there is none
}

func noticeName(automationID string) string { return "notice " + automationID }

// toldName names the notice of one reader, because a notice may not reach all
// readers at once.
func toldName(automationID, userID string) string { return "notice " + automationID + " " + userID }

func readNotice(ctx context.Context, tx Tx, name string, now time.Time) (n notice, err error) {
	told, next, err := tx.Counter(ctx, name, now)
	if len(told) > 0 {
		n.told = told[0]
	}
	n.next = next
	return n, err
}

func (n notice) write(ctx context.Context, tx Tx, name string) error {
	return tx.PutCounter(ctx, name, []time.Time{n.told}, n.next, later(n.told, n.next).Add(noticeOf))
}

// noteFailures schedules a notice if any of the outcomes is a failure.
func (e *Engine) noteFailures(ctx context.Context, tx Tx, x Execution, outcomes []rekey.Delivery) error {
	if !slices.ContainsFunc(outcomes, failed) {
		return nil
	}
	return e.scheduleNotice(ctx, tx, x)
}

func failed(d rekey.Delivery) bool { return d.State == rekey.DeliveryFailed }

// scheduleNotice schedules a notice, unless one is scheduled already that will tell of the
// news.
func (e *Engine) scheduleNotice(ctx context.Context, tx Tx, x Execution) error {
	if x.Automation.OwnerID == "" {
		return nil
	}
	name := noticeName(x.Automation.ID)
	n, err := readNotice(ctx, tx, name, e.now())
	if err != nil || e.now().Before(n.next) {
		return err
	}
	n.next = later(e.now().Add(noticeAfter), n.told.Add(noticeEvery))
	tx.Enqueue(Task{Kind: TaskNotify, RunID: x.Run.ID, At: n.next})
	return n.write(ctx, tx, name)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Notify tells the owner of a run's automation how many of its deliveries have
// failed since the last notice, and whether its schedule was missed. If another run
// waits for approval, it tells the owner and the approvers how many wait. The mails
// have no secret. A mail waits while it cannot be sent, or while sending is paused.
func (e *Engine) Notify(ctx context.Context, runID string) error {
	run, err := e.store.Run(ctx, runID)
	if err != nil {
		return err
	}
	automation, err := e.store.Automation(ctx, run.AutomationID)
	if err != nil {
		return unlessGone(err)
	}
	var read notice
	early, name := false, noticeName(automation.ID)
	if err := e.store.Update(ctx, func(tx Tx) (err error) {
		if read, err = readNotice(ctx, tx, name, e.now()); err != nil {
			return err
		}
		again := read.told.Add(noticeEvery)
		if early = e.now().Before(again); !early {
			return nil
		}
		// Another job has sent the notice meanwhile, perhaps on another node.
		tx.Enqueue(Task{Kind: TaskNotify, RunID: runID, At: again})
		return notice{told: read.told, next: later(read.next, again)}.write(ctx, tx, name)
	}); err != nil || early {
		return err
	}
	news, err := e.news(ctx, automation)
	if err != nil {
		return err
	}
	pause, err := e.store.Pause(ctx)
	if err != nil {
		return err
	}
	var told bool
	waits := pause.On()
	if !waits {
		if told, waits, err = e.notifyReaders(ctx, news, read.told); err != nil || !told && !waits {
			return err
		}
	}
	return e.store.Update(ctx, func(tx Tx) error {
		n, err := readNotice(ctx, tx, name, e.now())
		if err != nil {
			return err
		}
		if waits {
			n.next = later(e.now().Add(noticeAfter), e.mailer.Down(e.now()))
			tx.Enqueue(Task{Kind: TaskNotify, RunID: runID, At: n.next})
		} else {
			// What has happened since belongs to the next notice, which may be
			// scheduled already.
			n.told = later(n.told, news.at)
		}
		return n.write(ctx, tx, name)
	})
}

// news is what a notice tells of an automation, and its readers.
type news struct {
	automation rekey.Automation
	at         time.Time
	held       rekey.HeldRuns
	readers    []rekey.SystemUser
}

// news collects what there is to tell. The readers are the owner, unless blocked,
// and then the approvers if a run waits.
func (e *Engine) news(ctx context.Context, a rekey.Automation) (n news, err error) {
	n = news{automation: a, at: e.now()}
	owner, err := e.store.User(ctx, a.OwnerID)
	if err != nil {
		return n, unlessGone(err)
	}
	if owner.Status == rekey.UserActive {
		n.readers = append(n.readers, owner)
	}
	if n.held, err = e.store.HeldRuns(ctx, a.ID, a.Version, n.at); err != nil || n.held.Runs == 0 {
		return n, err
	}
	approvers, err := e.store.Approvers(ctx, max(owner.Role.Rank(), rekey.RankOperator), noticeTo)
	for _, u := range approvers {
		if u.ID != owner.ID {
			n.readers = append(n.readers, u)
		}
	}
	return n, err
}

// notifyReaders tells each reader what is new for them. It reports whether anybody was
// told, and whether a mail to somebody must wait.
func (e *Engine) notifyReaders(ctx context.Context, n news, since time.Time) (told, waits bool, err error) {
	for _, reader := range n.readers {
		outcome, tried, err := e.notifyReader(ctx, n, reader, since)
		if err != nil {
			return told, waits, err
		}
		switch {
		case !tried:
		case outcome.Verdict == NotTried || outcome.Verdict == Deferred:
			waits = true
		default:
			told = true
		}
	}
	return told, waits, nil
}

// notifyReader tells one reader, unless nothing is new for them. It stores at once that
// they were told, so that they are not told again if other readers have to wait.
func (e *Engine) notifyReader(ctx context.Context, n news, reader rekey.SystemUser, since time.Time) (outcome Outcome, tried bool, err error) {
	var own notice
	name := toldName(n.automation.ID, reader.ID)
	if err := e.store.Update(ctx, func(tx Tx) (err error) {
		own, err = readNotice(ctx, tx, name, n.at)
		return err
	}); err != nil {
		return outcome, false, err
	}
	since = later(since, own.told)
	m := Notice{
		ID: "notice-" + e.newID(), To: reader.Address, Name: reader.Name(), Language: reader.Language, Date: n.at, Automation: n.automation.Name,
		Owns: reader.ID == n.automation.OwnerID, HeldPath: "/automations/" + n.automation.ID + "/held", AutomationPath: "/automations/" + n.automation.ID,
	}
	m.Approves = n.automation.ApprovableBy(reader.Authority())
	if m.Owns {
		news := later(since, n.at.Add(-noticeOf))
		if m.Count, err = e.store.Failures(ctx, n.automation.ID, news); err != nil {
			return outcome, false, err
		}
		if m.Missed, err = e.store.Missed(ctx, n.automation.ID, news); err != nil {
			return outcome, false, err
		}
	}
	if n.held.Until.After(since) {
		m.Held, m.People, m.Halted = n.held.Runs, n.held.People, n.held.Halted
	}
	if m.Count+m.Held == 0 && !m.Missed || n.at.Before(own.told.Add(noticeEvery)) {
		return outcome, false, nil
	}
	outcome = e.mailer.SendNotice(ctx, m)
	if outcome.Verdict == NotTried || outcome.Verdict == Deferred {
		return outcome, true, nil
	}
	return outcome, true, e.store.Update(ctx, func(tx Tx) error { return notice{told: n.at}.write(ctx, tx, name) })
}

// unlessGone returns err, or nil if it says that something no longer exists.
func unlessGone(err error) error {
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return nil
	}
	return err
}
