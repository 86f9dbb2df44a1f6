package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"rekey"
	"rekey/client"
)

// The automations of the story.
const (
	leaked   = "Leaked credentials"
	reminder = "Leaked credentials, two days later"
)

// step is a step of the story. do returns lines to show.
type step struct {
	title string
	do    func(context.Context) ([]string, error)
}

// named is a person whom the event names, and the state of their delivery in the end.
type named struct{ address, state string }

// tell tells the story, up to the first step that fails.
func (s *story) tell(ctx context.Context) error {
	s.began, s.mailed = s.Clock(), map[string]string{}
	s.named, s.hero, s.next = []named{{ada, "sent"}, {grace, "sent"}, {reports, "skipped"}, {vendor, "skipped"}}, ada, alan
	steps := s.steps()
	if s.Directory {
		s.named, s.hero, s.next = []named{{hedy, "sent"}, {backups, "skipped"}}, hedy, radia
		steps = s.directorySteps()
	}
	for _, step := range steps {
		if err := s.take(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// steps are those of the story without a directory.
func (s *story) steps() []step {
	return []step{
		{"A server, a mail server and eight people on this machine", s.start},
		{"A manager saves a selection and two automations", s.automate},
		{"The security monitor posts an event that names four people", s.post},
		{"Two mails arrive, each with a new password", s.receive},
		{"The run says who was skipped, and why", s.explain},
		{"The second automation waits for its delay", s.wait},
		{"Ada logs in with the password from the mail", s.enter},
		{"It opens the page where she chooses her own, and nothing else", s.confine},
		{"Her old password does not work for now", s.rest},
		{"She chooses a password of her own", s.choose},
		{"The chosen password logs in", s.enterAgain},
		{"The mailed password no longer does", s.refuse},
		{"The same event once more starts nothing and mails nobody", s.repeat},
		{"No file that the server wrote holds a mailed password", s.search},
		{"Grace chooses a password, too, and the run is over: everybody is in", s.everybodyIn},
	}
}

func (s *story) start(ctx context.Context) (lines []string, err error) {
	// The listeners outlive the step.
	if s.world, err = newWorld(context.WithoutCancel(ctx), s.Options); err != nil {
		return nil, err
	}
	return []string{"scratch folder " + s.world.folder}, s.world.populate(ctx)
}

func (s *story) automate(ctx context.Context) ([]string, error) {
	c := s.world.client(s.world.person(margaret))
	staff, err := c.CreateSelection(ctx, rekey.Selection{Name: "Staff", Description: "Everybody with an address of our company.",
		Expression: `user.domain == "example.org"`})
	if err != nil {
		return nil, err
	}
	late, err := c.CreateSelection(ctx, rekey.Selection{Name: "Password older than two days",
		Description: "People who have not chosen a password for two days.", Expression: `user.domain == "example.org" && user.password_age_days >= 2`})
	if err != nil {
		return nil, err
	}
	replace := rekey.SendParams{UseEventParameter: true, OldPassword: rekey.ReplaceWhenSent}
	keep := rekey.SendParams{UseEventParameter: true, OldPassword: rekey.KeepUntilChanged,
		Note: "You got a new password two days ago, but have not chosen your own yet."}
	event := rekey.EventFilter{Name: rekey.TextFilter{Operator: "equals", Value: "siem.credential_leaked"}}
	for _, a := range []client.Automation{
		{Name: leaked, Description: "A new password for people whose password was found in a leak.", EventType: "external", EventFilter: event,
			JobType: "send_new_password", JobParams: replace.JSON(), SelectionID: staff.ID},
		{Name: reminder, Description: "Another password for people who have not chosen one since.", EventType: "external", EventFilter: event,
			JobType: "send_new_password", JobParams: keep.JSON(), SelectionID: late.ID, Delay: rekey.Delay{Unit: "days", Value: 2}, TimeZone: "Europe/Berlin"},
	} {
		saved, err := c.CreateAutomation(ctx, a)
		if err == nil {
			_, err = c.ActivateAutomation(ctx, saved.ID, saved.Version)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
	}
	return []string{
		"when siem.credential_leaked happens: send a new password to those involved, if they are staff",
		"and two days later again to those who have not chosen one since",
	}, nil
}

// leak is the event of the story.
func (s *story) leak() client.CloudEvent {
	return client.CloudEvent{ID: "leak-4711", Source: "/siem", Type: "siem.credential_leaked",
		Data: client.EventData("", s.addresses()...)}
}

// addresses are those of the people whom the event names.
func (s *story) addresses() []string {
	list := make([]string, len(s.named))
	for i, n := range s.named {
		list[i] = n.address
	}
	return list
}

func (s *story) post(ctx context.Context) ([]string, error) {
	receipts, err := s.world.client(s.world.person(siem)).PostEvents(ctx, s.leak())
	if err != nil {
		return nil, err
	}
	if len(receipts) != 1 || receipts[0].Repeat {
		return nil, fmt.Errorf("it was answered with %+v", receipts)
	}
	s.event = receipts[0].ID
	return []string{"POST /api/v1/events  siem.credential_leaked", "  " + strings.Join(s.addresses(), ", ")}, nil
}

func (s *story) receive(ctx context.Context) ([]string, error) {
	var lines []string
	for _, n := range s.named {
		if n.state != "sent" {
			continue
		}
		m, err := s.world.mail.WaitFor(ctx, n.address, 0)
		if err != nil {
			return nil, err
		}
		if s.mailed[n.address] = m.Password(); s.mailed[n.address] == "" {
			return nil, fmt.Errorf("the mail to %s has no password in it", n.address)
		}
		lines = append(lines, fmt.Sprintf("%s   “%s”", n.address, m.Subject))
	}
	return lines, nil
}

// run returns the run that an automation made of the event, once ready.
func (s *story) run(ctx context.Context, automation string, ready func(client.Run) bool) (client.Run, error) {
	c := s.world.client(s.world.person(margaret))
	var found client.Run
	err := eventually(ctx, fmt.Sprintf("the run of %q did not get there", automation), func() (bool, error) {
		page, err := c.Runs(ctx, client.RunFilter{EventID: s.event})
		for _, run := range page.Items {
			if run.Automation == automation && ready(run) {
				found = run
				return true, nil
			}
		}
		return false, err
	})
	return found, err
}

// eventually asks again and again until done reports true. Its error is that of done, or
// begins with the text.
func eventually(ctx context.Context, otherwise string, done func() (bool, error)) error {
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		if ok, err := done(); ok || err != nil {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%s: %w", otherwise, ctx.Err())
		}
	}
}

func (s *story) explain(ctx context.Context) ([]string, error) {
	run, err := s.run(ctx, leaked, client.Run.Ended)
	if err != nil {
		return nil, err
	}
	page, err := s.world.client(s.world.person(margaret)).Deliveries(ctx, run.ID, client.DeliveryFilter{})
	if err != nil {
		return nil, err
	}
	want := map[string]string{}
	for _, n := range s.named {
		want[n.address] = n.state
	}
	var lines []string
	for _, d := range page.Items {
		if want[d.Subject] != d.State || d.State == "skipped" && d.ReasonText == "" {
			return nil, fmt.Errorf("the delivery to %s is %s %s", d.Subject, d.State, d.Reason)
		}
		delete(want, d.Subject)
		line := fmt.Sprintf("%-24s %s", d.Subject, d.State)
		if d.ReasonText != "" {
			line += ": " + d.ReasonText
		}
		lines = append(lines, line)
	}
	if len(want) > 0 {
		return nil, fmt.Errorf("the run says nothing of %v", want)
	}
	return lines, nil
}

func (s *story) wait(ctx context.Context) ([]string, error) {
	run, err := s.run(ctx, reminder, func(r client.Run) bool { return r.State == "waiting" })
	if err != nil {
		return nil, err
	}
	if until := run.DueAt.Sub(s.Clock()); until < 46*time.Hour || until > 50*time.Hour {
		return nil, fmt.Errorf("it falls due at %s", run.DueAt)
	}
	return []string{"due " + run.DueAt.Local().Format("Monday, 2 January 15:04")}, nil
}

func (s *story) repeat(ctx context.Context) ([]string, error) {
	before := len(s.world.mail.Messages())
	receipts, err := s.world.client(s.world.person(siem)).PostEvents(ctx, s.leak())
	if err != nil {
		return nil, err
	}
	if len(receipts) != 1 || !receipts[0].Repeat || receipts[0].ID != s.event {
		return nil, fmt.Errorf("it was answered with %+v", receipts)
	}
	page, err := s.world.client(s.world.person(margaret)).Runs(ctx, client.RunFilter{EventID: s.event})
	if err != nil {
		return nil, err
	}
	if len(page.Items) != 2 {
		return nil, fmt.Errorf("there are %d runs of the event", len(page.Items))
	}
	if after := len(s.world.mail.Messages()); after != before {
		return nil, fmt.Errorf("%d mails became %d", before, after)
	}
	return nil, nil
}

var errLetIn = errors.New("it was let in")

// refused checks that a log-in is refused.
func (s *story) refused(ctx context.Context, address, password string) error {
	v := s.world.visitor()
	defer v.HTTP.CloseIdleConnections()
	p, err := v.LogIn(ctx, address, password)
	switch {
	case err != nil:
		return err
	case p.Path != "/login":
		return errLetIn
	case p.Status != http.StatusUnauthorized:
		return fmt.Errorf("it was answered with %d", p.Status)
	}
	return nil
}
