package api

import (
	"context"
	"net/http"
	"time"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
)

type runList struct {
	Paging

	AutomationID string `query:"automation_id" maxLength:"64" doc:"Only of this automation."`
	EventID      string `query:"event_id" maxLength:"64" doc:"Only for this event."`
	Trial        string `query:"trial" enum:"only,none" doc:"Only trials, or none."`
	State        string `query:"state" enum:"waiting,planning,sending,held,finished,cancelled,failed" doc:"Only in this state."`
}

func (a *API) runRoutes() {
	const tag = "Runs"
	handle(a, route{id: "list-runs", method: http.MethodGet, path: "/runs", tag: tag,
		summary: "List runs", about: "The latest first."}, a.listRuns)
	handle(a, route{id: "get-run", method: http.MethodGet, path: "/runs/{id}", tag: tag,
		summary: "Read a run", errors: []int{http.StatusNotFound}},
		func(ctx context.Context, caller rekey.SystemUser, in *OneByID) (*plain[client.Run], error) {
			run, err := a.admin.Run(ctx, caller, in.ID)
			return answer(runOf(run), err)
		})
	handle(a, route{id: "cancel-run", method: http.MethodPost, path: "/runs/{id}/cancel", tag: tag,
		summary: "Cancel a run", about: "People who have no password from this run yet get none. Passwords that were sent stay valid.", errors: []int{http.StatusNotFound, http.StatusConflict}},
		func(ctx context.Context, caller rekey.SystemUser, in *OneByID) (*plain[client.Run], error) {
			run, err := a.admin.CancelRun(ctx, caller, in.ID)
			return answer(runOf(run), err)
		})
	handle(a, route{id: "approve-run", method: http.MethodPost, path: "/runs/{id}/approve", tag: tag,
		summary: "Approve a held run", about: "Releases a run that would reach more people than its automation's ceiling allows, or that was stopped in a wave. All checks are made again, and only people on the list are reached. The automation's owner, and the last person who saved it, can approve only as an Administrator, unless the run was stopped by hand.",
		errors: []int{http.StatusNotFound, http.StatusConflict}},
		func(ctx context.Context, caller rekey.SystemUser, in *struct {
			OneByID

			Body client.Approval
		},
		) (*plain[client.Run], error) {
			run, err := a.admin.ApproveRun(ctx, caller, in.ID, in.Body.Count)
			return answer(runOf(run), err)
		})
	handle(a, route{id: "send-again", method: http.MethodPost, path: "/runs/{id}/send-again", tag: tag, status: http.StatusAccepted,
		summary: "Send again to those who are not in",
		about:   "Starts a run that sends a new password to the people of this run who have not chosen one since and wait for no mail. It acts with the caller's authority, keeps the old passwords, and makes all checks again: the ceiling of the automation that sends by hand, at most one mail a person in 4 hours and three in 24. Who chooses a password meanwhile is skipped.",
		errors:  []int{http.StatusNotFound, http.StatusConflict}},
		func(ctx context.Context, caller rekey.SystemUser, in *struct {
			OneByID

			Body *client.Again
		},
		) (*plain[client.PasswordSent], error) {
			var last *string
			if in.Body != nil {
				last = in.Body.Last
			}
			sent, err := a.admin.SendAgain(ctx, caller, in.ID, last)
			return answerSent(ctx, sent, err)
		})
	a.undoRoutes(tag)
	a.waveRoutes(tag)
	a.heldRoutes(tag)
	handle(a, route{id: "list-run-deliveries", method: http.MethodGet, path: "/runs/{id}/deliveries", tag: tag,
		summary: "List the deliveries of a run", about: "With standing, lists the people of the run, each once: those who are in, or those who are not, and why.", errors: []int{http.StatusNotFound}},
		func(ctx context.Context, caller rekey.SystemUser, in *struct {
			OneByID
			DeliveryList

			Standing string `query:"standing" enum:"in,not_in,not_yet,no_longer,none,on_the_way,skipped" doc:"Only people with this standing, in place of a state. not_in: all who are neither in nor skipped."`
			Undone   string `query:"undone" enum:"ended,kept,no_chosen,revoked,begun,directory,resting,not_allowed" doc:"Only those with which the undo of the run did this. kept: all whose mailed password was kept."`
		},
		) (*plain[client.Page[client.Delivery]], error) {
			if _, err := a.admin.Run(ctx, caller, in.ID); err != nil {
				return nil, err
			}
			if in.Standing != "" && in.State != "" {
				return nil, rekey.Invalid("standing", "Give a state or a standing, not both.")
			}
			return a.listDeliveries(ctx, caller, rekey.DeliveryQuery{RunID: in.ID, Standing: rekey.Standing(in.Standing), Undone: rekey.Undone(in.Undone)}, in.DeliveryList)
		})
}

func (a *API) undoRoutes(tag string) {
	handle(a, route{id: "preview-undo", method: http.MethodGet, path: "/runs/{id}/undo", tag: tag,
		summary: "Preview the undo of a run", about: "How many mailed passwords would end, and how many would be kept and why. Changes nothing.", errors: []int{http.StatusNotFound, http.StatusConflict}},
		func(ctx context.Context, caller rekey.SystemUser, in *OneByID) (*plain[rekey.UndoPreview], error) {
			return answer(a.admin.PreviewUndo(ctx, caller, in.ID))
		})
	handle(a, route{id: "undo-run", method: http.MethodPost, path: "/runs/{id}/undo", tag: tag, status: http.StatusAccepted,
		summary: "Undo a run",
		about:   "Cancels what has not been sent, and ends the passwords that the run mailed to people whose chosen password works without them. They get a short mail about it. Who has no chosen password, whose chosen one was revoked, or who has begun to choose keeps the mailed one. No chosen password changes. This is done part by part; read the run to follow it. If the run was undone before, the answer is the run as it is.",
		errors:  []int{http.StatusNotFound, http.StatusConflict}},
		func(ctx context.Context, caller rekey.SystemUser, in *OneByID) (*plain[client.Run], error) {
			run, err := a.admin.UndoRun(ctx, caller, in.ID)
			return answer(runOf(run), err)
		})
}

func (a *API) waveRoutes(tag string) {
	handle(a, route{id: "stop-run", method: http.MethodPost, path: "/runs/{id}/stop", tag: tag,
		summary: "Stop a run in waves", about: "People who have no password from this run yet are held until somebody approves the run.", errors: []int{http.StatusNotFound, http.StatusConflict}},
		func(ctx context.Context, caller rekey.SystemUser, in *OneByID) (*plain[client.Run], error) {
			run, err := a.admin.StopRun(ctx, caller, in.ID)
			return answer(runOf(run), err)
		})
	handle(a, route{id: "send-rest-of-run", method: http.MethodPost, path: "/runs/{id}/send-rest", tag: tag,
		summary: "Send the rest of a run in waves now", about: "Everybody who waits belongs to the next wave, which begins now, or when the automation's hours begin. All checks are made again.", errors: []int{http.StatusNotFound, http.StatusConflict}},
		func(ctx context.Context, caller rekey.SystemUser, in *OneByID) (*plain[client.Run], error) {
			run, err := a.admin.SendRest(ctx, caller, in.ID)
			return answer(runOf(run), err)
		})
}

func (a *API) heldRoutes(tag string) {
	handle(a, route{id: "get-held-runs", method: http.MethodGet, path: "/automations/{id}/held", tag: tag,
		summary: "Count the held runs of an automation", errors: []int{http.StatusNotFound}},
		func(ctx context.Context, caller rekey.SystemUser, in *OneByID) (*plain[rekey.HeldRuns], error) {
			return answer(a.admin.HeldRuns(ctx, caller, in.ID))
		})
	handle(a, route{id: "approve-held-runs", method: http.MethodPost, path: "/automations/{id}/held/approve", tag: tag,
		summary: "Approve all held runs of an automation", about: "Releases the runs that were held up to a moment, if count is the number of people that they would reach in all. Each run is calculated again, and only people on its list are reached. The answer counts what was released.",
		errors: []int{http.StatusNotFound, http.StatusConflict}},
		func(ctx context.Context, caller rekey.SystemUser, in *struct {
			OneByID

			Body client.HeldApproval
		},
		) (*plain[rekey.HeldRuns], error) {
			return answer(a.admin.ApproveHeldRuns(ctx, caller, in.ID, in.Body.Count, in.Body.Until))
		})
	handle(a, route{id: "cancel-held-runs", method: http.MethodPost, path: "/automations/{id}/held/cancel", tag: tag,
		summary: "Cancel all held runs of an automation", about: "Whatever the runs wait for.", errors: []int{http.StatusNotFound}},
		func(ctx context.Context, caller rekey.SystemUser, in *struct {
			OneByID

			Body *client.HeldUntil
		},
		) (*plain[client.Deleted], error) {
			var until time.Time
			if in.Body != nil {
				until = in.Body.Until
			}
			n, err := a.admin.CancelHeldRuns(ctx, caller, in.ID, until)
			return answer(client.Deleted{Cancelled: int64(n)}, err)
		})
}

func (a *API) listRuns(ctx context.Context, caller rekey.SystemUser, in *runList) (*plain[client.Page[client.Run]], error) {
	q := rekey.RunQuery{AutomationID: in.AutomationID, EventID: in.EventID, State: rekey.RunState(in.State), Trial: rekey.TrialFilter(in.Trial)}
	return listed(in.Paging, "runs", func(r admin.RunView) string { return r.ID }, runOf,
		func(p admin.Place) (admin.Listed[admin.RunView], error) { return a.admin.Runs(ctx, caller, q, p) })
}
