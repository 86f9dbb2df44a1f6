package main

import (
	"context"
	"fmt"

	"rekey/client"
)

type deliveryCommands struct {
	List  deliveryListCommand  `cmd:"" help:"List deliveries: who got a mail, who did not, and why."`
	Show  deliveryShowCommand  `cmd:"" help:"Show a delivery."`
	Retry deliveryRetryCommand `cmd:"" help:"Retry a delivery that did not succeed, with a new password."`
}

type deliveryListCommand struct {
	remote

	User  string `placeholder:"ADDRESS" help:"Only to this system user: address or id."`
	RunID string `name:"run" placeholder:"ID" help:"Only of this run."`
	State string `placeholder:"STATE" help:"held, queued, issued, deferred, sent, done, expired, superseded, skipped, failed, cancelled or would_be_sent."`
	Limit int    `default:"50" placeholder:"N" help:"At most N; 0 for all."`
}

// Run implements the command.
func (l *deliveryListCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	var user client.User
	if l.User != "" {
		var err error
		if user, err = findUser(ctx, c, l.User); err != nil {
			return err
		}
	}
	deliveries, err := firstOf(ctx, l.Limit, func(ctx context.Context, p client.Paging) (client.Page[client.Delivery], error) {
		return c.Deliveries(ctx, l.RunID, client.DeliveryFilter{State: l.State, UserID: user.ID, Paging: p})
	})
	if err != nil {
		return notFound(err, "run", l.RunID)
	}
	if l.JSON {
		return e.json(deliveries)
	}
	var rows [][]string
	for _, d := range deliveries {
		rows = append(rows, []string{d.ID, recipientText(d), d.State, dash(d.ReasonText), dash(replyText(d)), moment(d.UpdatedAt)})
	}
	return e.table([]string{"ID", "SYSTEM USER", "STATE", "WHY", "MAIL SERVER", "SINCE"}, rows)
}

// recipientText returns the address of a delivery, or else what the event or the job
// named.
func recipientText(d client.Delivery) string {
	if d.Address != "" {
		return d.Address
	}
	return d.Subject
}

// replyText returns the last SMTP reply, such as "250 ok", or "".
func replyText(d client.Delivery) string {
	if d.ReplyCode == 0 {
		return ""
	}
	return fmt.Sprintf("%d %s", d.ReplyCode, d.ReplyText)
}

type deliveryShowCommand struct {
	remote

	ID string `arg:"" name:"id" help:"The delivery's id."`
}

// Run implements the command.
func (s *deliveryShowCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	d, err := c.Delivery(ctx, s.ID)
	if err != nil {
		return notFound(err, "delivery", s.ID)
	}
	if s.JSON {
		return e.json(d)
	}
	changed := ""
	if !d.ChangedThereAt.IsZero() {
		changed = moment(d.ChangedThereAt) + ", by somebody else; the mailed password still opens the page"
	}
	return e.facts(fact{"System user", recipientText(d)}, fact{"State", d.State}, fact{"Why", d.ReasonText},
		fact{"Old password", d.OldPassword}, fact{"Mail server", replyText(d)}, fact{"Issued", moment(d.IssuedAt)},
		fact{"Accepted", moment(d.AcceptedAt)}, fact{"Valid until", moment(d.ValidUntil)}, fact{"Next attempt", moment(d.NextAttempt)}, fact{"Reminded", moment(d.RemindedAt)},
		fact{"Password chosen", moment(d.ChangedAt)}, fact{"Changed in directory", changed}, fact{"Ended", moment(d.EndedAt)}, fact{"Run", d.RunID}, fact{"Id", d.ID})
}

type deliveryRetryCommand struct {
	remote

	ID string `arg:"" name:"id" help:"The delivery's id."`
}

// Run implements the command.
func (r *deliveryRetryCommand) Run(ctx context.Context, e *env, c *client.Client) error {
	d, err := c.RetryDelivery(ctx, r.ID)
	if err != nil {
		return notFound(err, "delivery", r.ID)
	}
	return r.answer(e, d, "Retrying for %s; see rekey delivery show %s", recipientText(d), d.ID)
}
