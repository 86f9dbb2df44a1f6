package api

import (
	"context"
	"net/http"

	"rekey"
	"rekey/client"
	"rekey/internal/engine"
)

func (a *API) catalogueRoutes() {
	const tag = "Catalogue"
	handle(a, route{id: "list-event-types", method: http.MethodGet, path: "/event-types", tag: tag,
		summary: "List the event types", about: "Every event type with its designation, its parameters, and how well each job type goes with it."},
		func(context.Context, rekey.SystemUser, *nothing) (*plain[client.Page[client.EventType]], error) {
			return answer(whole(rekey.EventTypes(), eventTypeOf), nil)
		})
	handle(a, route{id: "list-job-types", method: http.MethodGet, path: "/job-types", tag: tag,
		summary: "List the job types", about: "Every job type with its designation, hints and parameters, and how well each event type goes with it."},
		func(context.Context, rekey.SystemUser, *nothing) (*plain[client.Page[client.JobType]], error) {
			return answer(whole(engine.JobTypes(), jobTypeOf), nil)
		})
}

func eventTypeOf(t rekey.EventType) client.EventType {
	w := client.EventType{
		Name: t.Name, Label: t.Label, Designation: string(t.Designation), Description: t.Description,
		Parameters: append([]rekey.Parameter{}, t.Parameters...), Postable: t.External, SetOffByStranger: t.SetOffByStranger, Jobs: []client.Fit{},
	}
	for _, j := range engine.JobTypes() {
		w.Jobs = append(w.Jobs, client.Fit{JobType: j.Name, Fit: string(rekey.FitOf(t, j.JobType))})
	}
	return w
}

func jobTypeOf(j engine.JobType) client.JobType {
	w := client.JobType{
		Name: j.Name, Label: j.Label, Designation: string(j.Designation), Description: j.Description,
		Hints: append([]string{}, j.Hints...), Parameters: append([]rekey.Parameter{}, j.Parameters...),
		Offered: j.Offered, NotOffered: j.NotOffered, Events: []client.Fit{},
	}
	for _, t := range rekey.EventTypes() {
		w.Events = append(w.Events, client.Fit{EventType: t.Name, Fit: string(rekey.FitOf(t, j.JobType))})
	}
	return w
}
