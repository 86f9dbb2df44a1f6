package engine

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// errClaimLost keeps a message from being sent whose delivery is no longer this
// worker's.
var errClaimLost = errors.New("the claim on the delivery was lost")

// result is what became of an attempt.
type result struct {
	*attempt
	outcome Outcome
}

// send hands the letters to the mail server, as many at once as it has
// connections, and returns their outcomes as they come. No transaction is open
// meanwhile. In the last third of the lease no mail is begun any more: what is
// left then was not tried.
func (e *Engine) send(ctx context.Context, attempts []attempt) <-chan result {
	results := make(chan result, len(attempts))
	if len(attempts) == 0 {
		close(results)
		return results
	}
	claimed := attempts[0].delivery.ClaimUntil
	ctx, cancel := context.WithTimeout(ctx, e.lease*5/6)
	var taken atomic.Int64
	var workers sync.WaitGroup
	for range min(e.mailer.Connections(), len(attempts)) {
		workers.Go(func() {
			for n := int(taken.Add(1)); n <= len(attempts); n = int(taken.Add(1)) {
				a := &attempts[n-1]
				var outcome Outcome // NotTried
				if ctx.Err() == nil && e.now().Before(claimed.Add(-e.lease/3)) {
					outcome = e.mailer.Send(ctx, e.message(ctx, a))
				}
				e.step(StepAnswered)
				results <- result{a, outcome}
			}
		})
	}
	go func() {
		workers.Wait()
		cancel()
		close(results)
	}()
	return results
}

// message is a letter that is sent only while its delivery is still claimed.
func (e *Engine) message(ctx context.Context, a *attempt) Message {
	return Message{Form: a.form, Letter: a.letter, Last: a.last, LastAt: a.lastAt, Ready: func() error {
		claimed, err := e.store.Claimed(ctx, a.delivery.ID, a.delivery.Claim, e.now())
		if err == nil && !claimed {
			err = errClaimLost
		}
		return err
	}}
}
