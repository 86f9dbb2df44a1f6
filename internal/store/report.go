package store

import (
	"context"
	"time"

	"rekey"
)

// ofPeriod are the deliveries of the first two arguments, which are ids, to users up to the
// rank of the third. Ids begin with the moment when they were made, so the key of the table
// finds the period, and nothing else is read. Trials count for nothing, and messages are no
// passwords.
const ofPeriod = ` FROM deliveries d CROSS JOIN runs r LEFT JOIN system_users u ON u.id = d.user_id
	WHERE d.id >= $1 AND d.id < $2 AND r.id = d.run_id AND NOT r.trial AND d.old_password <> '' AND COALESCE(u.rank, 0) <= $3`

// Report counts the deliveries that were planned in a period, to users up to a rank, by
// automation. The rows have no names and no order.
func (s Queries) Report(ctx context.Context, from, to time.Time, maxRank int) (rekey.Report, error) {
	report := rekey.Report{From: from, To: to}
	found := map[string]*rekey.ReportRow{"": &report.All}
	period := []any{firstID(from), firstID(to), maxRank}
	err := s.each(ctx, `SELECT r.automation_id, d.state, d.accepted_at > 0, COUNT(*)`+ofPeriod+` GROUP BY r.automation_id, d.state, d.accepted_at > 0`,
		period, func(r rows) error {
			var id string
			var state rekey.DeliveryState
			var accepted bool
			var n int
			if err := r.Scan(&id, &state, &accepted, &n); err != nil {
				return err
			}
			if found[id] == nil {
				found[id] = &rekey.ReportRow{AutomationID: id}
			}
			found[id].Count(state, accepted, n)
			report.All.Count(state, accepted, n)
			return nil
		})
	if err != nil {
		return report, err
	}
	for _, by := range []string{`r.automation_id`, `''`} {
		if err := s.firstUse(ctx, by, period, found); err != nil {
			return report, err
		}
	}
	for id, row := range found {
		if id != "" {
			report.Rows = append(report.Rows, *row)
		}
	}
	return report, nil
}

// firstUse adds to rows how many have chosen a password since their mail, and how long that
// took: by nearest rank, half of them and nine of ten.
func (s Queries) firstUse(ctx context.Context, by string, period []any, into map[string]*rekey.ReportRow) error {
	return s.each(ctx, `SELECT id, n, MIN(took) FILTER (WHERE place = (n + 1) / 2), MIN(took) FILTER (WHERE place = (9 * n + 9) / 10)
		FROM (SELECT id, took, ROW_NUMBER() OVER (PARTITION BY id ORDER BY took) AS place, COUNT(*) OVER (PARTITION BY id) AS n
			FROM (SELECT `+by+` AS id, d.in_at - d.accepted_at AS took`+ofPeriod+` AND d.accepted_at > 0 AND d.in_at >= d.accepted_at) used) placed
		GROUP BY id, n`, period, func(r rows) error {
		var id string
		var n int
		var median, most int64
		if err := r.Scan(&id, &n, &median, &most); err != nil {
			return err
		}
		row := into[id]
		row.In, row.Median, row.NinetiethPercentile = n, seconds(median), seconds(most)
		return nil
	})
}

func seconds(micros int64) int64 { return micros / int64(time.Second/time.Microsecond) }
