package engine

import (
	"context"
	"slices"
	"time"

	"rekey"
)

// People are told of an automation at most once in noticeEvery, and noticeAfter
// the first failure or run held, so that what comes together is told together.
const (
	noticeEvery = time.Hour
	noticeAfter = time.Minute
	noticeOf    = 24 * time.Hour // failures longer ago are not told any more
	noticeTo    = 50             // at most as many of those who may approve a run are told
)

// notice is what is remembered about an automation.
type notice struct {
	told time.Time // when people were last told
	next time.Time // when they will be; in the past if nothing is to be told
}

func noticeName(automationID string) string { return "notice " + automationID }

// toldName names when one of the people was told, for a notice that has not
// reached all of them yet.
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

// noteFailures has the owner told if any of the outcomes is a failure.
func (e *Engine) noteFailures(ctx context.Context, tx Tx, x Execution, outcomes []rekey.Delivery) error {
	failed := func(d rekey.Delivery) bool { return d.State == rekey.DeliveryFailed }
	if !slices.ContainsFunc(outcomes, failed) {
		return nil
	}
	return e.note(ctx, tx, x)
}

// note has people told of an automation, unless a notice that will tell of all
// that is new is on its way.
func (e *Engine) note(ctx context.Context, tx Tx, x Execution) error {
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
// failed since they were last told, and the owner and those who may approve how
// many of its runs wait for approval, if another has come to wait. The mails have
// no secret. While no mail can be sent to somebody, or sending is paused, theirs
// waits.
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
		// Another job has told them meanwhile, maybe on another node.
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
		if told, waits, err = e.tellAll(ctx, news, read.told); err != nil || !told && !waits {
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
			// What has happened since counts for the next one, which may be on its
			// way already.
			n.told = later(n.told, news.at)
		}
		return n.write(ctx, tx, name)
	})
}

// news is what there is to tell of an automation, and to whom.
type news struct {
	automation rekey.Automation
	at         time.Time
	held       rekey.HeldRuns
	readers    []rekey.SystemUser
}

// news looks at what there is to tell: the owner is the first of the readers,
// unless they are blocked, then come those who may approve, if a run waits.
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

// tellAll tells each reader what is new since they were told. It reports whether
// anybody was told, and whether somebody could not be told yet.
func (e *Engine) tellAll(ctx context.Context, n news, since time.Time) (told, waits bool, err error) {
	for _, reader := range n.readers {
		outcome, tried, err := e.tell(ctx, n, reader, since)
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

// tell tells one reader, unless there is nothing new for them. That they were told
// is written at once: others may have to wait, and they are not told again then.
func (e *Engine) tell(ctx context.Context, n news, reader rekey.SystemUser, since time.Time) (outcome Outcome, tried bool, err error) {
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
		Owns: reader.ID == n.automation.OwnerID, HeldPath: "/automations/" + n.automation.ID + "/held",
	}
	m.Approves = !m.Owns || reader.Authority().MayAdminister()
	if m.Owns {
		if m.Count, err = e.store.Failures(ctx, n.automation.ID, later(since, n.at.Add(-noticeOf))); err != nil {
			return outcome, false, err
		}
	}
	if n.held.Until.After(since) {
		m.Held, m.People = n.held.Runs, n.held.People
	}
	if m.Count+m.Held == 0 || n.at.Before(own.told.Add(noticeEvery)) {
		return outcome, false, nil
	}
	outcome = e.mailer.SendNotice(ctx, m)
	if outcome.Verdict == NotTried || outcome.Verdict == Deferred {
		return outcome, true, nil
	}
	return outcome, true, e.store.Update(ctx, func(tx Tx) error { return notice{told: n.at}.write(ctx, tx, name) })
}

// unlessGone is no error for what does not exist any more.
func unlessGone(err error) error {
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return nil
	}
	return err
}
