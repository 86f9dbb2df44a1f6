package access

import (
	"context"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/engine"
	"rekey/internal/store"
)

// Directory is what a change needs of the directory where a user's password lives.
type Directory interface {
	Read(ctx context.Context, keys []directory.Key) (map[directory.Key]directory.Account, error)
	Choose(ctx context.Context, key directory.Key, token directory.Token, chosen rekey.Secret) (directory.Token, directory.Outcome)
}

// directoryTime is how long a change in a directory may take, whether or not the reader
// still waits for it.
const directoryTime = 2 * time.Minute

// chooseInDirectory sets the chosen password of a user of a directory. The directory is
// written once, between two transactions:
//
//	mailed password proven ─► account read ─► "change begun" ─► directory written ─► change completed
//
// A crash or a lost reply leaves the mailed password as it was: its owner repeats the
// change, and the directory says what became of the first try.
func (s *Service) chooseInDirectory(ctx context.Context, a *attempt, chosen rekey.Secret) (version int64, err error) {
	if a.delivery == nil {
		return 0, errNotCurrent
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), directoryTime)
	defer cancel()
	from, ok := s.Directories[a.user.Directory.Directory]
	if !ok {
		return 0, unavailable("The directory is no longer in the settings of this system. Please tell your help desk.")
	}
	key := directory.Key(a.user.Directory.Key)
	// Until then nothing is written, so whoever waits for a directory that says nothing is
	// told so soon.
	limited, stop := context.WithTimeout(ctx, engine.ReadTime)
	found, err := from.Read(limited, []directory.Key{key})
	stop()
	if err != nil {
		s.Logger.WarnContext(ctx, "a directory cannot be read", "directory", a.user.Directory.Directory, "error", err.Error())
		return 0, unavailable("The directory cannot be reached at the moment. Nothing was changed. Try again in a few minutes: the password from the mail still works.")
	}
	account, there := found[key]
	if err := mayChoose(a.user, account, there); err != nil {
		return 0, err
	}
	write, earlier, err := s.beginWrite(ctx, a, string(account.Token))
	if err != nil {
		return 0, err
	}
	s.Steps(engine.StepChoiceBegun)
	token, outcome := account.Token, directory.Outcome{}
	if earlier.Pending() { // it may have been this password, and have arrived
		token, outcome = from.Choose(ctx, key, directory.Token(earlier.Token), chosen)
	}
	if earlier.Pending() && outcome.Result == directory.Overtaken {
		// Another tab may have completed its change meanwhile: then this one is over.
		if write, err = s.moveWrite(ctx, a, write, token); err != nil {
			return 0, err
		}
	}
	if !earlier.Pending() || outcome.Result == directory.Overtaken {
		token, outcome = from.Choose(ctx, key, token, chosen)
	}
	if outcome.Refusal == directory.InForce && mayBeOfWrite(account, earlier) {
		outcome = directory.Outcome{Result: directory.Set}
	}
	s.Steps(engine.StepChoiceIsMade)
	s.Logger.InfoContext(ctx, "password written to a directory", "directory", a.user.Directory.Directory, "user_id", a.user.ID,
		"delivery_id", a.delivery.ID, "result", string(outcome.Result), "refusal", string(outcome.Refusal), "cause", causeOf(outcome))
	return s.endWrite(ctx, a, write, token, outcome)
}

// mayChoose returns why the password of an account must not be set, as its owner reads it.
func mayChoose(u rekey.SystemUser, account directory.Account, there bool) error {
	switch {
	case !there:
		return conflict("Your account is no longer in the directory. Please tell your help desk.")
	case account.Blocked:
		return conflict("Your account is disabled in the directory. Please tell your help desk.")
	case account.LockedByAdmin:
		return conflict("An administrator locked your account in the directory. Please tell your help desk.")
	case account.Protected:
		return conflict("Your account has power over the directory, so its password is not set here. Please tell your help desk.")
	case account.API && u.Type != rekey.TypeAPI:
		return conflict("Your account in the directory belongs to a program, so its password is not set here. Please tell your help desk.")
	case rekey.AddressKey(account.Address) != u.AddressKey && u.Chosen() == rekey.ChosenRevoked: // a new password would be held
		return conflict("The directory has another email address for you by now. Please ask your help desk to confirm your new address.")
	case rekey.AddressKey(account.Address) != u.AddressKey:
		return conflict("The directory has another email address for you by now. Please ask for a new password.")
	default:
		return nil
	}
}

// beginWrite stores that the directory is about to be written, unless the mailed
// password has ended by now. It returns the new write and the earlier one. The new one
// keeps the token of an earlier one of which nothing is known.
func (s *Service) beginWrite(ctx context.Context, a *attempt, token string) (begun, earlier rekey.DirectoryWrite, err error) {
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		now := s.Clock()
		if err := s.stillHolds(ctx, tx, a, now); err != nil {
			return err
		}
		writes, err := tx.DirectoryWrites(ctx, []string{a.delivery.ID}, rekey.WriteChoose)
		if err != nil {
			return err
		}
		earlier = writes[a.delivery.ID]
		begun = rekey.DirectoryWrite{DeliveryID: a.delivery.ID, Kind: rekey.WriteChoose, UserID: a.user.ID, Token: token, BegunAt: now}
		if earlier.Pending() {
			begun.Token = earlier.Token
		}
		return tx.PutDirectoryWrite(ctx, begun)
	})
	return begun, earlier, err
}

// moveWrite stores that a pending write continues from another token, unless the mailed
// password has ended by now.
func (s *Service) moveWrite(ctx context.Context, a *attempt, write rekey.DirectoryWrite, token directory.Token) (rekey.DirectoryWrite, error) {
	write.Token = string(token)
	return write, s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := s.stillHolds(ctx, tx, a, s.Clock()); err != nil {
			return err
		}
		return tx.PutDirectoryWrite(ctx, write)
	})
}

// clocksDiffer is how much the clocks of Rekey and of a directory may differ.
const clocksDiffer = time.Hour

// mayBeOfWrite reports whether the password in force may be that of a pending write,
// although the token is the same: tokens of OpenLDAP have whole seconds. A password that
// was set long before the write is an old one, which its owner must not choose again.
func mayBeOfWrite(account directory.Account, w rekey.DirectoryWrite) bool {
	return w.Pending() && account.PasswordChangedAt.After(w.BegunAt.Add(-clocksDiffer))
}

// endWrite stores what became of a write, and returns it as the owner of the account reads
// it. If the password is in force, the change is complete, even if the mailed password has
// ended meanwhile.
func (s *Service) endWrite(ctx context.Context, a *attempt, write rekey.DirectoryWrite, token directory.Token, outcome directory.Outcome) (version int64, err error) {
	switch outcome.Result {
	case directory.Doubtful: // it stays pending
	case directory.Set:
		version, err = s.completeInDirectory(ctx, a, write, token)
	default:
		err = s.refuseWrite(ctx, write, outcome)
	}
	if err == nil {
		err = choiceError(outcome)
	}
	return version, err
}

func (s *Service) completeInDirectory(ctx context.Context, a *attempt, write rekey.DirectoryWrite, token directory.Token) (version int64, err error) {
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		write.Outcome, write.EndedAt = rekey.WriteSet, s.Clock()
		if err := tx.PutDirectoryWrite(ctx, write); err != nil {
			return err
		}
		if err := tx.CompleteChangeInDirectory(ctx, a.user.ID, a.delivery.ID, string(token), write.EndedAt); err != nil {
			return err
		}
		u, err := tx.User(ctx, a.user.ID)
		version = u.PasswordVersion
		return err
	})
	return version, err
}

// refuseWrite stores that a write changed nothing. If another tab was quicker, its outcome
// stays on record.
func (s *Service) refuseWrite(ctx context.Context, write rekey.DirectoryWrite, outcome directory.Outcome) error {
	return s.Store.Update(ctx, func(tx *store.Tx) error {
		writes, err := tx.DirectoryWrites(ctx, []string{write.DeliveryID}, write.Kind)
		if err != nil || !writes[write.DeliveryID].Pending() {
			return err
		}
		write.Outcome, write.EndedAt = string(outcome.Result), s.Clock()
		return tx.PutDirectoryWrite(ctx, write)
	})
}

// choiceError is the outcome of a write as the owner of the account reads it; nil if the
// password is in force.
func choiceError(o directory.Outcome) error {
	switch {
	case o.Result == directory.Set:
		return nil
	case o.Result == directory.Refused && o.Refusal.OfPassword():
		return rekey.Invalid("new_password", o.Reason())
	case o.Result == directory.Doubtful:
		return unavailable("The directory did not answer. Your new password may already work there. If it does not, choose it here again.")
	case o.Result == directory.Unreachable:
		return unavailable("The directory cannot be reached at the moment. Nothing was changed. Try again in a few minutes: the password from the mail still works.")
	case o.Result == directory.Overtaken:
		return conflict("Your password was changed in the directory at the same moment. The one that you entered here was not set. Choose it again if you want it.")
	default:
		return conflict(o.Reason())
	}
}

func causeOf(o directory.Outcome) string {
	if o.Cause == nil {
		return ""
	}
	return o.Cause.Error()
}

func conflict(message string) error    { return rekey.NewError(rekey.CodeConflict, message) }
func unavailable(message string) error { return rekey.NewError(rekey.CodeUnavailable, message) }
