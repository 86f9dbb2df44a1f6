package admin

import (
	"cmp"
	"context"
	"slices"
	"time"

	"rekey"
)

// Report counts the deliveries that were planned in a period, by automation and outcome.
// It counts only people whom the actor may view, as the lists of runs and deliveries do.
// The actor must be allowed to define automations.
func (s *Service) Report(ctx context.Context, actor rekey.SystemUser, from, to time.Time) (rekey.Report, error) {
	if err := mayRead(actor); err != nil {
		return rekey.Report{}, err
	}
	report, err := s.store.Report(ctx, from, to, actor.Authority().Rank)
	if err != nil {
		return report, err
	}
	for i := range report.Rows {
		row := &report.Rows[i]
		a, err := s.store.Automation(ctx, row.AutomationID)
		if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
			return report, err
		}
		row.Automation = a.Name
	}
	slices.SortFunc(report.Rows, func(a, b rekey.ReportRow) int {
		return cmp.Or(cmp.Compare(b.Deliveries(), a.Deliveries()), cmp.Compare(a.Automation, b.Automation), cmp.Compare(a.AutomationID, b.AutomationID))
	})
	return report, nil
}
