package console

import (
	"net/http"
	"time"

	"rekey/internal/admin"
	"rekey/internal/console/view"
)

// backtestRows is how many runs of a backtest the editor shows.
const backtestRows = 20

// backtest says what the typed automation would have done in the last 90 days.
func (c *Console) backtest(r *http.Request, d drafted) (*view.Backtest, error) {
	if err := d.readable(); err != nil {
		return nil, err
	}
	b, err := c.Admin.Backtest(r.Context(), actor(r), d.edited, admin.DefaultBacktestDays, admin.BacktestTime)
	if err != nil {
		return nil, err
	}
	shown := &view.Backtest{Sentences: b.Sentences(func(at time.Time) string { return c.moment(r, at).Exact() })}
	for _, run := range b.Latest[:min(len(b.Latest), backtestRows)] {
		shown.Rows = append(shown.Rows, view.BacktestRow{
			Due: c.moment(r, run.DueAt), Event: run.EventID, Reached: run.Reached, Skipped: run.Skipped, Why: capital(run.Detail),
		})
	}
	if b.Runs > len(shown.Rows) {
		shown.More = view.Plural(b.Runs-len(shown.Rows), "earlier run is", "earlier runs are") + " not listed."
	}
	return shown, nil
}
