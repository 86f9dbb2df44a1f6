package api

import (
	"context"
	"log/slog"
	"net/http"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
	"rekey/internal/server"
)

type eventList struct {
	Paging

	Type string `query:"type" maxLength:"100" doc:"Only of this event type."`
}

func (a *API) eventRoutes() {
	const tag = "Events"
	a.mux.HandleFunc("POST "+client.Prefix+"/events", a.postEvents)
	a.huma.OpenAPI().AddOperation(a.describePost(tag))
	a.mux.HandleFunc("OPTIONS "+client.Prefix+"/events", handshake)
	handle(a, route{id: "list-events", method: http.MethodGet, path: "/events", tag: tag,
		summary: "List events", about: "The latest first. Data is left out, and only the first 10 system users involved are named: GET /events/{id} has all of them."},
		func(ctx context.Context, caller rekey.SystemUser, in *eventList) (*plain[client.Page[client.Event]], error) {
			return listed(in.Paging, "events", func(e admin.EventView) string { return e.ID }, eventOf,
				func(p admin.Place) (admin.Listed[admin.EventView], error) {
					return a.admin.Events(ctx, caller, in.Type, p)
				})
		})
	handle(a, route{id: "get-event", method: http.MethodGet, path: "/events/{id}", tag: tag,
		summary: "Read an event", about: "By the id that Rekey gave the event.", errors: []int{http.StatusNotFound}},
		func(ctx context.Context, caller rekey.SystemUser, in *OneByID) (*plain[client.Event], error) {
			e, err := a.admin.Event(ctx, caller, in.ID)
			return answer(eventOf(e), err)
		})
}

func (a *API) mappingRoutes() {
	handle(a, route{id: "preview-mapping", method: http.MethodPost, path: "/mappings/preview", tag: "Events",
		summary: "Try a mapping on a sample", about: "Calculates which people an event of another system names. The sample is an event in structured mode, read as if it was posted; attributes may be left out. Nothing is stored."},
		func(ctx context.Context, caller rekey.SystemUser, in *struct{ Body client.Mapping }) (*plain[client.MappingPreview], error) {
			event, err := ReadSample(in.Body.Event)
			if err != nil {
				return nil, err
			}
			p, err := a.admin.PreviewMapping(ctx, caller, in.Body.People, event)
			return answer(client.MappingPreview{People: append([]string{}, p.People...), Unknown: p.Unknown}, err)
		})
}

// noteEvents adds the ids of events to the request's line in the log.
func noteEvents(ctx context.Context, ids ...string) {
	const shown = 10
	from := server.From(ctx)
	if len(ids) > shown {
		from.Note(slog.Int("events", len(ids)))
		ids = ids[:shown]
	}
	from.Note(slog.Any("event_id", ids))
}
