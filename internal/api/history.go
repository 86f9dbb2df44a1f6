package api

import (
	"context"
	"net/http"
	"strconv"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
)

type historyList struct {
	OneByID
	Paging
}

// historyRoute adds the history of what is found below a path.
func (a *API) historyRoute(path, tag, name string, kind rekey.Kind) {
	handle(a, route{id: "list-" + name + "-history", method: http.MethodGet, path: path + "/{id}/history", tag: tag,
		summary: "List the changes", about: "Who changed what and when, the latest first. What keep_days has deleted is left out.",
		errors: []int{http.StatusNotFound}},
		func(ctx context.Context, caller rekey.SystemUser, in *historyList) (*plain[client.Page[rekey.Change]], error) {
			return listed(in.Paging, name+" history of "+in.ID, func(c rekey.Change) string { return strconv.FormatInt(c.Version, 10) }, changeOf,
				func(p admin.Place) (admin.Listed[rekey.Change], error) {
					return a.admin.History(ctx, caller, kind, in.ID, p)
				})
		})
}

// changeOf returns a change as the API shows it.
func changeOf(c rekey.Change) rekey.Change {
	c.Fields = append([]rekey.FieldChange{}, c.Fields...)
	return c
}
