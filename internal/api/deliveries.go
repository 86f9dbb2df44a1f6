package api

import (
	"context"
	"net/http"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
)

// DeliveryList narrows and pages a list of deliveries.
type DeliveryList struct {
	Paging

	State  string `query:"state" enum:"held,queued,issued,deferred,sent,done,expired,superseded,skipped,failed,cancelled,would_be_sent" doc:"Only in this state."`
	UserID string `query:"system_user_id" maxLength:"64" doc:"Only to this system user."`
}

func (a *API) deliveryRoutes() {
	const tag = "Deliveries"
	handle(a, route{id: "list-deliveries", method: http.MethodGet, path: "/deliveries", tag: tag,
		summary: "List deliveries", about: "Deliveries of all runs, to system users that the caller may view. They show why a person got a mail, or why not."},
		func(ctx context.Context, caller rekey.SystemUser, in *DeliveryList) (*plain[client.Page[client.Delivery]], error) {
			return a.listDeliveries(ctx, caller, rekey.DeliveryQuery{}, *in)
		})
	handle(a, route{id: "get-delivery", method: http.MethodGet, path: "/deliveries/{id}", tag: tag,
		summary: "Read a delivery", errors: []int{http.StatusNotFound}},
		func(ctx context.Context, caller rekey.SystemUser, in *OneByID) (*plain[client.Delivery], error) {
			d, err := a.admin.Delivery(ctx, caller, in.ID)
			if err != nil {
				return nil, err
			}
			there, err := a.admin.DirectoryWrites(ctx, caller, in.ID)
			w := deliveryOf(d)
			w.ChangedThereAt = there.ChangedAt
			return answer(w, err)
		})
	handle(a, route{id: "retry-delivery", method: http.MethodPost, path: "/deliveries/{id}/retry", tag: tag, status: http.StatusAccepted,
		summary: "Retry a delivery", about: "For a delivery that failed, expired, was skipped or cancelled: creates another one, with a new password and all checks.",
		errors: []int{http.StatusNotFound, http.StatusConflict}},
		func(ctx context.Context, caller rekey.SystemUser, in *OneByID) (*plain[client.Delivery], error) {
			d, err := a.admin.RetryDelivery(ctx, caller, in.ID)
			return answer(deliveryOf(d), err)
		})
}

func (a *API) listDeliveries(ctx context.Context, caller rekey.SystemUser, q rekey.DeliveryQuery, in DeliveryList) (*plain[client.Page[client.Delivery]], error) {
	q.UserID, q.States = in.UserID, statesOf(in.State)
	return listed(in.Paging, "deliveries", func(d rekey.Delivery) string { return d.ID }, deliveryOf,
		func(p admin.Place) (admin.Listed[rekey.Delivery], error) {
			return a.admin.Deliveries(ctx, caller, q, p)
		})
}

func statesOf(text string) []rekey.DeliveryState {
	if text == "" {
		return nil
	}
	return []rekey.DeliveryState{rekey.DeliveryState(text)}
}
