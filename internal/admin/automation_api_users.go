package admin

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"rekey"
)

const (
	// maxAPIUsers is how many API users are looked at.
	maxAPIUsers = 2_000
	// shownAPIUsers is how many of them are listed.
	shownAPIUsers = 50
)

// APIUser is an account that programs log in with.
type APIUser struct {
	User rekey.SystemUser
	// LastPasswordCall and LastTokenUse are when it last called; zero is never.
	// Calls by token go on after a new password, unless the old is revoked.
	LastPasswordCall time.Time
	LastTokenUse     time.Time
}

// APIReach is which API users an automation would reach.
type APIReach struct {
	Count int
	Users []APIUser // the first 50, from the latest call by password on
	// Complete is false where there are more than were looked at, or where the
	// automation lacks what decides whom it reaches.
	Complete bool
}

// APIUsersReached says which API users the automation would reach if the event
// happened now, named every one of them, and the job included API users,
// whether or not it does. Limits that pass, such as a password on its way, keep
// nobody off the list. For whom it acts see PreviewAutomation.
func (s *Service) APIUsersReached(ctx context.Context, actor rekey.SystemUser, a rekey.Automation) (APIReach, error) {
	if err := mayRead(actor); err != nil {
		return APIReach{}, err
	}
	acts, problems, err := s.readyForPreview(ctx, actor, &a)
	if err != nil || hindersPreview(fieldsOf(problems.Err())) {
		return APIReach{}, err
	}
	p := a.SendParams()
	p.IncludeAPIUsers = true
	a.JobParams = p.JSON()
	subjects, complete, err := s.apiUsers(ctx, actor, a)
	if err != nil || len(subjects) == 0 {
		return APIReach{Complete: complete}, err
	}
	decisions, err := s.runner.Preview(ctx, a, acts, subjects)
	if err != nil {
		return APIReach{}, blamed(err)
	}
	reach := APIReach{Complete: complete}
	for _, d := range decisions {
		if !d.User.UsesAPI(s.now()) || !reachedInTime(d.Reason) || !actor.Authority().MayView(d.User) {
			continue
		}
		reach.Count++
		reach.Users = append(reach.Users, APIUser{User: d.User, LastPasswordCall: d.User.LastPasswordCallAt})
	}
	slices.SortStableFunc(reach.Users, func(a, b APIUser) int { return b.LastPasswordCall.Compare(a.LastPasswordCall) })
	reach.Users = reach.Users[:min(len(reach.Users), shownAPIUsers)]
	for i := range reach.Users {
		tokens, err := s.store.TokensOf(ctx, reach.Users[i].User.ID)
		if err != nil {
			return APIReach{}, err
		}
		for _, token := range tokens {
			if token.LastUsedAt.After(reach.Users[i].LastTokenUse) {
				reach.Users[i].LastTokenUse = token.LastUsedAt
			}
		}
	}
	return reach, nil
}

// reachedInTime reports whether somebody is reached, or is kept out only by
// what passes.
func reachedInTime(reason rekey.Reason) bool {
	switch reason {
	case "", rekey.ReasonAlreadyBeing, rekey.ReasonThreeInADay, rekey.ReasonThreeUnused, rekey.ReasonTooOften,
		rekey.ReasonRevokedRecently, rekey.ReasonLastAdministrator:
		return true
	default:
		return false
	}
}

// apiUsers returns the ids of those API users whom the event may name and the
// actor may view.
func (s *Service) apiUsers(ctx context.Context, actor rekey.SystemUser, a rekey.Automation) (ids []string, complete bool, err error) {
	for _, one := range []string{a.SendParams().SystemUser, a.EventFilter.User} {
		if one != "" {
			return []string{one}, true, nil
		}
	}
	for _, kind := range []rekey.UserType{rekey.TypeAPI, rekey.TypeHybrid} {
		q := rekey.UserQuery{Type: kind, MaxRank: actor.Authority().Rank, Limit: MaxPage}
		for {
			users, err := s.store.Users(ctx, q)
			if err != nil {
				return nil, false, err
			}
			for _, u := range users {
				if u.UsesAPI(s.now()) {
					ids = append(ids, u.ID)
				}
			}
			if len(ids) >= maxAPIUsers {
				return ids[:maxAPIUsers], false, nil
			}
			if len(users) < q.Limit {
				break
			}
			q.After = users[len(users)-1].ID
		}
	}
	return ids, true, nil
}

// CheckAPIConfirmation checks the number that somebody has typed to confirm
// that an automation includes API users: that of the accounts it would reach
// now. It is asked where people save; a program says include_api_users, which
// is explicit enough. The bad field is "confirm_api_users".
func (s *Service) CheckAPIConfirmation(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, typed string) error {
	if !a.SendParams().IncludeAPIUsers {
		return nil
	}
	reach, err := s.APIUsersReached(ctx, actor, a)
	if err != nil {
		return err
	}
	digits := strings.NewReplacer(",", "", " ", "").Replace(typed)
	if n, err := strconv.Atoi(digits); err == nil && n == reach.Count {
		return nil
	}
	return rekey.Invalid("confirm_api_users", fmt.Sprintf("Type %d, the number of API users that this would reach now.", reach.Count))
}
