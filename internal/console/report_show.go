package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"rekey"
	"rekey/internal/console/view"
	"rekey/internal/csvcells"
)

const reportPath = "/report"

// The fields of a report's period.
const (
	fieldFrom = "from"
	fieldTo   = "to"
)

// reportPeriods are the usual lengths of a period that ends today, in days.
var reportPeriods = []int{7, 30, 90}

func (c *Console) showReport(w http.ResponseWriter, r *http.Request) error {
	report, from, to, err := c.report(r)
	problem := view.Problem{Fields: fieldsIn(err)}
	if err != nil && !problem.Any() {
		return err
	}
	page := view.Report{Frame: c.frame(r, "Report", reportPath), From: dayField(fieldFrom, "From", from, problem), To: dayField(fieldTo, "To", to, problem)}
	page.Wide, page.Problem = true, problem
	today := c.Clock().In(c.readerZone(r))
	for _, days := range reportPeriods {
		first, last := today.AddDate(0, 0, 1-days).Format(time.DateOnly), today.Format(time.DateOnly)
		page.Tabs = append(page.Tabs, view.Tab{
			Text: fmt.Sprintf("Last %d days", days), Href: reportPath + "?" + period(first, last), Active: first == from && last == to,
		})
	}
	if problem.Any() {
		c.show(w, r, http.StatusUnprocessableEntity, page)
		return nil
	}
	page.CSV = reportPath + ".csv?" + period(from, to)
	for _, row := range append(slices.Clip(report.Rows), report.All) {
		page.Rows = append(page.Rows, reportRow(row))
	}
	if len(report.Rows) == 0 {
		page.Rows = nil
	}
	c.show(w, r, http.StatusOK, page)
	return nil
}

// downloadReport is the report for a spreadsheet.
func (c *Console) downloadReport(w http.ResponseWriter, r *http.Request) error {
	report, from, to, err := c.report(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="report-%s-%s.csv"`, from, to))
	out := csvcells.NewWriter(w)
	for _, line := range report.Lines() {
		if err := out.Write(line...); err != nil {
			return nil //nolint:nilerr // whoever has left cannot be told
		}
	}
	_ = out.Flush()
	return nil
}

// report reads the report that a request asks for. It returns the first and the last day,
// in the zone of the reader, also with an error. Without any these are the last 30 days.
func (c *Console) report(r *http.Request) (report rekey.Report, first, last string, err error) {
	zone := c.readerZone(r)
	today := c.Clock().In(zone)
	first, last = rekey.TypedText(r.URL.Query().Get(fieldFrom)), rekey.TypedText(r.URL.Query().Get(fieldTo))
	if last == "" {
		last = today.Format(time.DateOnly)
	}
	if first == "" {
		first = today.AddDate(0, 0, 1-reportPeriods[1]).Format(time.DateOnly)
	}
	from, to, err := rekey.ParsePeriod(first, last, zone, today)
	if err == nil {
		report, err = c.Admin.Report(r.Context(), actor(r), from, to)
	}
	return report, first, last, err
}

func dayField(name, label, value string, p view.Problem) view.Field {
	return view.Field{Name: name, Label: label, Kind: "date", Value: value, Errors: p.Of(name)}
}

func period(first, last string) string {
	return url.Values{fieldFrom: {first}, fieldTo: {last}}.Encode()
}

func reportRow(row rekey.ReportRow) view.ReportRow {
	line := view.ReportRow{
		Automation: view.Link{Text: row.Automation, Href: "/automations/" + row.AutomationID}, Sent: view.Count(row.Sent), In: view.Count(row.In), Failed: view.Count(row.Failed),
		Skipped: view.Count(row.Skipped), Cancelled: view.Count(row.Cancelled), Replaced: view.Count(row.Replaced), Open: view.Count(row.Open), Median: "–", Most: "–",
	}
	switch {
	case row.AutomationID == "":
		line.Automation = view.Link{Text: "All"}
	case row.Automation == "":
		line.Automation = view.Link{Text: capital(deletedAutomation)}
	}
	if row.In > 0 {
		line.Median, line.Most = view.About(time.Duration(row.Median)*time.Second), view.About(time.Duration(row.NinetiethPercentile)*time.Second)
	}
	return line
}
