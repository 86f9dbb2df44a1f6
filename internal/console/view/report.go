package view

// Report counts the deliveries of a period.
type Report struct {
	Frame

	Tabs     []Tab // the usual periods
	From, To Field
	CSV      string // where the same report is for a spreadsheet; "" if there is none
	Rows     []ReportRow
}

func (Report) template() string { return "report" }

// None is shown for a period without deliveries.
func (Report) None() Empty {
	return Empty{Icon: "history", Title: "No deliveries in this period", Text: "Choose another period. A delivery belongs to the day on which it was planned.",
		Action: Link{"Open the runs", "/runs"}}
}

// ReportRow is an automation in a report, or the last line for all of them.
type ReportRow struct {
	Automation                                           Link
	Sent, In, Failed, Skipped, Cancelled, Replaced, Open string
	// Median and Most are the times in which half, and nine of ten, of those who are in
	// have chosen a password.
	Median, Most string
}
