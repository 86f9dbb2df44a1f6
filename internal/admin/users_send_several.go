package admin

import (
	"context"
	"errors"

	"rekey"
	"rekey/internal/store"
)

// Refused is somebody with whom nothing was done, and why.
type Refused struct {
	Subject string // as they were named
	Why     string
}

// SendPasswords requests new passwords for several system users, named by id or address: it
// records password.send_requested, which names them. Its run acts with the actor's
// authority, makes all checks, and is held above the ceiling. Of several people, each gets
// at most one mail in 4 hours, and three in 24. Those to whom the actor may not send are
// refused; the others go on.
//
// Errors: CodeInvalid without names, CodeTooLarge above rekey.MaxEventUsers, CodeConflict if
// everybody is refused.
func (s *Service) SendPasswords(ctx context.Context, actor rekey.SystemUser, subjects []string) (sent SendRequest, refused []Refused, err error) {
	if err := mayRead(actor); err != nil {
		return sent, nil, err
	}
	switch {
	case len(subjects) == 0:
		return sent, nil, rekey.Invalid("system_users", "Name at least one system user, by address or id.")
	case len(subjects) > rekey.MaxEventUsers:
		return sent, nil, rekey.NewError(rekey.CodeTooLarge, "Name at most 10,000 system users.")
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		var users []string
		sent = SendRequest{}
		if users, refused, _, err = s.sendableOf(ctx, tx.Queries, actor, subjects); err != nil {
			return err
		}
		if len(users) == 0 {
			return rekey.NewError(rekey.CodeConflict, "Nobody would be sent a new password. "+refused[0].Subject+": "+refused[0].Why)
		}
		sent.Event, err = s.runner.Record(ctx, tx, rekey.Event{Type: rekey.PasswordSendRequested, Users: users, PostedBy: actor.ID})
		if err != nil {
			return err
		}
		sent.Runs, err = tx.RunsOf(ctx, sent.Event.ID)
		return err
	})
	return sent, refused, err
}

// SeveralPreview is what SendPasswords would do now.
type SeveralPreview struct {
	Automation rekey.Automation // which does it
	Params     rekey.SendParams
	Users      []string // the ids of those whom the run would name
	Refused    []Refused
}

// PreviewSendPasswords returns what SendPasswords would do now.
func (s *Service) PreviewSendPasswords(ctx context.Context, actor rekey.SystemUser, subjects []string) (p SeveralPreview, err error) {
	if err := mayRead(actor); err != nil {
		return p, err
	}
	if p.Users, p.Refused, p.Automation, err = s.sendableOf(ctx, s.store.Queries, actor, subjects); err != nil {
		return p, err
	}
	event, _ := rekey.FindEventType(p.Automation.EventType)
	p.Params, err = rekey.ParseSendParams(p.Automation.JobParams, event)
	return p, err
}

// sendableOf returns the ids of those to whom the actor may send, each once, the others, and
// the automation that does it.
func (s *Service) sendableOf(ctx context.Context, r store.Queries, actor rekey.SystemUser, subjects []string) (users []string, refused []Refused, automation rekey.Automation, err error) {
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
		if why := (*rekey.Error)(nil); errors.As(err, &why) {
			refused = append(refused, Refused{subject, why.Message})
			continue
		}
		seen[u.ID] = true
		users = append(users, u.ID)
	}
	return users, refused, automation, nil
}
