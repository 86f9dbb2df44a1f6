package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rekey"
)

// Owners and approvers are told everything in one mail a person and hour, the digest:
//
//	something happens ─► announce: counted in the digest of each reader, in the
//	                     transaction that stores what happened
//	a minute later    ─► SendNotice: one mail tells what still holds for this reader
//	an hour later     ─► what has come since, or nothing: then the digest ends
//
// The digest of a person is a notice of the outbox with an id of its own. It stays due for
// an hour after its mail, so no second mail goes out before. Only what happened is stored.
// How many runs wait, and who may know of them, is looked up when the mail is written.
const (
	digestEvery = time.Hour
	digestAfter = time.Minute // so that one mail tells of all that happens together
	digestLines = 20          // the mail says how many more there are
	digestTo    = 50          // how many approvers are told at most
)

// News is what has happened to an automation and was not told yet.
type News struct {
	AutomationID string    `json:"automation_id"`
	Since        time.Time `json:"since"` // not later than the first of it
	Held         int       `json:"held"`  // runs
	Failed       int       `json:"failed"`
	Missed       int       `json:"missed"`
}

func digestID(userID string) string { return "digest-" + userID }

// announceFailures announces the outcomes that are failures.
func (e *Engine) announceFailures(ctx context.Context, tx Tx, a rekey.Automation, outcomes []rekey.Delivery) error {
	n := News{Since: e.now()}
	for _, d := range outcomes {
		if failed(d) {
			n.Failed++
			n.Since = earlier(n.Since, d.UpdatedAt)
		}
	}
	if n.Failed == 0 {
		return nil
	}
	return e.announce(ctx, tx, a, n)
}

func failed(d rekey.Delivery) bool { return d.State == rekey.DeliveryFailed }

// announce puts news of an automation into the digest of its owner, and into those of the
// people who may approve if a run is held.
func (e *Engine) announce(ctx context.Context, tx Tx, a rekey.Automation, n News) error {
	n.AutomationID = a.ID
	if n.Since.IsZero() {
		n.Since = e.now()
	}
	readers, err := readersOf(ctx, tx, a, n)
	if err != nil {
		return err
	}
	for _, u := range readers {
		d, err := tx.Notice(ctx, digestID(u.ID))
		if err != nil {
			return err
		}
		if d.ID == "" || !d.EndedAt.IsZero() {
			d = QueuedNotice{ID: digestID(u.ID), Kind: NoticeDigest, UserID: u.ID, Address: u.Address, NextAt: e.now().Add(digestAfter)}
			tx.Enqueue(Task{Kind: TaskNotice, NoticeID: d.ID, At: d.NextAt})
		}
		if len(d.News) == 0 {
			d.MadeAt = e.now()
		}
		d.News = add(d.News, n)
		if err := tx.PutNotice(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// readersOf returns whom news of an automation is for, by id: two transactions must lock
// digests in the same order.
func readersOf(ctx context.Context, tx Tx, a rekey.Automation, n News) (readers []rekey.SystemUser, err error) {
	owner, err := tx.User(ctx, a.OwnerID)
	if unlessGone(err) != nil {
		return nil, err
	}
	if n.Held > 0 {
		if readers, err = tx.Approvers(ctx, approverRank(owner), digestTo); err != nil {
			return nil, err
		}
	}
	isOwner := func(u rekey.SystemUser) bool { return u.ID == owner.ID }
	if owner.Status == rekey.UserActive && !slices.ContainsFunc(readers, isOwner) {
		readers = append(readers, owner)
	}
	slices.SortFunc(readers, func(a, b rekey.SystemUser) int { return strings.Compare(a.ID, b.ID) })
	return readers, nil
}

// approverRank is the rank that approves runs of an owner.
func approverRank(owner rekey.SystemUser) int { return max(owner.Role.Rank(), rekey.RankOperator) }

// add adds news to that of the same automation.
func add(all []News, n News) []News {
	i := slices.IndexFunc(all, func(o News) bool { return o.AutomationID == n.AutomationID })
	if i < 0 {
		return append(all, n)
	}
	all[i] = News{n.AutomationID, earlier(all[i].Since, n.Since), all[i].Held + n.Held, all[i].Failed + n.Failed, all[i].Missed + n.Missed}
	return all
}

// told returns what is left when some news was told. News may have come meanwhile.
func told(all, told []News) []News {
	for _, n := range told {
		n.Held, n.Failed, n.Missed = -n.Held, -n.Failed, -n.Missed
		all = add(all, n)
	}
	return slices.DeleteFunc(all, func(n News) bool { return n.Held+n.Failed+n.Missed <= 0 })
}

// goesOn is a digest after its mail, or after there was nothing to tell.
func (n QueuedNotice) goesOn(of []News, mailed bool, now time.Time) QueuedNotice {
	n.News = told(n.News, of)
	switch {
	case mailed:
		n.NextAt, n.EndedAt, n.MadeAt = now.Add(digestEvery), time.Time{}, now
	case len(n.News) > 0:
		n.NextAt, n.EndedAt = now.Add(digestAfter), time.Time{}
	}
	return n
}

// writeDigest writes the mail to a reader: what still holds, and what they may know. needed
// is false if that is nothing.
func (e *Engine) writeDigest(ctx context.Context, m *Notice, d QueuedNotice, u rekey.SystemUser) (needed bool, err error) {
	if u.Status != rekey.UserActive {
		return false, nil
	}
	// Each mail has an id of its own: of two with one id, a mail server may drop the second.
	m.ID, m.To = fmt.Sprintf("notice-%s-%x", d.ID, d.NextAt.UnixMicro()), u.Address
	for _, n := range d.News {
		lines, err := e.digestLines(ctx, n, u)
		if err != nil {
			return false, err
		}
		m.Lines = append(m.Lines, lines...)
	}
	slices.SortStableFunc(m.Lines, func(a, b NoticeLine) int { return cmp.Compare(a.weight(), b.weight()) })
	if m.More = len(m.Lines) - digestLines; m.More > 0 {
		m.Lines = m.Lines[:digestLines]
	}
	m.More = max(m.More, 0)
	return len(m.Lines) > 0, nil
}

// weight is lower for what is more important: what waits for somebody comes first.
func (l NoticeLine) weight() int {
	switch {
	case l.Held > 0:
		return 0
	case l.Missed:
		return 1
	default:
		return 2
	}
}

// digestLines returns what a reader is told of an automation.
func (e *Engine) digestLines(ctx context.Context, n News, u rekey.SystemUser) (lines []NoticeLine, err error) {
	a, err := e.store.Automation(ctx, n.AutomationID)
	if err != nil {
		return nil, unlessGone(err)
	}
	page := "/automations/" + a.ID
	line := NoticeLine{Automation: a.Name, Owns: a.OwnerID == u.ID, Approves: a.ApprovableBy(u.Authority()), Messages: !a.SendsPasswords()}
	if n.Held > 0 {
		owner, err := e.store.User(ctx, a.OwnerID)
		if unlessGone(err) != nil {
			return nil, err
		}
		held, err := e.store.HeldRuns(ctx, a.ID, a.Version, e.now())
		if err != nil {
			return nil, err
		}
		if may := line.Owns || u.Role.Rank() >= approverRank(owner); may && held.Runs > 0 {
			waits := line
			waits.Held, waits.People, waits.Halted, waits.Path = held.Runs, held.People, held.Halted, page+"/held"
			lines = append(lines, waits)
		}
	}
	if !line.Owns {
		return lines, nil
	}
	if n.Missed > 0 {
		missed := line
		missed.Missed, missed.Path = true, page
		lines = append(lines, missed)
	}
	if n.Failed > 0 {
		// Some may have been taken back: see Tx.Reprieve.
		now, err := e.store.Failures(ctx, a.ID, n.Since)
		if err != nil {
			return nil, err
		}
		if failed := line; now > 0 {
			failed.Failed, failed.Path = min(n.Failed, now), "/mail?state=failed"
			lines = append(lines, failed)
		}
	}
	return lines, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// unlessGone returns err, or nil if it says that something no longer exists.
func unlessGone(err error) error {
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return nil
	}
	return err
}
