package admin

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"rekey"
	"rekey/internal/store"
)

// Refused is somebody with whom nothing was done, and why.
type Refused struct {
	Subject string // as they were named
	Why     string
	id      string // "" if they may not be viewed
	err     error
	reason  rekey.Reason // why the run would skip them; "" for another refusal
}

// refuse returns why somebody is refused, if err is for people to read. Any other error
// ends the whole action.
func refuse(subject string, err error) (Refused, error) {
	why := (*rekey.Error)(nil)
	if !errors.As(err, &why) || why.Code == rekey.CodeUnavailable { // it is not about this person
		return Refused{}, err
	}
	message := why.Message
	if len(why.Fields) > 0 {
		message = why.Fields[0].Message
	}
	return Refused{Subject: subject, Why: message, err: err}, nil
}

// severalNamed refuses too few names and too many.
func severalNamed(subjects []string) error {
	switch {
	case len(subjects) == 0:
		return rekey.Invalid("system_users", "Name at least one system user, by address or id.")
	case len(subjects) > rekey.MaxEventUsers:
		return rekey.NewError(rekey.CodeTooLarge, "Name at most 10,000 system users.")
	default:
		return nil
	}
}

// maxRequestID is the most characters in the id of a request.
const maxRequestID = 100

// SendPasswords requests new passwords for several system users, named by id or address: it
// records password.send_requested, which names them. Its run acts with the actor's
// authority, makes all checks, and is held above the ceiling. Of several people, each gets
// at most one mail in 4 hours, and three in 24. Those to whom nothing would be sent are
// refused; the others go on. A second request of the actor with the same id, which is not
// "", starts nothing: it returns the event of the first.
//
// Errors: CodeInvalid without names, CodeTooLarge above rekey.MaxEventUsers, CodeConflict if
// everybody is refused.
func (s *Service) SendPasswords(ctx context.Context, actor rekey.SystemUser, subjects []string, id string) (sent SendRequest, refused []Refused, err error) {
	if err := mayRead(actor); err != nil {
		return sent, nil, err
	}
	if utf8.RuneCountInString(id) > maxRequestID || !rekey.Printable(id) {
		return sent, nil, rekey.Invalid("id", "An id has at most 100 characters, without line breaks.")
	}
	if id != "" {
		id = "several " + actor.ID + " " + id
	}
	would, err := s.wouldSend(ctx, actor, subjects)
	if err != nil {
		return sent, nil, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		sent, refused = SendRequest{}, slices.Clone(would.Refused)
		if before, err := tx.EventFrom(ctx, rekey.InternalSource, id); err == nil {
			sent.Event, refused = before, would.leftOut(before)
			sent.Runs, err = tx.RunsOf(ctx, before.ID)
			return err
		} else if rekey.CodeOf(err) != rekey.CodeNotFound {
			return err
		}
		users, since, _, err := s.sendable(ctx, tx.Queries, actor, would.Users)
		if err != nil {
			return err
		}
		for _, r := range since {
			r.Subject = would.named[r.id]
			refused = append(refused, r)
		}
		if len(users) == 0 {
			return rekey.NewError(rekey.CodeConflict, "Nobody would be sent a new password."+firstOf(refused))
		}
		return s.recordSend(ctx, tx, actor, users, id, &sent)
	})
	if err == nil && would.Callers > 0 {
		sent.Warnings = append(sent.Warnings, rekey.Warning{Field: "system_users", Message: callerWarning})
	}
	return sent, refused, err
}

// firstOf names the first of those who are refused.
func firstOf(refused []Refused) string {
	if len(refused) == 0 {
		return ""
	}
	return " " + refused[0].Subject + ": " + refused[0].Why
}

// leftOut returns those whom an earlier event of the same request did not name, and the
// reasons that hold now.
func (p SeveralPreview) leftOut(before rekey.Event) (left []Refused) {
	named := make(map[string]bool, len(before.Users))
	for _, id := range before.Users {
		named[id] = true
	}
	for _, id := range p.Users {
		if !named[id] {
			left = append(left, Refused{Subject: p.named[id], id: id, Why: "Was left out, for a reason that is gone. Send to them again."})
		}
	}
	for _, r := range p.Refused {
		if !named[r.id] {
			left = append(left, r)
		}
	}
	return left
}

// SeveralPreview is what SendPasswords would do now.
type SeveralPreview struct {
	Automation rekey.Automation // which does it
	Params     rekey.SendParams
	DueAt      time.Time
	Users      []string // the ids of those whom the run would name
	// Callers is how many of them call the API by password, as Hybrid users.
	Callers int
	Refused []Refused

	reached []Candidate       // those of Users
	named   map[string]string // how each was named, by id
}

// PreviewSendPasswords returns what SendPasswords would do now.
func (s *Service) PreviewSendPasswords(ctx context.Context, actor rekey.SystemUser, subjects []string) (SeveralPreview, error) {
	if err := mayRead(actor); err != nil {
		return SeveralPreview{}, err
	}
	return s.wouldSend(ctx, actor, subjects)
}

// wouldSend decides for one or several people whether the actor may send them a new
// password, and whether the run would. It returns the automation even with an error.
func (s *Service) wouldSend(ctx context.Context, actor rekey.SystemUser, subjects []string) (p SeveralPreview, err error) {
	if err := severalNamed(subjects); err != nil {
		return p, err
	}
	users, refused, automation, err := s.sendable(ctx, s.store.Queries, actor, subjects)
	p.Refused, p.Automation = refused, automation
	if err != nil {
		return p, err
	}
	event, _ := rekey.FindEventType(automation.EventType)
	if p.Params, err = rekey.ParseSendParams(automation.JobParams, event); err != nil || len(users) == 0 {
		return p, err
	}
	found, err := s.store.FindUsers(ctx, subjects)
	if err != nil {
		return p, err
	}
	p.named = map[string]string{}
	for _, subject := range slices.Backward(subjects) {
		p.named[found[subject].ID] = subject
	}
	begun, problems, err := s.preparePreview(ctx, actor, automation, users)
	if err == nil {
		err = problems.Err()
	}
	if err != nil {
		return p, err
	}
	begun.several = len(users) > 1
	decided, err := begun.run(ctx, users)
	p.DueAt, p.reached = decided.DueAt, decided.Reached
	for _, reached := range decided.Reached {
		p.Users = append(p.Users, reached.User.ID)
		if reached.CallsAPI {
			p.Callers++
		}
	}
	for _, skipped := range decided.Skipped {
		why := sendRefusal(automation, skipped.Reason)
		p.Refused = append(p.Refused, Refused{
			Subject: p.named[skipped.Subject], Why: why, id: skipped.User.ID, err: rekey.NewError(rekey.CodeConflict, why), reason: skipped.Reason,
		})
	}
	return p, err
}

// sendable returns the ids of those whom the actor may send a new password, each once,
// the others, and the automation that does it.
func (s *Service) sendable(ctx context.Context, r store.Queries, actor rekey.SystemUser, subjects []string) (users []string, refused []Refused, automation rekey.Automation, err error) {
	if automation, err = r.BuiltInAutomation(ctx, BuiltInSend); err != nil {
		return nil, nil, automation, err
	}
	found, err := r.FindUsers(ctx, subjects)
	if err != nil {
		return nil, nil, automation, err
	}
	seen := map[string]bool{}
	for _, subject := range subjects {
		u, known := found[subject]
		switch {
		case !known || !actor.Authority().MayView(u):
			err = rekey.ErrNoUser
		case seen[u.ID]:
			continue
		default:
			err = s.maySend(actor, u, automation)
		}
		if err != nil {
			left, err := refuse(subject, err)
			if err != nil {
				return nil, nil, automation, err
			}
			if known && actor.Authority().MayView(u) {
				left.id = u.ID
			}
			refused = append(refused, left)
			continue
		}
		seen[u.ID] = true
		users = append(users, u.ID)
	}
	return users, refused, automation, nil
}
