package engine

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"time"

	"rekey"
	"rekey/internal/password"
	"rekey/internal/seal"
)

// attempt is a delivery whose mail is to be sent now.
type attempt struct {
	delivery rekey.Delivery
	form     []byte
	letter   Letter
	last     Reply // to the previous attempt, and its time
	lastAt   time.Time
	// takenBack: it was refused, and the refusal was the transport's fault. Only
	// refusals reads and writes it.
	takenBack bool
	// paused: sending was paused right before the message, which was not sent.
	paused bool
	// scramble is done in the user's directory before the mail is sent; nil if there is
	// nothing to do. unscrambled says why the mail was not sent because of it.
	scramble    *scramble
	unscrambled rekey.Reason
}

// turn orders the attempts of a batch.
func (a attempt) turn() int {
	if a.scramble != nil {
		return 1
	}
	return 0
}

// issuing is one ISSUE in progress.
type issuing struct {
	*Engine
	tx     Tx
	x      Execution
	stop   obstacle
	params rekey.SendParams
	now    time.Time
	claim  string
	// accounts are those of the users of directories, as they are now; writes are the
	// scrambles that were begun, by delivery id.
	accounts map[string]LiveAccount
	writes   map[string]rekey.DirectoryWrite
	forms    map[Occasion][]byte // digests
	texts    map[string][]byte   // forms by digest

	written  []rekey.Delivery // also those without an attempt
	attempts []attempt
	revoked  map[string]string // delivery ids by user id
	left     []string          // administrators, see check
}

// issue is one transaction. It checks the guards again, makes a password for each
// delivery that has none, notes that an attempt was begun, and claims the
// deliveries that it returns. Before the commit nothing was sent. After it the
// password logs in, whatever happens (I2).
func (e *Engine) issue(ctx context.Context, runID string, batch int) (*issuing, error) {
	accounts, err := e.readAccounts(ctx, runID, batch)
	if err != nil {
		return nil, err
	}
	var done *issuing
	err = e.store.Update(ctx, func(tx Tx) error {
		i := &issuing{Engine: e, tx: tx, now: e.now(), claim: e.node + "/" + e.newID(),
			accounts: accounts, forms: map[Occasion][]byte{}, texts: map[string][]byte{}, revoked: map[string]string{}}
		if err := i.run(ctx, runID, batch); err != nil {
			return err
		}
		done = i
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, d := range done.written {
		if d.State != rekey.DeliveryIssued && d.RunID == runID && !tried(done.x.Run, d) {
			e.reportDelivery(ctx, done.x, d)
		}
	}
	return done, nil
}

func (i *issuing) run(ctx context.Context, runID string, batch int) error {
	run, err := i.tx.Run(ctx, runID)
	if err != nil {
		return err
	}
	if i.x, i.stop, err = i.load(ctx, i.tx, run); err != nil {
		return err
	}
	if i.params, err = i.x.sendParams(); err != nil {
		// The parameters were changed and no longer say who may be touched, so the
		// strict guards apply.
		i.params.IncludeAPIUsers = false
	}
	due, err := i.tx.Due(ctx, runID, batch, i.now, batchSize)
	if err != nil || len(due) == 0 {
		return err
	}
	ids := make([]string, len(due))
	var scrambled []string
	for n, w := range due {
		ids[n] = w.Delivery.UserID
		if w.Delivery.HasRevoked() && !w.User.Directory.BuiltIn() {
			scrambled = append(scrambled, w.Delivery.ID)
		}
	}
	if len(scrambled) > 0 {
		if i.writes, err = i.tx.DirectoryWrites(ctx, scrambled, rekey.WriteScramble); err != nil {
			return err
		}
	}
	if i.x.Run.Trial && !run.Trial { // and stays one
		i.x.Run.UpdatedAt = i.now
		if _, err := i.tx.MoveRun(ctx, run, i.x.Run); err != nil {
			return err
		}
	}
	histories, err := i.tx.Histories(ctx, ids, trialOf(i.x.Run), i.x.Event.AgainOf, i.now)
	if err != nil {
		return err
	}
	revokes := func(w Work) bool { return w.Delivery.OldPassword == rekey.RevokeAtOnce }
	if slices.ContainsFunc(due, revokes) { // not all need do so: the automation may have been changed between its parts
		if i.left, err = i.tx.Administrators(ctx); err != nil {
			return err
		}
	}
	i.written, i.attempts = make([]rekey.Delivery, 0, len(due)), make([]attempt, 0, len(due))
	for _, w := range due {
		if w.Delivery.Message() {
			err = i.issueMessage(ctx, w)
		} else {
			err = i.issueOne(ctx, w, histories[w.User.ID])
		}
		if err != nil {
			return err
		}
	}
	written, err := i.tx.Issue(ctx, i.written)
	if err != nil {
		return err
	}
	i.keepWritten(written)
	if err := i.tx.Revoke(ctx, i.revoked, i.now); err != nil {
		return err
	}
	if err := i.announceFailures(ctx, i.tx, i.x.Automation, i.written); err != nil {
		return err
	}
	if len(i.attempts) == 0 {
		return nil
	}
	return i.tx.PostponeBatch(ctx, runID, batch, i.now.Add(i.lease))
}

// keepWritten drops the deliveries that were not written because they have ended
// meanwhile. Their mails must not be sent, and nothing must be revoked for them.
func (i *issuing) keepWritten(written []rekey.Delivery) {
	if len(written) == len(i.written) {
		return
	}
	ids := make(map[string]bool, len(written))
	for _, d := range written {
		ids[d.ID] = true
	}
	i.written = written
	i.attempts = slices.DeleteFunc(i.attempts, func(a attempt) bool { return !ids[a.delivery.ID] })
	maps.DeleteFunc(i.revoked, func(_, id string) bool { return !ids[id] })
}

// issueOne takes one delivery to its attempt or to its end.
func (i *issuing) issueOne(ctx context.Context, w Work, history History) error {
	d := w.Delivery
	fresh, lastAt := d.State == rekey.DeliveryQueued || d.Behind(), d.UpdatedAt
	if d.State.Unfinished() {
		history.Unfinished = false // d is the only one (I10)
	}
	if d.Reason == rekey.ReasonDeferred {
		lastAt = time.Time{} // it has turned out to be no fault of the transport
	}
	d.UpdatedAt = i.now
	user, elsewhere := w.User, rekey.Reason("")
	if fresh && !user.Directory.BuiltIn() {
		if user, elsewhere = i.asTheyAre(user); elsewhere == rekey.ReasonDirectoryDown {
			if d.NextAttempt = i.now.Add(DirectoryAgain); d.State == rekey.DeliveryQueued && d.Reason == "" {
				d.Reason = elsewhere
			}
			i.written = append(i.written, d)
			return nil
		}
	}
	scrambled, open := i.openScramble(d)
	c := check{user: user, params: i.params, authority: i.x.Authority, others: i.x.Others, chained: i.x.chained(), asked: d.AskedBy,
		named: i.x.Named[d.Subject], several: i.x.several(), again: i.x.Event.AgainOf != "", stranger: i.x.EventType.SetOffByStranger, history: history, administrators: i.left, now: i.now}
	c.params.OldPassword = d.OldPassword
	if !d.HasRevoked() {
		d.OldPassword = c.oldPassword()
	}
	var reason rekey.Reason
	if d.HasRevoked() && scrambled.Outcome != rekey.WriteUnreachable { // what was revoked does not come back
		reason = cmp.Or(elsewhere, c.barred())
	} else {
		reason = cmp.Or(i.stop.reason, elsewhere, c.guards())
	}
	if reason == "" && fresh && d.Reason != rekey.ReasonPaused { // else its first password was let through
		if reason = c.frequency(); i.x.in(user, i.params) {
			reason = rekey.ReasonIn
		}
	}
	if reason == "" && fresh && c.history.In {
		reason = rekey.ReasonIn
	}
	if d, ended := i.ended(d, reason, fresh, open); ended {
		i.written = append(i.written, d)
		return nil
	}
	return i.begin(ctx, d, user, fresh, lastAt)
}

// ended returns a delivery as it ends at ISSUE, and whether it does: for a reason, given up,
// or in a trial. While a scramble is open, it is not given up.
func (i *issuing) ended(d rekey.Delivery, reason rekey.Reason, fresh, open bool) (rekey.Delivery, bool) {
	switch {
	case reason != "" && fresh:
		d.State, d.Reason = rekey.DeliverySkipped, reason
	case reason != "":
		d.State, d.Reason, d.Sealed = rekey.DeliveryCancelled, reason, nil
		d.Doubtful, d.Attempting = d.Doubtful || d.Attempting, false
	case !fresh && !open && i.now.Sub(d.IssuedAt) >= GiveUp:
		d = giveUp(d)
	case i.x.Run.Trial && fresh && d.Reason != rekey.ReasonPaused: // what was begun goes on
		d.State, d.Reason = rekey.DeliveryWouldBeSent, ""
		if d.OldPassword == rekey.RevokeAtOnce {
			i.left = without(i.left, d.UserID)
		}
	default:
		return d, false
	}
	return d, true
}

// begin notes that an attempt is begun. If the delivery is fresh, it gets its
// password now. lastAt is when the delivery last changed. Only the first password
// of a delivery revokes the old one.
func (i *issuing) begin(ctx context.Context, d rekey.Delivery, user rekey.SystemUser, fresh bool, lastAt time.Time) error {
	_, open := i.openScramble(d)
	scrambles := !user.Directory.BuiltIn() && d.OldPassword == rekey.RevokeAtOnce && (open || !d.HasRevoked())
	revokes := user.Directory.BuiltIn() && d.OldPassword == rekey.RevokeAtOnce && !d.HasRevoked()
	if fresh {
		var err error
		if d, err = i.generate(ctx, d, user, revokes); err != nil {
			return i.fail(d, err)
		}
	}
	a, err := i.attempt(ctx, d, lastAt)
	if err != nil {
		return i.fail(d, err)
	}
	if scrambles {
		if a.scramble, err = i.beginScramble(ctx, a.delivery, user); err != nil {
			return err
		}
	}
	i.begun(a)
	if revokes {
		i.revoked[user.ID] = d.ID
		i.left = without(i.left, user.ID)
	}
	return nil
}

// attempt notes that an attempt is begun for a delivery that has its mail.
func (i *issuing) attempt(ctx context.Context, d rekey.Delivery, lastAt time.Time) (attempt, error) {
	letter, err := i.openLetter(d)
	if errors.Is(err, seal.ErrKeyMissing) {
		return attempt{}, err // this node was not brought the new keys yet; another may have them
	}
	if err != nil {
		return attempt{}, &issueError{rekey.ReasonUnreadable, err}
	}
	content, err := i.content(ctx, d.Form)
	if err != nil {
		return attempt{}, err
	}
	d.State, d.Reason = rekey.DeliveryIssued, ""
	// An attempt without an answer may have been accepted.
	d.Doubtful, d.Attempting = d.Doubtful || d.Attempting, true
	d.Claim, d.ClaimUntil = i.claim, i.now.Add(i.lease)
	return attempt{delivery: d, form: content, letter: letter, last: Reply{d.ReplyCode, d.ReplyText}, lastAt: lastAt}, nil
}

// begun adds an attempt.
func (i *issuing) begun(a attempt) {
	i.written, i.attempts = append(i.written, a.delivery), append(i.attempts, a)
}

// issueError says why one delivery has no mail. The others continue.
type issueError struct {
	reason rekey.Reason
	cause  error
}

func (e *issueError) Error() string { return string(e.reason) + ": " + e.cause.Error() }

// fail ends a delivery that has no mail. It returns any error that is no
// issueError: that error concerns the whole batch.
func (i *issuing) fail(d rekey.Delivery, err error) error {
	var own *issueError
	if !errors.As(err, &own) {
		return err
	}
	i.log.Error("a delivery has no mail", "delivery_id", d.ID, "reason", own.reason, "error", own.cause)
	d.State, d.Reason, d.Sealed = rekey.DeliveryFailed, own.reason, nil
	d.Doubtful, d.Attempting = d.Doubtful || d.Attempting, false
	if !d.MaybeMailed() {
		d.Verifier = ""
	}
	i.written = append(i.written, d)
	return nil
}

// generate gives a delivery its password. A delivery gets only one (I3), unless its
// first one was certainly never mailed; see Resume.
func (i *issuing) generate(ctx context.Context, d rekey.Delivery, user rekey.SystemUser, revokes bool) (rekey.Delivery, error) {
	generated, err := password.Generate(i.random, password.AvoidParts(user.FirstName, user.LastName, user.Address))
	if errors.Is(err, password.ErrNoPassword) {
		return d, &issueError{rekey.ReasonNoPassword, err}
	}
	if err != nil {
		return d, err
	}
	if d.Verifier, err = i.mailed.Make(generated, d.ID); err != nil {
		return d, err
	}
	if d.Sealed, err = i.sealLetter(d, user, generated); err != nil {
		return d, err
	}
	if d.Form, err = i.compose(ctx, d, user); err != nil {
		return d, err
	}
	d.Address, d.IssuedAt, d.ValidUntil = user.Address, i.now, i.now.Add(Lifetime).Truncate(time.Minute)
	d.PasswordVersion = user.PasswordVersion
	if revokes {
		d.PasswordVersion++ // the revocation raises it in this transaction
	}
	return d, nil
}

// compose stores the form for this reader and returns its digest.
func (i *issuing) compose(ctx context.Context, d rekey.Delivery, user rekey.SystemUser) ([]byte, error) {
	return i.form(ctx, Occasion{
		Automation: i.x.Automation.Name, EventType: i.x.Event.Type, EventName: i.x.Event.Name,
		Involved: i.x.Named[d.Subject], OldPassword: d.OldPassword, Note: i.params.Note,
	}.For(user, i.now))
}

// form stores the form for an occasion and returns its digest.
func (i *issuing) form(ctx context.Context, occasion Occasion) ([]byte, error) {
	if digest, ok := i.forms[occasion]; ok {
		return digest, nil
	}
	content, err := i.mailer.Compose(occasion)
	if err != nil {
		return nil, &issueError{rekey.ReasonNotComposed, err}
	}
	sum := sha256.Sum256(content)
	i.forms[occasion], i.texts[string(sum[:])] = sum[:], content
	return sum[:], i.tx.PutForm(ctx, sum[:], content, i.now)
}

// content returns the form with a digest.
func (i *issuing) content(ctx context.Context, digest []byte) ([]byte, error) {
	if content, ok := i.texts[string(digest)]; ok {
		return content, nil
	}
	content, err := i.tx.Form(ctx, digest)
	i.texts[string(digest)] = content
	return content, err
}
