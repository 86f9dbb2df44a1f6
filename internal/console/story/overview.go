package story

import (
	"fmt"
	"time"

	"rekey/internal/console/view"
)

func overview() []Story {
	frame := inside("Overview", "/")
	frame.Wide = true
	figures := []view.Figure{
		{Number: "3", Text: "runs wait for their time", Href: "/runs?state=waiting"},
		{Number: "1", Text: "run is being sent", Href: "/runs?state=sending"},
		{Number: "10,000+", Text: "mailed passwords wait to be changed"},
		{Number: "12", Text: "system users were locked out in 24 hours", Href: "/events?type=user.locked"},
	}
	busy := view.Overview{
		Frame: frame, Figures: figures, Started: true, Charts: charts(),
		Attention: []view.Attention{
			{State: view.State{Color: view.Red, Word: "Down"}, Text: "No mail can be sent since 22 November 2026, 13:41 CET. New passwords wait. Old passwords still work, unless they were revoked.", Do: view.Link{Text: "See the mail server", Href: "/mail"}},
			{State: view.State{Color: view.Amber, Word: "Held"}, Text: "1 run waits for approval.", Do: view.Link{Text: "Review", Href: "/runs?state=held"}},
			{State: view.State{Color: view.Amber, Word: "Stopped"}, Text: "534 runs are held because the owners of their automations are blocked.", Do: view.Link{Text: "Transfer the automations", Href: "/automations?status=stopped"}},
			{State: view.State{Color: view.Red, Word: "Failed"}, Text: "1,240 deliveries failed in the last 24 hours; the old passwords still work, unless they were revoked.", Do: view.Link{Text: "Correct and retry", Href: "/mail?state=failed"}},
			{State: view.State{Color: view.Red, Word: "No way in"}, Text: "2 system users of staff cannot log in: their old passwords were revoked, and their addresses changed since.", Do: view.Link{Text: "Confirm the addresses", Href: "/directories/staff?reason=no_way_in"}},
			{State: view.State{Color: view.Amber, Word: "Deferred"}, Text: "9 mails are delayed by the mail server. Rekey retries automatically.", Do: view.Link{Text: "See the replies", Href: "/mail?state=deferred"}},
		},
	}
	busy.Alarm = &view.Alarm{Text: "No mail can be sent. New passwords wait. Old passwords still work, unless they were revoked. Rekey retries automatically.", Link: view.Link{Text: "See the reply", Href: "/mail"}}
	calm := busy
	calm.Attention, calm.Alarm = nil, nil
	first := view.Overview{Frame: frame, Figures: figures[:2], First: view.Empty{
		Icon: "bolt", Title: "No automations yet",
		Text:   "An automation says: when this happens, wait this long, then send these people a new password. Start with one of three recipes, or with an empty form.",
		Action: view.Link{Text: "Create the first automation", Href: "/automations"},
	}}
	return []Story{{"overview", busy}, {"overview-calm", calm}, {"overview-first", first}}
}

// charts are of a month in which mail was down for a day.
func charts() []view.Chart {
	days := view.Chart{ID: "days", Title: "Deliveries in 30 days", Bars: true, Note: "Sent: accepted by the mail server. Failed: refused by it permanently. Skipped: stopped by a check.",
		Columns: []view.Column{{Name: "Sent", Color: view.Green}, {Name: "Failed", Color: view.Red}, {Name: "Skipped", Color: view.Grey}}}
	hours := days
	hours.ID, hours.Title = "hours", "Deliveries in 24 hours"
	took := view.Chart{ID: "took", Title: "From the event to acceptance", Unit: "s", Note: "How long it took until the mail server accepted the mail. Delays of automations and waits for approval do not count. Half of the mails were faster than the median, and 95 % were faster than the 95 % line.",
		Columns: []view.Column{{Name: "Median", Color: view.Blue}, {Name: "95 %", Color: view.Amber}}}
	for i := range 30 {
		at := moment(time.Duration(29-i) * 24 * time.Hour)
		label := at.At.Format("2 Jan")
		sent, failed, median, late := 1200+i*37%400, i*7%23, fmt.Sprintf("%.3g", 0.02+float64(i*13%17)/100), fmt.Sprintf("%.3g", 0.4+float64(i*29%31)/10)
		if i == 17 {
			sent, failed, median, late = 0, 0, "", ""
		}
		days.Rows = append(days.Rows, view.ChartRow{From: at, Label: label, Values: []string{view.Count(sent), view.Count(failed), view.Count(i * 11 % 90)}})
		took.Rows = append(took.Rows, view.ChartRow{From: at, Label: label, Values: []string{median, late}})
	}
	for i := range 24 {
		at := moment(time.Duration(23-i) * time.Hour)
		hours.Rows = append(hours.Rows, view.ChartRow{From: at, Label: at.At.Format("15:00"), Values: []string{view.Count(i * 53 % 71), view.Count(i % 3), view.Count(i * 7 % 5)}})
	}
	return []view.Chart{days, hours, took}
}
