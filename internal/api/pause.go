package api

import (
	"context"
	"net/http"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
)

func (a *API) pauseRoutes() {
	const tag = "Pause"
	handle(a, route{id: "get-pause", method: http.MethodGet, path: "/pause", tag: tag, summary: "Is sending paused?"},
		func(ctx context.Context, caller rekey.SystemUser, _ *nothing) (*plain[client.Pause], error) {
			p, err := a.admin.Pause(ctx, caller)
			return answer(pauseOf(p), err)
		})
	handle(a, route{id: "pause", method: http.MethodPost, path: "/pause", tag: tag, summary: "Pause all sending",
		about: "On all nodes, no run is executed and no new mail is sent. Events are still stored, and people can choose passwords. If sending is already paused, nothing changes. Administrators only."},
		func(ctx context.Context, caller rekey.SystemUser, in *struct{ Body client.PauseRequest }) (*plain[client.Pause], error) {
			p, err := a.admin.PauseSending(ctx, caller, in.Body.Reason)
			return answer(pauseOf(p), err)
		})
	handle(a, route{id: "resume", method: http.MethodPost, path: "/resume", tag: tag, summary: "Resume sending",
		about: "Starts everything that waited, the oldest first. A delivery that was certainly never mailed gets a new password and a new validity. A delivery that may have been mailed does not change. Requests by 'Forgot your password?' that are older than 4 hours are cancelled. Without a pause this does nothing. Administrators only."},
		func(ctx context.Context, caller rekey.SystemUser, _ *nothing) (*plain[rekey.Resumed], error) {
			return answer(a.admin.Resume(ctx, caller))
		})
}

// pauseOf returns a pause as the API shows it.
func pauseOf(p admin.PauseView) client.Pause {
	return client.Pause{Paused: p.On(), Since: p.At, By: p.By, Reason: p.Reason, Runs: counted(p.Runs), Deliveries: counted(p.Deliveries)}
}

// counted returns a total as one number: N+1 if there are more than N.
func counted(t admin.Total) int {
	if t.More {
		return t.N + 1
	}
	return t.N
}
