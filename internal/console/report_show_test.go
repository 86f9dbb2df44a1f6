package console_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestReportIsOfThePeriodThatWasChosen(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	v.get("/report").shows(http.StatusOK, "Last 7 days", "Last 30 days", "Last 90 days", "Download as CSV", "No deliveries in this period")
	v.get("/report?from=2026-02-01&to=2026-02-28").shows(http.StatusOK, `value="2026-02-01"`, "/report.csv?from=2026-02-01&amp;to=2026-02-28")
	v.get("/report?from=2026-03-01&to=2026-02-28").shows(http.StatusUnprocessableEntity, "The first day must not be after the last one.").lacks("Download as CSV")
	v.get("/report?from=soon").shows(http.StatusUnprocessableEntity, "Give a day such as 2026-11-30.")
	csv := v.get("/report.csv?from=2026-02-01&to=2026-02-28")
	if got := csv.Header.Get("Content-Type"); csv.StatusCode != http.StatusOK || got != "text/csv; charset=utf-8" || !strings.HasPrefix(csv.body, "automation,automation_id,sent,") {
		t.Errorf("%s %s: %s", csv.Status, got, csv.body)
	}
	if got := csv.Header.Get("Content-Disposition"); got != `attachment; filename="report-2026-02-01-2026-02-28.csv"` {
		t.Error(got)
	}
}
