package engine

import (
	"context"
	"time"

	"rekey"
)

// NoticeKind says what a notice in the outbox tells its reader.
type NoticeKind string

// The kinds of notices.
const (
	// NoticeAddressChanged tells the old address of a user of a directory that the
	// directory has a new one.
	NoticeAddressChanged NoticeKind = "address_changed"
	// NoticeUndone tells somebody that a mailed password was sent by mistake and has ended,
	// and that their chosen one works.
	NoticeUndone NoticeKind = "undone"
	// NoticeRemind reminds somebody that a mailed password waits for them.
	NoticeRemind NoticeKind = "remind"
	// NoticeDigest tells an owner or approver what has happened to automations.
	NoticeDigest NoticeKind = "digest"
)

// QueuedNotice is a mail without a password to one person, in the outbox. It has no
// text: that is written when it is sent, from what is true then.
type QueuedNotice struct {
	ID      string
	Kind    NoticeKind
	UserID  string
	Address string // where it goes
	MadeAt  time.Time
	NextAt  time.Time // when it is tried next
	EndedAt time.Time // when it was sent, or was no longer needed; zero before
	News    []News    // of a digest: what it is about
	// Delivery is the one that a NoticeRemind is about, as it is when the notice is claimed.
	Delivery rekey.Delivery
}

// A notice that the mail server does not take is tried again after a minute at first,
// then after as long as it is old, at most noticeWait. After Lifetime it is given up. It
// waits without end while no mail can be sent.
const (
	noticeAfter = time.Minute
	noticeWait  = 4 * time.Hour
)

// Tell puts a notice in the outbox, in the transaction that stores what it tells. With an
// ID it replaces the notice with that ID. It is sent at NextAt, zero means now, and once;
// only a crash can repeat it.
func (e *Engine) Tell(ctx context.Context, tx Tx, n QueuedNotice) error {
	now := e.now()
	if n.ID == "" {
		n.ID, n.MadeAt = e.newID(), now
	}
	n.NextAt = later(n.NextAt, n.MadeAt)
	if !n.NextAt.After(now) { // otherwise a sweep finds it
		tx.Enqueue(Task{Kind: TaskNotice, NoticeID: n.ID})
	}
	return tx.PutNotice(ctx, n)
}

// SendNotice sends a notice of the outbox, if it is due. If it cannot be sent now, a
// sweep finds it later. What is put into it meanwhile is sent later. A crash between the
// mail and the commit after it repeats the mail and never loses one; but a reminder is begun
// once and never repeated.
func (e *Engine) SendNotice(ctx context.Context, id string) error {
	var n QueuedNotice
	begun := false // a reminder
	err := e.store.Update(ctx, func(tx Tx) (err error) {
		if n, err = tx.ClaimNotice(ctx, id, e.now(), e.now().Add(e.lease)); err != nil || n.Kind != NoticeRemind {
			return err
		}
		begun, err = e.beginReminder(ctx, tx, &n)
		return err
	})
	if err != nil || n.ID == "" || n.Kind == NoticeRemind && !begun {
		return err
	}
	reader, err := e.store.User(ctx, n.UserID)
	if unlessGone(err) != nil {
		return err
	}
	mail, needed := n.mail(reader, e.now())
	if begun {
		e.after(n, e.mailer.SendNotice(ctx, mail))
		return nil
	}
	if n.Kind == NoticeDigest {
		if needed, err = e.writeDigest(ctx, &mail, n, reader); err != nil {
			return err
		}
	}
	next, ended := n.NextAt, e.now()
	if needed {
		next, ended = e.after(n, e.mailer.SendNotice(ctx, mail))
	}
	ctx = context.WithoutCancel(ctx)
	return e.store.Update(ctx, func(tx Tx) error { return e.settleNotice(ctx, tx, n, needed, next, ended) })
}

// settleNotice stores when a notice is tried next, or that it ended. It changes nothing if
// the notice was deleted, goes to another address by now, or is no longer put off until the
// end of this attempt: then it is still due, or another attempt has begun.
func (e *Engine) settleNotice(ctx context.Context, tx Tx, attempt QueuedNotice, mailed bool, next, ended time.Time) error {
	n, err := tx.Notice(ctx, attempt.ID)
	if err != nil || n.Address != attempt.Address || !n.NextAt.Equal(attempt.NextAt) {
		return err
	}
	n.NextAt, n.EndedAt = next, ended
	if n.Kind == NoticeDigest && !ended.IsZero() {
		n = n.goesOn(attempt.News, mailed, ended)
	}
	if n.EndedAt.IsZero() {
		tx.Enqueue(Task{Kind: TaskNotice, NoticeID: n.ID, At: n.NextAt})
	}
	return tx.PutNotice(ctx, n)
}

// after returns when a notice is tried next, or when it ended.
func (e *Engine) after(n QueuedNotice, o Outcome) (next, ended time.Time) {
	now := e.now()
	age := now.Sub(n.MadeAt)
	switch {
	case o.Verdict == NotTried:
		return later(now.Add(noticeAfter), e.mailer.Down(now)), time.Time{}
	case o.Verdict == Deferred && age < Lifetime:
		return now.Add(min(max(age, noticeAfter), noticeWait)), time.Time{}
	default:
		e.log.Info("notice ended", "notice_id", n.ID, "kind", n.Kind, "user_id", n.UserID, "accepted", o.Verdict == Accepted, "reply", o.Reply.Code)
		return n.NextAt, now
	}
}

// mail is the notice as it is true now. needed is false if there is nothing to tell.
func (n QueuedNotice) mail(u rekey.SystemUser, now time.Time) (m Notice, needed bool) {
	m = Notice{
		ID: "notice-" + n.ID, Kind: n.Kind, To: n.Address, Name: u.Name(), Language: u.Language, TimeZone: u.TimeZone, Date: now,
		Directory: u.Directory.Directory, Since: n.MadeAt,
	}
	if held := u.Directory.AddressHeldUntil; now.Before(held) {
		m.HeldUntil = held
	}
	if n.Kind == NoticeRemind {
		m.Since, m.Until = n.Delivery.AcceptedAt, n.Delivery.ValidUntil
		return m, true
	}
	if n.Kind == NoticeUndone {
		return m, u.Status == rekey.UserActive && u.HasChosen && rekey.AddressKey(n.Address) == u.AddressKey
	}
	return m, u.ID != "" && rekey.AddressKey(n.Address) != u.AddressKey
}
