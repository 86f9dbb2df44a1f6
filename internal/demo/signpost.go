package demo

import (
	"fmt"

	"rekey/internal/english"
)

// summary prints that all steps succeeded.
func (s *story) summary() {
	_, _ = fmt.Fprintf(s.out, "\n  %s  %d steps, %s, %s\n\n", s.in("32", "Everything worked."),
		s.count, english.Count(len(s.world.mail.Messages()), "mail", "mails"), roundly(s.Clock().Sub(s.began)))
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
		url, s.world.person(siem).token, s.next)
	if s.Directory {
		at := s.world.there.Settings()
		_, _ = fmt.Fprintf(s.out, "\n  See which password the directory takes:\n\n    LDAPTLS_CACERT=%s ldapwhoami -x -H %s -D uid=%s,%s -W\n",
			at.CAFile, at.Addresses[0], login(s.next), at.Base)
	}
	_, _ = fmt.Fprintf(s.out, "\n  Post the event for %s, then look at the mailbox:\n\n    %s\n\n  %s\n\n",
		s.world.person(s.next).FirstName, post, s.quiet("Ctrl-C stops and removes everything."))
}

// shownPassword returns the password with which a person logs in now.
func (p *person) shownPassword(s *story) string {
	if mailed, ok := s.mailed[p.Address]; ok && p.Address != s.hero && !s.chosen {
		return mailed + "  (mailed)"
	}
	return p.password
}
