package story

import (
	"rekey"
	"rekey/internal/console/view"
)

func reports() []Story {
	page := view.Report{
		Frame: inside("Report", "/report"), CSV: "/report.csv",
		Tabs: []view.Tab{{Text: "Last 7 days", Href: "/report"}, {Text: "Last 30 days", Href: "/report", Active: true}, {Text: "Last 90 days", Href: "/report"}},
		From: view.Field{Name: "from", Label: "From", Kind: "date", Value: "2026-10-24"}, To: view.Field{Name: "to", Label: "To", Kind: "date", Value: "2026-11-22"},
		Rows: []view.ReportRow{
			{Automation: view.Link{Text: "Quarter rotation", Href: "/automations/1"}, Sent: "48,211", In: "40,992", Median: "3 h", Most: "2 days", Failed: "12", Skipped: "1,204", Cancelled: "0", Replaced: "3", Open: "0"},
			{Automation: view.Link{Text: longName + " " + longWord, Href: "/automations/2"}, Sent: "1,240", In: "1,198", Median: "4 min", Most: "41 min", Failed: "0", Skipped: "8", Cancelled: "2", Replaced: "0", Open: "19"},
			{Automation: view.Link{Text: "A deleted automation"}, Sent: "0", In: "0", Median: "–", Most: "–", Failed: "3", Skipped: "0", Cancelled: "0", Replaced: "0", Open: "0"},
			{Automation: view.Link{Text: "All"}, Sent: "49,451", In: "42,190", Median: "3 h", Most: "2 days", Failed: "15", Skipped: "1,212", Cancelled: "2", Replaced: "3", Open: "19"},
		},
	}
	page.Wide = true
	empty, wrong := page, page
	empty.Rows = nil
	wrong.Rows, wrong.CSV = nil, ""
	wrong.From.Errors = []string{"The first day must not be after the last one."}
	wrong.Problem = view.Problem{Fields: []rekey.FieldError{{Field: "from", Message: wrong.From.Errors[0]}}}
	return []Story{{"report", page}, {"report-empty", empty}, {"report-wrong", wrong}}
}
