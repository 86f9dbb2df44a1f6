package demo

import "fmt"

// summary prints that all steps succeeded.
func (s *story) summary() {
	_, _ = fmt.Fprintf(s.out, "\n  %s  %d steps, %d mails, %s\n\n", s.in("32", "Everything worked."),
		s.steps, len(s.world.mail.Messages()), roundly(s.Clock().Sub(s.began)))
}

// signpost prints addresses and log-ins.
func (s *story) signpost() {
	url := s.world.app.URL()
	s.columns([][]string{
		{"Console", s.bold(url + "/")},
		{"Mailbox", s.bold(s.world.mail.URL())},
		{"API", s.bold(url + "/api/docs")},
	})
	_, _ = fmt.Fprintln(s.out)
	rows := [][]string{}
	for _, p := range s.world.people {
		rows = append(rows, []string{p.FirstName + " " + p.LastName, p.about + ", " + p.Type, p.Address, p.shownPassword(s)})
	}
	s.columns(rows)
	post := fmt.Sprintf("REKEY_SERVER=%s REKEY_TOKEN=%s rekey event send siem.credential_leaked --source /siem --user %s",
		url, s.world.person(siem).token, alan)
	_, _ = fmt.Fprintf(s.out, "\n  Post the event for Alan, then look at the mailbox:\n\n    %s\n\n  %s\n\n",
		post, s.quiet("Ctrl-C stops and removes everything."))
}

// shownPassword returns the password with which a person logs in now.
func (p *person) shownPassword(s *story) string {
	if mailed, ok := s.mailed[p.Address]; ok && p.Address != ada {
		return mailed + "  (mailed)"
	}
	return p.password
}
