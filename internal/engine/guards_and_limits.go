package engine

import (
	"context"
	"slices"
	"time"

	"rekey"
)

// Limits on what one person is sent. The limits on unasked mails break loops (B10).
// The limit on requested mails stops a stranger from flooding a mailbox.
const (
	maxInDay       = 3 // unasked mails accepted in 24 hours
	maxUnusedInRow = 3 // unasked mails that were never used
	maxAskedInDay  = 3 // mails that the user asked for, in 24 hours
	maxSentInDay   = 3 // mails to one of several to whom a person sends, in 24 hours
)

// check holds what is known about one candidate.
type check struct {
	user      rekey.SystemUser
	params    rekey.SendParams
	authority rekey.Authority
	others    []rekey.Authority // see Execution
	chained   bool              // the others are those of a chain
	asked     rekey.Asker
	named     bool // by the event, so the request concerns them
	several   bool // a person sends to several at once, see Execution
	again     bool // to those of a run who are not in: nobody has looked at each of them
	stranger  bool // can set the event off, so the old password must be kept
	history   History
	// administrators are the Administrators with a chosen password; nil if no
	// password is revoked. At least one of them must keep theirs.
	administrators []string
	now            time.Time
}

// callerInPerson reports whether the candidate is a Hybrid user who calls the API
// by password, and who asked for the new password, or for whom a person with the
// right to do so asked. They get one although they call the API. The mail warns
// them about their programs. The old password works until they choose another,
// whatever the automation says.
func (c check) callerInPerson() bool {
	inPerson := c.named && c.asked.InPerson() && !c.again
	return inPerson && c.user.Type == rekey.TypeHybrid && c.user.UsesAPI(c.now)
}

// oldPassword is what happens to the chosen password of the candidate. One that lives in
// a directory cannot rest while a mailed one is valid, so it is kept instead.
func (c check) oldPassword() rekey.OldPassword {
	if c.callerInPerson() || !c.user.Directory.BuiltIn() && c.params.OldPassword == rekey.ReplaceWhenSent {
		return rekey.KeepUntilChanged
	}
	return c.params.OldPassword
}

// selectedAs is the candidate as the selection sees them. It hides their API calls
// if those do not keep them out.
func (c check) selectedAs() rekey.SystemUser {
	u := c.user
	if c.callerInPerson() {
		u.LastPasswordCallAt = time.Time{}
	}
	return u
}

// guards returns the first reason why the candidate must not be touched at all. The
// guards are checked when the run executes, when the password is issued, and before
// each retry.
func (c check) guards() rekey.Reason {
	if reason := c.barred(); reason != "" {
		return reason
	}
	if reason := c.user.Directory.Bars(c.now); reason != "" {
		return reason
	}
	switch {
	case c.user.Directory.NotRevocable && c.oldPassword() == rekey.RevokeAtOnce:
		return rekey.ReasonNoRevoke
	case c.stranger && c.oldPassword() != rekey.KeepUntilChanged:
		return rekey.ReasonOutsiders
	case c.user.UsesAPI(c.now) && !c.params.IncludeAPIUsers && !c.callerInPerson():
		return rekey.ReasonAPIUser
	case !c.authority.MaySetPassword(c.user):
		return rekey.ReasonNotOwners
	}
	for _, other := range c.others {
		switch {
		case other.MaySetPassword(c.user):
		case c.chained:
			return rekey.ReasonNotChains
		default:
			return rekey.ReasonNotPosters
		}
	}
	return ""
}

// barred returns why the candidate cannot log in with any password. If the old
// password is revoked already, it is the only guard before a retry: the mail is
// then the user's only way in.
func (c check) barred() rekey.Reason {
	switch {
	case c.user.ID == "":
		return rekey.ReasonNotSystemUser
	case c.user.Status != rekey.UserActive:
		return rekey.ReasonBlocked
	default:
		return ""
	}
}

// limits returns the first reason why the candidate gets nothing now, after all
// guards have passed.
func (c check) limits() rekey.Reason {
	if c.history.In {
		return rekey.ReasonIn
	}
	revoke := c.oldPassword() == rekey.RevokeAtOnce
	if c.history.Unfinished && !revoke {
		return rekey.ReasonAlreadyBeing
	}
	return c.frequency()
}

// frequency is the part of limits that is checked again when the password is
// issued.
func (c check) frequency() rekey.Reason {
	switch {
	case c.oldPassword() == rekey.RevokeAtOnce:
		if c.lastAdministrator() {
			return rekey.ReasonLastAdministrator
		}
		if c.history.Revoked && !c.history.LeftOut() {
			return rekey.ReasonRevokedRecently
		}
	case c.asked == rekey.AskedByUser:
		// A user without any way in is served, whatever was asked before.
		if (c.history.AskedLately || c.history.AskedInDay >= maxAskedInDay) && !c.history.LeftOut() {
			return rekey.ReasonTooOften
		}
	case c.asked == rekey.AskedByStranger:
		// Mails that a stranger can cause do not count for other mails. Otherwise a
		// stranger could use up the limit that a leaked password needs. Other mails
		// do count for them.
		switch {
		case c.history.InDay+c.history.StrangersInDay >= maxInDay:
			return rekey.ReasonThreeInADay
		case c.history.UnusedInRow+c.history.StrangersUnused >= maxUnusedInRow:
			return rekey.ReasonThreeUnused
		}
	case c.several && c.history.SentLately:
		return rekey.ReasonSentLately
	case c.several && c.history.SentInDay >= maxSentInDay:
		return rekey.ReasonThreeInADay
	case c.asked == rekey.AskedByOther:
	case c.history.InDay >= maxInDay:
		return rekey.ReasonThreeInADay
	case c.history.UnusedInRow >= maxUnusedInRow:
		return rekey.ReasonThreeUnused
	}
	return ""
}

// lastAdministrator reports whether no other Administrator would keep a chosen
// password. The system must not depend on one mail to have an Administrator.
func (c check) lastAdministrator() bool {
	return c.user.Role == rekey.RoleAdministrator &&
		!slices.ContainsFunc(c.administrators, func(id string) bool { return id != c.user.ID })
}

// administrators returns the Administrators that check needs to know.
func administrators(ctx context.Context, r Reader, old rekey.OldPassword) ([]string, error) {
	if old != rekey.RevokeAtOnce {
		return nil, nil
	}
	return r.Administrators(ctx)
}

// without returns ids without id.
func without(ids []string, id string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(other string) bool { return other == id })
}
