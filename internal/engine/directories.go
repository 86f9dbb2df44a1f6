package engine

import (
	"context"
	"errors"
	"time"

	"rekey"
)

// Waiting for directories.
const (
	// DirectoryAgain is how long a delivery waits for a directory that does not answer.
	DirectoryAgain = time.Minute
	// ReadTime is how long a live read of accounts may take. In a batch, the people of a
	// directory that says nothing wait for the next time, and the others do not wait for
	// them.
	ReadTime = 10 * time.Second
	// scrambleTime is how long a scramble may take. It is well below a third of Lease:
	// when a turn ends, its scrambles end before the claims do.
	scrambleTime = 30 * time.Second
)

// Directories reads and writes the accounts of system users where they live.
type Directories interface {
	// Read returns the accounts of users as they are now, by user id.
	Read(ctx context.Context, users []rekey.SystemUser) map[string]LiveAccount
	// Scramble sets a random password that nobody knows, if the token is still that of
	// the password in force. It returns the new token, or the reason why not.
	// ReasonDirectoryDown is no answer: if doubtful, it may have been set, and a later call
	// with the same token finds out. ReasonChangedThere means that another token is in
	// force.
	Scramble(ctx context.Context, u rekey.SystemUser, token string) (now string, doubtful bool, reason rekey.Reason)
}

// LiveAccount is an account as it is now in its directory.
type LiveAccount struct {
	// Reason is ReasonDirectoryDown if the directory does not answer, or
	// ReasonDirectoryGone if it no longer has the account; "" if the rest is set.
	Reason  rekey.Reason
	Address string
	Blocked bool
	API     bool // a program
	Account rekey.DirectoryAccount
}

// readAccounts reads the accounts of the people of a batch who are to get their password
// now. Nobody is mailed on the word of an old import.
func (e *Engine) readAccounts(ctx context.Context, runID string, batch int) (map[string]LiveAccount, error) {
	if e.directories == nil {
		return nil, nil
	}
	users, err := e.store.DirectoryUsers(ctx, runID, batch, e.now(), batchSize)
	if err != nil || len(users) == 0 {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, ReadTime)
	defer cancel()
	return e.directories.Read(ctx, users), nil
}

// asTheyAre returns a user of a directory as the directory has them now. The reason says
// why they cannot be served.
func (i *issuing) asTheyAre(u rekey.SystemUser) (rekey.SystemUser, rekey.Reason) {
	live, read := i.accounts[u.ID]
	switch {
	case !read:
		return u, rekey.ReasonDirectoryDown // it is read in the next turn
	case live.Reason != "":
		return u, live.Reason
	case live.Blocked:
		return u, rekey.ReasonBlocked
	case live.Address != u.Address && rekey.AddressKey(live.Address) != u.AddressKey: // the key takes a while
		return u, rekey.ReasonAddressElsewhere
	}
	if live.API {
		u.Type = rekey.TypeAPI
	}
	held := u.Directory.AddressHeldUntil
	u.Directory = live.Account
	u.Directory.AddressHeldUntil = held
	return u, ""
}

// scramble is a random password that is to be set in a directory before a mail is sent.
type scramble struct {
	user  rekey.SystemUser
	write rekey.DirectoryWrite
	again bool // an earlier try may have set it
}

// openScramble reports whether the password of the delivery's user was to be scrambled,
// and it is not known that it was.
func (i *issuing) openScramble(d rekey.Delivery) (rekey.DirectoryWrite, bool) {
	w, ok := i.writes[d.ID]
	return w, ok && w.Outcome != rekey.WriteSet
}

// beginScramble stores that the password of a user is about to be scrambled, in the
// transaction that issues the delivery.
func (i *issuing) beginScramble(ctx context.Context, d rekey.Delivery, u rekey.SystemUser) (*scramble, error) {
	w, open := i.openScramble(d)
	if w.Pending() {
		return &scramble{user: u, write: w, again: true}, nil
	}
	token := u.Directory.Token
	if open {
		token = w.Token // as it was read live: nothing was sent since
	}
	w = rekey.DirectoryWrite{DeliveryID: d.ID, Kind: rekey.WriteScramble, UserID: u.ID, Token: token, BegunAt: i.now}
	return &scramble{user: u, write: w}, i.tx.PutDirectoryWrite(ctx, w)
}

// scrambleFirst scrambles the password of an attempt's user, right before the mail is
// sent. It returns why the mail must not be sent now; "" if the old password is gone.
func (s *dispatch) scrambleFirst(ctx context.Context, a *attempt) rekey.Reason {
	if err := s.claimed(ctx, a.delivery); err != nil {
		a.paused = errors.Is(err, errPaused)
		return rekey.ReasonDirectoryDown
	}
	if s.directories == nil { // the settings have lost the last one
		return rekey.ReasonDirectoryDown
	}
	limited, cancel := context.WithTimeout(ctx, scrambleTime)
	defer cancel()
	token, doubtful, reason := s.directories.Scramble(limited, a.scramble.user, a.scramble.write.Token)
	s.step(StepScrambled)
	if reason == rekey.ReasonChangedThere && a.scramble.again {
		reason = "" // the earlier try, or somebody else's password: the old one is gone
	}
	w := a.scramble.write
	switch {
	case reason == "":
		w.Outcome = rekey.WriteSet
	case doubtful && token != "" && token != w.Token:
		w.Token = token // the first of two passwords was set; the next try begins there
	case doubtful || a.scramble.again:
		return reason // it stays unknown whether this try or an earlier one has set it
	case reason == rekey.ReasonDirectoryDown:
		w.Outcome = rekey.WriteUnreachable
	default:
		w.Outcome = rekey.WriteRefused
	}
	if w.Outcome != "" {
		w.EndedAt = s.now()
	}
	err := s.store.Update(context.WithoutCancel(ctx), func(tx Tx) error {
		if w.Outcome != rekey.WriteSet {
			return tx.PutDirectoryWrite(ctx, w)
		}
		return tx.Scrambled(ctx, w, token)
	})
	if err != nil {
		s.log.Error("it could not be recorded that a password was scrambled; the delivery is tried again", "delivery_id", a.delivery.ID, "error", err)
		return rekey.ReasonDirectoryDown
	}
	return reason
}
