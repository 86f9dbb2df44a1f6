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
	// maxAPIUsers is the most API users that are checked.
	maxAPIUsers = 2_000
	// shownAPIUsers is how many of them are listed.
	shownAPIUsers = 50
)

// APIUser is an account that programs log in with.
type APIUser struct {
	User rekey.SystemUser
	// LastPasswordCall and LastTokenUse are the times of the last calls; zero
	// means never. Calls by token go on working after a new password, unless the
	// old password is revoked at once.
	LastPasswordCall time.Time
	LastTokenUse     time.Time
}

// APIReach holds the API users whom an automation would reach.
type APIReach struct {
	Count int
	Users []APIUser // at most 50, the latest call by password first
	// Complete is false if not all API users were checked, or if the automation
	// lacks a setting that decides whom it reaches.
	Complete bool
}

// APIUsersReached returns the API users whom the automation would reach if the
// event happened now and named all of them. It assumes that the job includes
// API users. It ignores temporary limits, such as a password on its way.
// PreviewAutomation says with whose authority the automation acts.
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

// reachedInTime reports whether a user with this reason is reached now, or is
// skipped only for a time.
func reachedInTime(reason rekey.Reason) bool {
	switch reason {
	case "", rekey.ReasonAlreadyBeing, rekey.ReasonThreeInADay, rekey.ReasonThreeUnused, rekey.ReasonTooOften,
		rekey.ReasonRevokedRecently, rekey.ReasonLastAdministrator:
		return true
	default:
		return false
	}
}

// apiUsers returns the ids of the API users whom the event may name and the
// actor may view. complete is false if there are more than maxAPIUsers.
func (s *Service) apiUsers(ctx context.Context, actor rekey.SystemUser, a rekey.Automation) (ids []string, complete bool, err error) {
	for _, only := range []string{a.SendParams().SystemUser, a.EventFilter.User} {
		if only != "" {
			return []string{only}, true, nil
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

// CheckAPIConfirmation checks the number that a person typed to confirm that an
// automation includes API users. It must be the number of API users that the
// automation would reach now. The console asks for it on saving; for programs,
// include_api_users is explicit enough. Errors name "confirm_api_users".
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
	return rekey.Invalid("confirm_api_users", fmt.Sprintf("To confirm, enter %d: the number of API users that this would reach now.", reach.Count))
}
