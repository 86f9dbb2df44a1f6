package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"rekey"
)

// A run is planned part by part. Its phase (rekey.RunPhase) says how:
//
//	phase      begins                 deliveries are   counted for the ceiling      then
//	""         always                 queued           at the end, if it has one    sending, or held for approval
//	plan       after a first part     queued           all candidates, beforehand   sending
//	           of several, if even
//	           all stay below the
//	           ceiling and nobody
//	           is revoked
//	hold       otherwise              held             at the end                   release, or held for approval
//	release    after hold, or once    checked again,   all candidates, beforehand   sending
//	           it is approved         then queued      (not if it was approved)
//
// In a run in waves all deliveries are held, also in one that has a single part. Once its
// number is known and allowed, the waves begin (waves.go).
//
// Held deliveries block no others of their users. At the start of release,
// Candidates becomes the number of recipients, and Looked, Recipients and Spent
// become zero.

// planLimit is how long one job plans before it leaves the rest to another.
const planLimit = 5 * time.Second

// errElsewhere: another job has planned the part, or the run was cancelled.
var errElsewhere = errors.New("the run has gone on elsewhere")

func unlessElsewhere(err error) error {
	if errors.Is(err, errElsewhere) {
		return nil
	}
	return err
}

// carryOut plans a run part by part. The transaction of each part also stores how
// far it has come. So after a crash the next part continues there, and nobody is
// planned twice. It returns the run as last stored, also with an error.
func (e *Engine) carryOut(ctx context.Context, x Execution, plan Plan) (rekey.Run, error) {
	until := e.now().Add(planLimit)
	for {
		p, err := e.part(ctx, x, plan)
		if err != nil {
			return x.Run, err
		}
		p.handOn = e.now().After(until)
		judged := p.Deliveries
		if err := e.store.Update(ctx, func(tx Tx) error {
			p.Deliveries = slices.Clone(judged) // fn may run again, from the same values
			return p.write(ctx, tx)
		}); err != nil {
			return x.Run, unlessElsewhere(err)
		}
		x.Run = p.run
		p.report(ctx)
		if p.handOn || p.run.State != rekey.RunPlanning {
			return x.Run, nil
		}
	}
}

// planning is one part of a run that is being planned.
type planning struct {
	*Engine
	Part

	x      Execution
	plan   Plan
	run    rekey.Run // as it is after the part
	chosen []*rekey.Delivery
	handOn bool
}

// part looks at the next candidates, outside any transaction.
func (e *Engine) part(ctx context.Context, x Execution, plan Plan) (p *planning, err error) {
	p = &planning{Engine: e, x: x, plan: plan}
	switch {
	case x.Run.Phase == rekey.PhaseRelease:
		p.Part, err = e.partHeld(ctx, x.Run, plan)
	case plan.Part == nil:
		p.Last = true
	default:
		p.Part, err = plan.Part(ctx, x.Run.Place, x.Run.Spent)
	}
	return p, err
}

// partHeld puts the next held deliveries through the checks again.
func (e *Engine) partHeld(ctx context.Context, run rekey.Run, plan Plan) (Part, error) {
	held, err := e.store.Held(ctx, run.ID, run.Place, planStep)
	if err != nil || len(held) == 0 || plan.Again == nil {
		return Part{Last: true, Spent: run.Spent}, err
	}
	part, err := plan.Again(ctx, held, run.Spent)
	part.Place, part.Looked, part.Last = held[len(held)-1].ID, len(held), len(held) < planStep
	return part, err
}

// write stores the part. With the last part it starts sending or holds the run. If
// another job wrote the part, or the run was cancelled, it returns errElsewhere.
func (p *planning) write(ctx context.Context, tx Tx) error {
	from, now := p.x.Run, p.now()
	p.run = from
	p.run.Place, p.run.Spent, p.run.UpdatedAt = p.Place, p.Spent, now
	p.run.Looked += p.Looked
	if from.StartedAt.IsZero() {
		p.run.StartedAt, p.run.Candidates = now, max(p.plan.Candidates, p.Looked)
		p.run.AutomationVersion = p.x.Automation.Version
	}
	p.run.State, p.run.Reason, p.run.Detail = rekey.RunPlanning, "", p.plan.Detail
	if err := p.begin(ctx, tx); err != nil {
		return err
	}
	if err := p.choose(ctx, tx); err != nil {
		return err
	}
	if p.Last {
		if err := p.end(ctx, tx); err != nil {
			return err
		}
	}
	if p.handOn && p.run.State == rekey.RunPlanning {
		tx.Enqueue(Task{Kind: TaskExecute, RunID: p.run.ID})
	}
	moved, err := tx.MoveRun(ctx, from, p.run)
	if err == nil && !moved {
		err = errElsewhere
	}
	if err != nil {
		return err
	}
	if err := p.store(ctx, tx); err != nil || p.run.State != rekey.RunFinished {
		return err
	}
	return p.Finished(ctx, tx, p.run.ID, nobody)
}

// begin decides how a run of more than one part is planned; see the table above.
func (p *planning) begin(ctx context.Context, tx Tx) error {
	if p.run.Phase != "" || p.Last {
		return nil
	}
	if !p.plan.Waves.IsZero() {
		p.run.Phase = rekey.PhaseHold
		return nil
	}
	p.run.Phase = rekey.PhasePlan
	if p.run.Trial {
		return nil // it reserves nothing, and holds nobody
	}
	lately, err := tx.AddRecipients(ctx, p.run.AutomationID, p.run.Candidates, p.run.StartedAt)
	if err != nil || !p.plan.Revokes && !p.above(lately) {
		return err
	}
	err = uncount(ctx, tx, p.run)
	p.run.Phase = rekey.PhaseHold
	return err
}

// uncount takes back what begin reserved, from the minute of the run's start, in
// which it was counted. A run that is cancelled by hand meanwhile counts for the
// rest of the hour. Uncounting it there would take two locks in the opposite order.
func uncount(ctx context.Context, tx Tx, run rekey.Run) error {
	if run.Trial || run.Phase != rekey.PhasePlan && (run.Phase != rekey.PhaseRelease || run.ApprovedBy != "") {
		return nil
	}
	_, err := tx.AddRecipients(ctx, run.AutomationID, -run.Candidates, run.StartedAt)
	return err
}

// above reports whether the people reached in an hour are more than the ceiling.
func (p *planning) above(lately int) bool { return p.plan.Ceiling > 0 && lately > p.plan.Ceiling }

// choose checks again, in the transaction, who is already being sent a password;
// see free. It gives the others their batches.
func (p *planning) choose(ctx context.Context, tx Tx) error {
	var queued []*rekey.Delivery
	for i := range p.Deliveries {
		d := &p.Deliveries[i]
		d.UpdatedAt = p.run.UpdatedAt
		if p.run.Phase != rekey.PhaseRelease {
			d.ID, d.RunID, d.Number, d.AskedBy = p.newID(), p.run.ID, 1, p.run.AskedBy
		}
		if d.State == rekey.DeliveryQueued {
			queued = append(queued, d)
		}
	}
	var err error
	if p.chosen, err = skipUnfinished(ctx, tx, queued); err != nil {
		return err
	}
	for i, d := range p.chosen {
		switch {
		case p.run.Trial:
			d.State, d.Reason = rekey.DeliveryWouldBeSent, ""
		case p.run.Phase != rekey.PhaseRelease:
			d.Batch = 1 + (p.run.Recipients+i)/batchSize
		}
	}
	p.run.Recipients += len(p.chosen)
	return nil
}

// end counts the recipients, and starts sending or holds the run. Recipients count
// from now on, not from the start of planning.
func (p *planning) end(ctx context.Context, tx Tx) error {
	if p.run.Trial {
		return p.endTrial(ctx, tx)
	}
	batched := p.run.Recipients
	if p.run.Phase == rekey.PhaseRelease {
		batched = p.run.Candidates
	}
	if p.run.Phase == rekey.PhasePlan || p.run.Phase == rekey.PhaseRelease {
		if err := uncount(ctx, tx, p.run); err != nil {
			return err
		}
		if _, err := tx.AddRecipients(ctx, p.run.AutomationID, p.run.Recipients, p.run.UpdatedAt); err != nil {
			return err
		}
		return p.letGo(ctx, tx, batched)
	}
	if p.run.Recipients == 0 || p.plan.Ceiling == 0 && p.run.Phase == "" {
		return p.letGo(ctx, tx, batched)
	}
	lately, err := tx.AddRecipients(ctx, p.run.AutomationID, p.run.Recipients, p.run.StartedAt)
	if err != nil {
		return err
	}
	if p.above(lately) {
		p.run.State, p.run.Reason, p.run.Phase, p.run.Place = rekey.RunHeld, rekey.ReasonCeiling, "", ""
		p.run.Detail = rekey.CeilingText(p.run.Recipients, lately-p.run.Recipients, p.plan.Ceiling)
		if _, err := tx.AddRecipients(ctx, p.run.AutomationID, -p.run.Recipients, p.run.StartedAt); err != nil {
			return err
		}
		return p.announce(ctx, tx, p.x.Automation, News{Held: 1})
	}
	if !p.plan.Waves.IsZero() {
		p.beginWaves(tx)
		return nil
	}
	if p.run.Phase == rekey.PhaseHold {
		p.run.Phase, p.run.Place = rekey.PhaseRelease, ""
		p.run.Candidates, p.run.Looked, p.run.Recipients, p.run.Spent = p.run.Recipients, 0, 0, 0
		return nil
	}
	return p.letGo(ctx, tx, batched)
}

// letGo opens the batches. batched is the number of deliveries that have one.
func (p *planning) letGo(ctx context.Context, tx Tx, batched int) error {
	p.run.Phase, p.run.Place = "", ""
	if p.run.Recipients == 0 {
		p.run.State, p.run.FinishedAt = rekey.RunFinished, p.run.UpdatedAt
		return nil
	}
	p.run.State = rekey.RunSending
	batches := (batched + batchSize - 1) / batchSize
	for number := 1; number <= min(batches, openAtOnce); number++ {
		tx.Enqueue(Task{Kind: TaskDeliver, RunID: p.run.ID, Batch: number})
	}
	return tx.OpenBatches(ctx, p.run.ID, 1, batches, openAtOnce, p.run.UpdatedAt)
}

// store writes the deliveries of the part, and the counts of the people without
// one.
func (p *planning) store(ctx context.Context, tx Tx) error {
	releasing := p.x.Run.Phase == rekey.PhaseRelease
	held := !releasing && (p.run.State == rekey.RunHeld || p.run.Phase == rekey.PhaseHold || p.run.Phase == rekey.PhaseRelease || !p.run.WaveAt.IsZero())
	if held {
		for _, d := range p.chosen {
			if d.State, d.Reason = rekey.DeliveryHeld, ""; !p.plan.Waves.IsZero() {
				d.Reason = rekey.ReasonWaits
			}
		}
	}
	if err := tx.PassOver(ctx, p.run.ID, p.Passed); err != nil {
		return err
	}
	if releasing {
		return tx.Release(ctx, p.Deliveries)
	}
	return tx.PlanPart(ctx, p.Deliveries)
}

// report logs what was stored, and tells the observer.
func (p *planning) report(ctx context.Context) {
	if p.run.State == rekey.RunPlanning {
		p.step(StepPart)
	} else {
		p.step(StepPlanned)
		p.reportRun(ctx, p.run, p.x)
	}
	for _, d := range p.Deliveries {
		if d.State == rekey.DeliverySkipped && !p.run.Trial {
			p.observe.Delivery(d, p.run.UpdatedAt.Sub(p.x.Event.Received))
		}
	}
}

// openNextBatch makes a job for the next batch of a large run, whose batches do not
// all have jobs at once. NextBatch returns each batch once.
func openNextBatch(ctx context.Context, tx Tx, run rekey.Run, now time.Time) error {
	if max(run.Candidates, run.Recipients) <= openAtOnce*batchSize {
		return nil
	}
	number, err := tx.NextBatch(ctx, run.ID, now)
	if err == nil && number > 0 {
		tx.Enqueue(Task{Kind: TaskDeliver, RunID: run.ID, Batch: number})
	}
	return err
}

// skipUnfinished skips the queued deliveries of users who have an unfinished one, and returns
// the others. A delivery that revokes is not skipped: it is held behind the
// unfinished one and replaces it when it is issued (I10). If it replaced it now and
// then failed, its user would have neither.
func skipUnfinished(ctx context.Context, tx Tx, queued []*rekey.Delivery) (left []*rekey.Delivery, err error) {
	if len(queued) == 0 {
		return nil, nil
	}
	unfinished, err := tx.Unfinished(ctx, userIDs(queued)) // messages have no user
	if err != nil {
		return nil, err
	}
	for _, d := range queued {
		if unfinished[d.UserID] {
			d.State, d.Reason = rekey.DeliverySkipped, rekey.ReasonAlreadyBeing
			if d.OldPassword != rekey.RevokeAtOnce {
				continue
			}
			d.State = rekey.DeliveryHeld
		}
		left = append(left, d)
	}
	return left, nil
}

func userIDs(deliveries []*rekey.Delivery) []string {
	ids := make([]string, len(deliveries))
	for i, d := range deliveries {
		ids[i] = d.UserID
	}
	return ids
}
