package api

import (
	"context"
	"net/http"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
	"rekey/internal/userfile"
)

type userList struct {
	Paging

	Search string `query:"search" maxLength:"254" doc:"Part of a name or address."`
	Type   string `query:"type" enum:"ui,api,hybrid" doc:"Only of this type."`
	Role   string `query:"role" enum:"administrator,manager,operator,member" doc:"Only with this role."`
	Status string `query:"status" enum:"active,blocked" doc:"Only with this status."`
}

type userWrite struct {
	OneUser
	Versioned

	Body client.User
}

func (a *API) userRoutes() {
	const tag = "System users"
	handle(a, route{id: "list-users", method: http.MethodGet, path: "/users", tag: tag,
		summary: "List system users", about: "System users that the caller may view, in the order of their creation. Sources and attributes are left out: GET /users/{id} has them."}, a.listUsers)
	handle(a, route{id: "create-user", method: http.MethodPost, path: "/users", tag: tag, status: http.StatusCreated,
		summary: "Create a system user", about: "The user has no password yet. The event user.created happens, and its automations send one.",
		errors: []int{http.StatusConflict}}, a.createUser)
	handle(a, route{id: "import-users", method: http.MethodPost, path: importPath, tag: tag, most: userfile.MaxBytes,
		summary: "Import a file of system users", about: importAbout, errors: []int{http.StatusConflict}}, a.importUsers)
	handle(a, route{id: "get-user", method: http.MethodGet, path: "/users/{id}", tag: tag,
		summary: "Read a system user", errors: []int{http.StatusNotFound}}, a.getUser)
	handle(a, route{id: "update-user", method: http.MethodPut, path: "/users/{id}", tag: tag,
		summary: "Change a system user", about: "Writes all fields that are not read-only: a field that is left out becomes empty. Change the status with block and restore.",
		errors: writeErrors}, a.updateUser)
	handle(a, route{id: "delete-user", method: http.MethodDelete, path: "/users/{id}", tag: tag, status: http.StatusNoContent,
		summary: "Delete a system user", about: "Refused while the user owns automations or selections, unless owner names who gets them; and while the import of a directory would create them again.", errors: writeErrors}, a.deleteUser)
	handle(a, route{id: "block-user", method: http.MethodPost, path: "/users/{id}/block", tag: tag,
		summary: "Block a system user", about: "The user cannot log in or call the API until restored. Blocking twice changes nothing. Meanwhile, runs of the user's automations are held, unless owner names who gets the automations.", errors: verbErrors}, a.blockUser)
	handle(a, route{id: "restore-user", method: http.MethodPost, path: "/users/{id}/restore", tag: tag,
		summary: "Restore a blocked system user", errors: verbErrors}, a.restoreUser)
	handle(a, route{id: "confirm-address", method: http.MethodPost, path: "/users/{id}/confirm-address", tag: tag,
		summary: "Confirm the new address of a user of a directory", about: "Passwords go to it at once, not only after address_held_until. Only for those who rank above the user.", errors: writeErrors}, a.confirmAddress)
	a.historyRoute("/users", tag, "user", rekey.KindUser)
	handle(a, route{id: "hand-on", method: http.MethodPost, path: "/users/{id}/hand-on", tag: tag,
		summary: "Transfer everything that a system user owns", about: "Transfers all automations and selections of the user to another owner; if one cannot be transferred, none is. Runs that were held because the user is blocked continue.",
		errors: []int{http.StatusNotFound, http.StatusConflict}}, a.handOn)
	handle(a, route{id: "send-password", method: http.MethodPost, path: "/users/{id}/password", tag: tag, status: http.StatusAccepted,
		summary: "Send a system user a new password now",
		about:   "The event password.send_requested happens, and its automation sends the password with the caller's authority. The run shows the result.",
		errors:  verbErrors}, a.sendPassword)
	a.severalRoutes(tag)
}

// writeErrors and verbErrors are the error statuses of a write to, and of a verb
// on, a resource with a version.
var (
	writeErrors = []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired}
	verbErrors  = []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed}
)

func (a *API) listUsers(ctx context.Context, caller rekey.SystemUser, in *userList) (*plain[client.Page[client.User]], error) {
	q := rekey.UserQuery{Search: in.Search, Type: rekey.UserType(in.Type), Role: rekey.Role(in.Role), Status: rekey.UserStatus(in.Status)}
	return listed(in.Paging, "users", func(u rekey.SystemUser) string { return u.ID }, a.user,
		func(p admin.Place) (admin.Listed[rekey.SystemUser], error) { return a.admin.Users(ctx, caller, q, p) })
}

func (a *API) createUser(ctx context.Context, caller rekey.SystemUser, in *struct{ Body client.User }) (*tagged[client.User], error) {
	u := rekey.SystemUser{Status: rekey.UserActive}
	if err := writeUser(&u, in.Body); err != nil {
		return nil, err
	}
	saved, err := a.admin.CreateUser(ctx, caller, u)
	return a.taggedUser(saved, err)
}

func (a *API) getUser(ctx context.Context, caller rekey.SystemUser, in *OneUser) (*tagged[client.User], error) {
	return a.taggedUser(a.admin.FindUser(ctx, caller, in.ID))
}

func (a *API) updateUser(ctx context.Context, caller rekey.SystemUser, in *userWrite) (*tagged[client.User], error) {
	version, err := in.required()
	if err != nil {
		return nil, err
	}
	return a.taggedUser(a.admin.UpdateUser(ctx, caller, in.ID, version, func(u *rekey.SystemUser) error {
		return writeUser(u, in.Body)
	}))
}

// leaving is the input for blocking or deleting a user, with the heir of what
// they own.
type leaving struct {
	OneUser
	Versioned

	Owner string `query:"owner" maxLength:"254" doc:"The id or address of a system user who gets everything that this user owns. Both steps are done, or neither."`
}

func (a *API) deleteUser(ctx context.Context, caller rekey.SystemUser, in *leaving) (*nothing, error) {
	version, err := in.required()
	switch {
	case err != nil:
		return nil, err
	case in.Owner != "":
		return &nothing{}, a.admin.DeleteUserAndHandOn(ctx, caller, in.ID, version, in.Owner)
	default:
		return &nothing{}, a.admin.DeleteUser(ctx, caller, in.ID, version)
	}
}

// verb is the input of an action on a resource with a version, without a body.
type verb struct {
	OneByID
	Versioned
}

func (a *API) blockUser(ctx context.Context, caller rekey.SystemUser, in *leaving) (*tagged[client.User], error) {
	version, err := in.optional()
	switch {
	case err != nil:
		return nil, err
	case in.Owner != "":
		return a.taggedUser(a.admin.BlockUserAndHandOn(ctx, caller, in.ID, version, in.Owner))
	default:
		return a.taggedUser(a.admin.BlockUser(ctx, caller, in.ID, version))
	}
}

func (a *API) restoreUser(ctx context.Context, caller rekey.SystemUser, in *struct {
	OneUser
	Versioned
}) (*tagged[client.User], error) {
	version, err := in.optional()
	if err != nil {
		return nil, err
	}
	return a.taggedUser(a.admin.RestoreUser(ctx, caller, in.ID, version))
}

// confirmAddress needs the version, so that no address is confirmed that the caller has
// not seen.
func (a *API) confirmAddress(ctx context.Context, caller rekey.SystemUser, in *struct {
	OneUser
	Versioned
}) (*tagged[client.User], error) {
	version, err := in.required()
	if err != nil {
		return nil, err
	}
	return a.taggedUser(a.admin.ConfirmAddress(ctx, caller, in.ID, version))
}

func (a *API) handOn(ctx context.Context, caller rekey.SystemUser, in *struct {
	OneUser

	Body client.Transfer
}) (*plain[client.Holdings], error) {
	given, err := a.admin.HandOn(ctx, caller, in.ID, in.Body.Owner)
	if err != nil {
		return nil, err
	}
	w := client.Holdings{Automations: []client.Owned{}, Selections: []client.Owned{}}
	for _, x := range given.Automations {
		w.Automations = append(w.Automations, client.Owned{ID: x.ID, Name: x.Name})
	}
	for _, x := range given.Selections {
		w.Selections = append(w.Selections, client.Owned{ID: x.ID, Name: x.Name})
	}
	return answer(w, nil)
}

func (a *API) sendPassword(ctx context.Context, caller rekey.SystemUser, in *OneUser) (*plain[client.PasswordSent], error) {
	sent, err := a.admin.SendPassword(ctx, caller, in.ID)
	return answerSent(ctx, sent, err)
}

// answerSent answers with a request to send that was recorded.
func answerSent(ctx context.Context, sent admin.SendRequest, err error) (*plain[client.PasswordSent], error) {
	if err != nil {
		return nil, err
	}
	noteEvents(ctx, sent.Event.ID)
	body := client.PasswordSent{EventID: sent.Event.ID, RunIDs: []string{}, Warnings: sent.Warnings}
	for _, run := range sent.Runs {
		body.RunIDs = append(body.RunIDs, run.ID)
	}
	return answer(body, nil)
}

// writeUser copies the fields of a request to a system user.
func writeUser(u *rekey.SystemUser, w client.User) error {
	if w.Status != "" && w.Status != string(u.Status) {
		return rekey.Invalid("status", "Change it with POST /users/{id}/block and /restore.")
	}
	entered := w.Entered()
	entered.Status = u.Status
	*u = u.With(entered)
	return nil
}

func (a *API) taggedUser(u rekey.SystemUser, err error) (*tagged[client.User], error) {
	if err != nil {
		return nil, err
	}
	return tag(u.Version, a.user(u)), nil
}

// user returns a system user as the API shows it.
func (a *API) user(u rekey.SystemUser) client.User { return client.UserOf(u, a.now()) }

// moment returns written, or began if written is zero.
func moment(written, began time.Time) time.Time {
	if written.IsZero() {
		return began
	}
	return written
}
