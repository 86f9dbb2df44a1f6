package admin

import (
	"context"
	"errors"
	"time"

	"rekey"
)

var errNotYet = errors.New("not written yet")

// ---- system users

// User returns a system user whom the actor may view.
func (s *Service) User(ctx context.Context, actor rekey.SystemUser, id string) (rekey.SystemUser, error) {
	return rekey.SystemUser{}, errNotYet
}

// FindUser returns a system user by id or address whom the actor may view.
func (s *Service) FindUser(ctx context.Context, actor rekey.SystemUser, idOrAddress string) (rekey.SystemUser, error) {
	return rekey.SystemUser{}, errNotYet
}

// Users lists the system users whom the actor may view, without their sources.
func (s *Service) Users(ctx context.Context, actor rekey.SystemUser, q UserQuery) ([]rekey.SystemUser, error) {
	return nil, errNotYet
}

// CreateUser stores a new system user without a password and records
// user.created. Id, moments and versions of u are filled in; Status "" is active.
func (s *Service) CreateUser(ctx context.Context, actor rekey.SystemUser, u rekey.SystemUser) (rekey.SystemUser, error) {
	return u, errNotYet
}

// CreateUsers stores all of them or none; fields are named "users[3].address".
func (s *Service) CreateUsers(ctx context.Context, actor rekey.SystemUser, users []rekey.SystemUser) ([]rekey.SystemUser, error) {
	return nil, errNotYet
}

// UpdateUser changes a system user. change gets the stored record and sets what
// is to be different (all fields, or those of a PATCH); it must do nothing else,
// since it runs within the transaction. version is the If-Match; 0 is any.
// The status is changed by BlockUser and RestoreUser only.
func (s *Service) UpdateUser(ctx context.Context, actor rekey.SystemUser, id string, version int64, change func(*rekey.SystemUser) error) (rekey.SystemUser, error) {
	return rekey.SystemUser{}, errNotYet
}

// BlockUser keeps a system user out. Blocking twice changes nothing.
func (s *Service) BlockUser(ctx context.Context, actor rekey.SystemUser, id string, version int64) (rekey.SystemUser, error) {
	return rekey.SystemUser{}, errNotYet
}

// RestoreUser lifts the block on a system user.
func (s *Service) RestoreUser(ctx context.Context, actor rekey.SystemUser, id string, version int64) (rekey.SystemUser, error) {
	return rekey.SystemUser{}, errNotYet
}

// DeleteUser deletes a system user who owns neither automations nor selections.
func (s *Service) DeleteUser(ctx context.Context, actor rekey.SystemUser, id string, version int64) error {
	return errNotYet
}

// SendRequest is what became of asking for a new password for somebody.
type SendRequest struct {
	Event    rekey.Event
	Runs     []rekey.Run
	Warnings []Warning
}

// SendPassword records password.send_requested for a system user.
func (s *Service) SendPassword(ctx context.Context, actor rekey.SystemUser, userID string) (SendRequest, error) {
	return SendRequest{}, errNotYet
}

// ---- selections

// Selection returns a selection by its id.
func (s *Service) Selection(ctx context.Context, actor rekey.SystemUser, id string) (rekey.Selection, error) {
	return rekey.Selection{}, errNotYet
}

// SelectionByName returns a selection by its name, without regard to case.
func (s *Service) SelectionByName(ctx context.Context, actor rekey.SystemUser, name string) (rekey.Selection, error) {
	return rekey.Selection{}, errNotYet
}

// Selections lists selections; search is part of a name, after the last id of
// the page before.
func (s *Service) Selections(ctx context.Context, actor rekey.SystemUser, search, after string, limit int) ([]rekey.Selection, error) {
	return nil, errNotYet
}

// CreateSelection stores a new selection, owned by the actor. Of sel only name,
// description and expression count.
func (s *Service) CreateSelection(ctx context.Context, actor rekey.SystemUser, sel rekey.Selection) (rekey.Selection, error) {
	return sel, errNotYet
}

// UpdateSelection changes name, description or expression; see UpdateUser.
func (s *Service) UpdateSelection(ctx context.Context, actor rekey.SystemUser, id string, version int64, change func(*rekey.Selection) error) (rekey.Selection, error) {
	return rekey.Selection{}, errNotYet
}

// DeleteSelection deletes a selection that no automation uses.
func (s *Service) DeleteSelection(ctx context.Context, actor rekey.SystemUser, id string, version int64) error {
	return errNotYet
}

// Candidate is one system user in a preview.
type Candidate struct {
	// Subject is what the event or the job named; "" in the preview of a selection.
	Subject string
	// User is the zero value if Subject is nobody's.
	User rekey.SystemUser
	// Reason is why not; "" means that they match, or get a new password.
	Reason rekey.Reason
	Detail string // what exactly, for people
}

// SelectionPreview is whom a condition selects, among those the actor may view.
type SelectionPreview struct {
	Matched      int
	NotMatched   int
	NotEvaluated int
	In           []Candidate // the first who match
	Out          []Candidate // the first who do not, with the reason
	// Complete is false when the budget ended the preview before everybody was
	// looked at; Stopped says so in words.
	Complete bool
	Stopped  string
}

// PreviewSelection calculates a condition now. limit is how many are listed in
// and out, 1 to MaxPage; 0 is 20.
func (s *Service) PreviewSelection(ctx context.Context, actor rekey.SystemUser, expression string, limit int) (SelectionPreview, error) {
	return SelectionPreview{}, errNotYet
}

// ---- automations

// SavedAutomation is an automation as it was stored.
type SavedAutomation struct {
	Automation rekey.Automation
	Warnings   []Warning
	// Cancelled is how many waiting runs ended with it.
	Cancelled int64
}

// NewAutomation returns what a new automation begins with: the built-in
// selection, no delay, UTC, the job Send New Password. A caller writes what it
// was given over it and hands it to CreateAutomation.
func (s *Service) NewAutomation(ctx context.Context, actor rekey.SystemUser) (rekey.Automation, error) {
	return rekey.Automation{}, errNotYet
}

// Automation returns an automation by its id.
func (s *Service) Automation(ctx context.Context, actor rekey.SystemUser, id string) (rekey.Automation, error) {
	return rekey.Automation{}, errNotYet
}

// AutomationByName returns an automation by its name, without regard to case.
func (s *Service) AutomationByName(ctx context.Context, actor rekey.SystemUser, name string) (rekey.Automation, error) {
	return rekey.Automation{}, errNotYet
}

// Automations lists automations in the order of their creation.
func (s *Service) Automations(ctx context.Context, actor rekey.SystemUser, q AutomationQuery) ([]rekey.Automation, error) {
	return nil, errNotYet
}

// CreateAutomation stores a new automation, owned by the actor: as a draft,
// which may be incomplete, or activated, which must be valid.
func (s *Service) CreateAutomation(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, activate bool) (SavedAutomation, error) {
	return SavedAutomation{}, errNotYet
}

// UpdateAutomation changes an automation; see UpdateUser. Id, owner, status and
// purpose stay as they are. An active one must stay valid.
func (s *Service) UpdateAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64, change func(*rekey.Automation) error) (SavedAutomation, error) {
	return SavedAutomation{}, errNotYet
}

// ActivateAutomation lets events start runs, if everything is valid.
func (s *Service) ActivateAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64) (SavedAutomation, error) {
	return SavedAutomation{}, errNotYet
}

// DeactivateAutomation ends that, and cancels the runs that wait.
func (s *Service) DeactivateAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64) (SavedAutomation, error) {
	return SavedAutomation{}, errNotYet
}

// CopyAutomation makes a draft like it, owned by the actor. name "" is a name
// made from the original's.
func (s *Service) CopyAutomation(ctx context.Context, actor rekey.SystemUser, id, name string) (SavedAutomation, error) {
	return SavedAutomation{}, errNotYet
}

// DeleteAutomation deletes an automation and cancels the runs that wait, whose
// number it returns.
func (s *Service) DeleteAutomation(ctx context.Context, actor rekey.SystemUser, id string, version int64) (cancelled int64, err error) {
	return 0, errNotYet
}

// AutomationPreview is who would get a new password if the event happened now.
type AutomationPreview struct {
	Reached []Candidate // those who would get one
	Skipped []Candidate // those who would not, and why
	// Hidden is how many more there are whom the actor may not view.
	Hidden int
	// Complete is false when more people could be meant than were looked at.
	Complete bool
	Warnings []Warning
}

// PreviewAutomation says who would get a new password if the event happened now
// and involved these people (ids or addresses); with none, everybody whom the
// actor may view, up to a limit. a is a stored automation, or one that is being
// edited: with the id of a stored one it acts for that one's owner.
func (s *Service) PreviewAutomation(ctx context.Context, actor rekey.SystemUser, a rekey.Automation, subjects []string) (AutomationPreview, error) {
	return AutomationPreview{}, errNotYet
}

// EnsureBuiltIns creates the selection and the automations that exist from the
// start, where they are absent.
func (s *Service) EnsureBuiltIns(ctx context.Context) error { return errNotYet }

// ---- events, runs, deliveries

// EventView is an event as the actor may see it: Users are without those they
// may not view, and Data is left out if there are such.
type EventView struct {
	rekey.Event
	Hidden int // how many more system users are involved
}

// Event returns an event by its id.
func (s *Service) Event(ctx context.Context, actor rekey.SystemUser, id string) (EventView, error) {
	return EventView{}, errNotYet
}

// Events lists events from the latest on; before is the last id of the page
// before.
func (s *Service) Events(ctx context.Context, actor rekey.SystemUser, eventType, before string, limit int) ([]EventView, error) {
	return nil, errNotYet
}

// RunView is a run with what became of its deliveries.
type RunView struct {
	rekey.Run
	Tallies []Tally // of those whom the actor may view
	Hidden  int64   // how many more deliveries there are
}

// Run returns a run by its id.
func (s *Service) Run(ctx context.Context, actor rekey.SystemUser, id string) (RunView, error) {
	return RunView{}, errNotYet
}

// Runs lists runs from the latest on, each with its tallies.
func (s *Service) Runs(ctx context.Context, actor rekey.SystemUser, q RunQuery) ([]RunView, error) {
	return nil, errNotYet
}

// CancelRun ends a run that is waiting, held or sending.
func (s *Service) CancelRun(ctx context.Context, actor rekey.SystemUser, id string) (RunView, error) {
	return RunView{}, errNotYet
}

// Delivery returns a delivery by its id, without anything secret.
func (s *Service) Delivery(ctx context.Context, actor rekey.SystemUser, id string) (rekey.Delivery, error) {
	return rekey.Delivery{}, errNotYet
}

// Deliveries lists the deliveries of those whom the actor may view, without
// anything secret.
func (s *Service) Deliveries(ctx context.Context, actor rekey.SystemUser, q DeliveryQuery) ([]rekey.Delivery, error) {
	return nil, errNotYet
}

// RetryDelivery makes another delivery for the user of one that came to nothing.
func (s *Service) RetryDelivery(ctx context.Context, actor rekey.SystemUser, id string) (rekey.Delivery, error) {
	return rekey.Delivery{}, errNotYet
}

// ---- tokens

// CreateToken makes a token for an API or Hybrid user. Its text is in the answer
// and nowhere else. life 0 is rekey.DefaultTokenLife, at most rekey.MaxTokenLife.
func (s *Service) CreateToken(ctx context.Context, actor rekey.SystemUser, userID, name string, life time.Duration) (rekey.Token, rekey.Secret, error) {
	return rekey.Token{}, rekey.Secret{}, errNotYet
}

// Tokens lists the tokens of a system user, the latest first.
func (s *Service) Tokens(ctx context.Context, actor rekey.SystemUser, userID string) ([]rekey.Token, error) {
	return nil, errNotYet
}

// RevokeToken deletes a token.
func (s *Service) RevokeToken(ctx context.Context, actor rekey.SystemUser, id string) error {
	return errNotYet
}
