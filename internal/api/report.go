package api

import (
	"context"
	"net/http"
	"time"

	"rekey"
)

// period is the input of a report.
type period struct {
	From string `query:"from" maxLength:"10" doc:"The first day, in UTC. Left out: 30 days before the end." example:"2026-11-01"`
	To   string `query:"to" maxLength:"10" doc:"The last day, in UTC. Left out: until now." example:"2026-11-30"`
}

func (a *API) reportRoutes() {
	handle(a, route{id: "report", method: http.MethodGet, path: "/report", tag: "Runs",
		summary: "Count the deliveries of a period", about: "By automation and outcome, with the time from mail to chosen password. A delivery belongs to the day on which it was planned. Counts only people whom the caller may view."},
		func(ctx context.Context, caller rekey.SystemUser, in *period) (*plain[rekey.Report], error) {
			from, to, err := rekey.ParsePeriod(in.From, in.To, time.UTC, a.now())
			if err != nil {
				return nil, err
			}
			report, err := a.admin.Report(ctx, caller, from, to)
			if report.Rows == nil {
				report.Rows = []rekey.ReportRow{}
			}
			return answer(report, err)
		})
}
