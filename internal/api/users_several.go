package api

import (
	"context"
	"net/http"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
)

func (a *API) severalRoutes(tag string) {
	handle(a, route{id: "send-passwords", method: http.MethodPost, path: "/users/password", tag: tag, status: http.StatusAccepted,
		summary: "Send several system users a new password now",
		about:   "The event password.send_requested happens and names them, and its automation sends the passwords with the caller's authority. Of several people, each gets at most one mail in 4 hours, and three in 24, unless old passwords are revoked at once. Above the automation's ceiling the run is held for approval. The run shows who was skipped.",
		errors:  []int{http.StatusConflict, http.StatusRequestEntityTooLarge}}, a.sendPasswords)
	handle(a, route{id: "change-users", method: http.MethodPost, path: "/users/changes", tag: tag,
		summary: "Block, restore or change several system users",
		about:   "Each is judged alone, with the rights and refusals of a change to one. Those who are refused keep nobody else from it; the answer names them and says why. If the request fails on its way, some may be changed already: send it again.",
		errors:  []int{http.StatusConflict, http.StatusRequestEntityTooLarge}}, a.changeUsers)
}

// subjects are the people whom a request is about.
func (a *API) subjects(ctx context.Context, caller rekey.SystemUser, p client.People) ([]string, error) {
	if p.Matching == nil {
		return p.SystemUsers, nil
	}
	if len(p.SystemUsers) > 0 {
		return nil, rekey.Invalid("matching", "Name system users, or say which match: not both.")
	}
	if *p.Matching == (client.Matching{}) {
		return nil, rekey.Invalid("matching", "Say which system users: give search, type, role or status. The status active stands for everybody who is not blocked.")
	}
	found, err := a.admin.MatchingUsers(ctx, caller, rekey.UserQuery{
		Search: p.Matching.Search, Type: rekey.UserType(p.Matching.Type), Role: rekey.Role(p.Matching.Role), Status: rekey.UserStatus(p.Matching.Status),
	})
	if err == nil && len(found) == 0 {
		err = rekey.NewError(rekey.CodeConflict, "No system user that you may view matches.")
	}
	var ids []string
	for _, u := range found {
		ids = append(ids, u.ID)
	}
	return ids, err
}

func (a *API) sendPasswords(ctx context.Context, caller rekey.SystemUser, in *struct{ Body client.Recipients }) (*plain[client.PasswordsSent], error) {
	subjects, err := a.subjects(ctx, caller, in.Body.People)
	if err != nil {
		return nil, err
	}
	sent, refused, err := a.admin.SendPasswords(ctx, caller, subjects, in.Body.ID)
	one, err := answerSent(ctx, sent, err)
	if err != nil {
		return nil, err
	}
	return answer(client.PasswordsSent{PasswordSent: one.Body, RefusedPeople: refusedPeople(refused)}, nil)
}

func (a *API) changeUsers(ctx context.Context, caller rekey.SystemUser, in *struct{ Body client.UserChanges }) (*plain[client.UsersChanged], error) {
	subjects, err := a.subjects(ctx, caller, in.Body.People)
	if err != nil {
		return nil, err
	}
	change := admin.UserChange{Language: in.Body.Language, Attributes: in.Body.Attributes}
	switch in.Body.Action {
	case "block":
		change.Status = rekey.UserBlocked
	case "restore":
		change.Status = rekey.UserActive
	}
	act := a.admin.ChangeUsers
	if in.Body.DryRun {
		act = a.admin.PreviewChangeUsers
	}
	done, err := act(ctx, caller, subjects, change)
	if err != nil {
		return nil, err
	}
	return answer(client.UsersChanged{Changed: len(done.Changed), Unchanged: done.Same, RefusedPeople: refusedPeople(done.Refused)}, nil)
}

// refusedPeople are the first of those who were refused.
func refusedPeople(refused []admin.Refused) client.RefusedPeople {
	w := client.RefusedPeople{Refused: []client.Refused{}}
	for _, r := range refused[:min(len(refused), admin.MaxPage)] {
		w.Refused = append(w.Refused, client.Refused{SystemUser: r.Subject, Why: r.Why})
	}
	w.RefusedMore = len(refused) - len(w.Refused)
	return w
}
