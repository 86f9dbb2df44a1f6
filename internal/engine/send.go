package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"rekey"
)

// Reasons not to send a message after all: the delivery is no longer this worker's,
// sending is paused, or the turn of the batch is over.
var (
	errClaimLost = errors.New("the claim on the delivery was lost")
	errPaused    = errors.New("sending is paused")
	errOver      = errors.New("the turn of the batch is over")
)

// result is what became of an attempt.
type result struct {
	*attempt
	outcome Outcome
}

// dispatch is a batch on its way to the mail server.
//
//	issued ──turn: two thirds of the lease──► over: the rest counts as not tried
//	   │
//	   └─► a message is on its way ──► its outcome, by its own time limits
//
// A mail server may take ten minutes for one reply (RFC 5321 §4.5.3.2). The engine
// waits that long and renews the claim meanwhile. The job does not wait that long;
// see Deliver.
type dispatch struct {
	*Engine

	attempts []attempt
	results  chan result
	taken    atomic.Int64 // how many attempts were taken up
	left     atomic.Int64 // how many have no outcome yet
	onTheWay atomic.Int64 // how many of those are being sent

	long atomic.Bool // the batch has lasted longer than a job should

	giveUp func() // ends the mails on their way: at a hard stop, or when their claims cannot be renewed
	done   func() // is called after the last outcome
}

// send starts sending the letters of a batch, on as many connections as the mailer
// has. No transaction is open meanwhile. results is closed after the last outcome.
func (e *Engine) send(job context.Context, attempts []attempt) *dispatch {
	// A directory that says nothing may keep all workers busy for a while, so whoever
	// waits for none comes first.
	slices.SortStableFunc(attempts, func(a, b attempt) int { return cmp.Compare(a.turn(), b.turn()) })
	s := &dispatch{Engine: e, attempts: attempts, results: make(chan result, len(attempts)), giveUp: func() {}}
	s.left.Store(int64(len(attempts)))
	if len(attempts) == 0 {
		close(s.results)
		return s
	}
	// After turn ends, no message is begun. After own ends, messages on their way
	// are given up. An answer is waited for even after the job has ended.
	turn, endTurn := context.WithTimeout(job, e.lease*2/3)
	own, giveUp := context.WithCancel(context.WithoutCancel(job))
	work := func() { s.work(turn, own) }
	lasts := time.AfterFunc(e.lease/6, func() { s.long.Store(true) })
	s.giveUp = giveUp
	s.done = func() {
		lasts.Stop()
		endTurn()
		giveUp()
	}
	// What is left then is not tried, even if all other workers wait for replies. It happens
	// at once if the job has ended already.
	context.AfterFunc(turn, work)
	go s.keepClaims(own)
	for range min(e.mailer.Connections(), len(attempts)) {
		go work()
	}
	return s
}

// work takes one attempt after another.
func (s *dispatch) work(turn, own context.Context) {
	for n := int(s.taken.Add(1)); n <= len(s.attempts); n = int(s.taken.Add(1)) {
		a := &s.attempts[n-1]
		outcome := s.try(turn, own, a)
		s.step(StepAnswered)
		s.results <- result{a, outcome}
		if s.left.Add(-1) == 0 {
			close(s.results)
			s.done()
		}
	}
}

// try sends one message. The end of the turn stops it only before it is on its way.
func (s *dispatch) try(turn, own context.Context, a *attempt) Outcome {
	if turn.Err() != nil || !s.now().Before(a.delivery.ClaimUntil.Add(-s.lease/3)) {
		return Outcome{} // NotTried
	}
	if a.scramble != nil {
		if a.unscrambled = s.scrambleFirst(own, a); a.unscrambled != "" {
			return Outcome{}
		}
	}
	ctx, cancel := context.WithCancel(own)
	defer cancel()
	keepOn := context.AfterFunc(turn, cancel)
	defer keepOn()
	begun := false
	outcome := s.mailer.Send(ctx, Message{Form: a.form, Letter: a.letter, Last: a.last, LastAt: a.lastAt, Ready: func() error {
		if !begun && !keepOn() {
			return errOver
		}
		if !begun {
			begun = true
			s.onTheWay.Add(1)
		}
		err := s.claimed(ctx, a.delivery)
		a.paused = errors.Is(err, errPaused)
		return err
	}})
	if begun {
		s.onTheWay.Add(-1)
	}
	return outcome
}

// claimed returns an error unless this worker may still send the delivery.
func (s *dispatch) claimed(ctx context.Context, d rekey.Delivery) error {
	claimed, paused, err := s.store.Claimed(ctx, d.ID, d.Claim, s.now())
	switch {
	case err != nil:
		return err
	case !claimed:
		return errClaimLost
	case paused:
		return errPaused
	default:
		return nil
	}
}

// keepClaims renews the claims of the mails on their way. If renewing fails until
// shortly before they end, the mails are given up, because another worker may take
// them.
func (s *dispatch) keepClaims(own context.Context) {
	lapse := time.AfterFunc(s.lease*5/6, s.giveUp)
	defer lapse.Stop()
	ticker := time.NewTicker(s.lease / 3)
	defer ticker.Stop()
	first := s.attempts[0].delivery
	for {
		select {
		case <-own.Done():
			return
		case <-s.stopped:
			s.giveUp()
			return
		case <-ticker.C:
		}
		err := s.store.Update(own, func(tx Tx) error {
			return tx.Renew(own, first.RunID, first.Batch, first.Claim, s.now().Add(s.lease))
		})
		switch {
		case err == nil:
			lapse.Reset(s.lease * 5 / 6)
		case own.Err() == nil:
			s.log.Error("the claims on mails that are on their way could not be renewed", "run_id", first.RunID, "error", err)
		}
	}
}

// waits reports whether all mails that are left are on their way, for so long that
// the job need not wait for their replies.
func (s *dispatch) waits() bool {
	left := s.left.Load()
	return left > 0 && left == s.onTheWay.Load() && s.long.Load()
}
