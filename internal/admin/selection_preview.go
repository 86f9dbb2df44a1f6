package admin

import (
	"context"
	"errors"
	"time"

	"rekey"
	"rekey/internal/selection"
)

// defaultShown is how many people a preview lists in and out by default.
const defaultShown = 20

// Candidate is one system user in a preview.
type Candidate struct {
	// Subject is what the event or the job named; "" in the preview of a
	// selection.
	Subject string
	// User is the zero value if Subject names no system user.
	User rekey.SystemUser
	// Reason is why they do not match, or get no new password; "" if they do.
	Reason rekey.Reason
	Detail string // more about the reason, or a warning; may be ""
	// OldPassword is what happens to the old password of those who get a new
	// one; "" in the preview of a selection.
	OldPassword rekey.OldPassword
	// CallsAPI: a Hybrid user gets a new password although programs call the API
	// with the old one.
	CallsAPI bool
}

// SelectionPreview is whom a condition selects now. It covers only people whom the
// actor may view.
type SelectionPreview struct {
	Matched      int
	NotMatched   int
	NotEvaluated int         // they are not selected
	In           []Candidate // the first who match
	Out          []Candidate // the first who do not, with the reason
	// Complete is false if the budget ended the preview before everybody was
	// checked. Stopped then says so in words, and the counts are of those checked.
	Complete bool
	Stopped  string
	// Warnings are about constants that can never match.
	Warnings []rekey.Warning
}

// PreviewSelection calculates a condition now, within selection.PreviewBudget.
// limit is how many are listed in and out, 1 to MaxPage; 0 or less is 20.
func (s *Service) PreviewSelection(ctx context.Context, actor rekey.SystemUser, expression string, limit int) (SelectionPreview, error) {
	if err := mayRead(actor); err != nil {
		return SelectionPreview{}, err
	}
	program, err := s.compiler.Compile(expression)
	if err != nil {
		return SelectionPreview{}, err
	}
	if limit <= 0 {
		limit = defaultShown
	}
	look := lookingAt{limit: min(limit, MaxPage)}
	look.preview.Warnings = s.compiler.ConstantWarnings(expression)
	budget := selection.PreviewBudget()
	budget.Now = s.now
	calculation, now := program.Start(budget), s.now()
	q := rekey.UserQuery{MaxRank: actor.Authority().Rank, Limit: MaxPage}
	for {
		users, err := s.store.Users(ctx, q)
		if err != nil {
			return SelectionPreview{}, err
		}
		for _, u := range users {
			in, err := calculation.Match(u, now)
			if errors.Is(err, selection.ErrBudget) {
				look.preview.Stopped = "The calculation takes too long for everybody. The counts include only the people who were checked."
				s.sayWhatFailed(expression, look.preview.Out, now)
				return look.preview, nil
			}
			look.at(u, in, err)
		}
		if len(users) < q.Limit {
			look.preview.Complete = true
			s.sayWhatFailed(expression, look.preview.Out, now)
			return look.preview, nil
		}
		q.After = users[len(users)-1].ID
	}
}

// sayWhatFailed sets Detail of the first people in out: the first part of the
// condition that they do not meet. It stops early if that costs too much.
func (s *Service) sayWhatFailed(expression string, out []Candidate, now time.Time) {
	for _, part := range selection.Parts(expression) {
		program, err := s.compiler.Compile(part.Expression)
		if err != nil {
			return
		}
		calculation := program.Start(selection.Budget{Cost: selection.DefaultPerUser})
		for i := range out[:min(len(out), defaultShown)] {
			c := &out[i]
			if c.Reason != rekey.ReasonNotSelected || c.Detail != "" {
				continue
			}
			if in, err := calculation.Match(c.User, now); in || err != nil {
				continue
			}
			c.Detail = "Not met: " + part.Expression
			if part.Words != "" {
				c.Detail = "Not met: " + part.Words
			}
		}
	}
}

// lookingAt collects a preview.
type lookingAt struct {
	preview SelectionPreview
	limit   int
}

func (l *lookingAt) at(u rekey.SystemUser, in bool, err error) {
	p := &l.preview
	switch {
	case err != nil:
		p.NotEvaluated++
		l.out(Candidate{User: u, Reason: rekey.ReasonNotEvaluated, Detail: err.Error()})
	case !in:
		p.NotMatched++
		l.out(Candidate{User: u, Reason: rekey.ReasonNotSelected})
	default:
		p.Matched++
		if len(p.In) < l.limit {
			p.In = append(p.In, Candidate{User: u})
		}
	}
}

func (l *lookingAt) out(c Candidate) {
	if len(l.preview.Out) < l.limit {
		l.preview.Out = append(l.preview.Out, c)
	}
}
