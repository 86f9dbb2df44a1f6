package console

import "rekey/internal/console/view"

// alarm is what every page warns of while it lasts: mail that cannot be sent.
func (c *Console) alarm() *view.Alarm {
	if c.Mail == nil || c.Mail.Down(c.Clock()).IsZero() {
		return nil
	}
	return &view.Alarm{Text: "The mail server cannot be reached. New passwords wait, and the old ones go on working; it is tried again by itself.",
		Link: view.Link{Text: "What it said", Href: "/mail"}}
}
