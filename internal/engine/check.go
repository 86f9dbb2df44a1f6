package engine

import (
	"time"

	"rekey"
)

// Limits on what one person is sent. Those on what automations send unasked
// break loops (B10); those on what was asked for keep a stranger from flooding
// somebody.
const (
	maxInDay       = 3 // unasked mails accepted in 24 hours
	maxUnusedInRow = 3 // unasked mails that were never used
	maxAskedInDay  = 3 // mails that the user asked for, in 24 hours
)

// check holds what is known about one candidate.
type check struct {
	user      rekey.SystemUser
	params    SendParams
	authority rekey.Authority
	asked     rekey.Asker
	history   History
	now       time.Time
}

// guards returns the first reason why the candidate must not be touched at all.
// They are looked at when the run executes, again when the password is issued,
// and before each retry.
func (c check) guards() rekey.Reason {
	switch {
	case c.user.ID == "":
		return rekey.ReasonNotSystemUser
	case c.user.Status != rekey.UserActive:
		return rekey.ReasonBlocked
	case c.user.UsesAPI(c.now) && !c.params.IncludeAPIUsers:
		return rekey.ReasonAPIUser
	case !c.authority.MaySetPassword(c.user):
		return rekey.ReasonNotOwners
	default:
		return ""
	}
}

// limits returns the first reason why the candidate gets nothing for now,
// although nothing else speaks against it.
func (c check) limits() rekey.Reason {
	revoke := c.params.OldPassword == rekey.RevokeAtOnce
	if c.history.Unfinished && !revoke {
		return rekey.ReasonAlreadyBeing
	}
	return c.frequency()
}

// frequency is the part of limits that is looked at again when the password is
// issued.
func (c check) frequency() rekey.Reason {
	switch {
	case c.params.OldPassword == rekey.RevokeAtOnce:
		if c.history.Revoked {
			return rekey.ReasonRevokedRecently
		}
	case c.asked == rekey.AskedByUser:
		if c.history.AskedLately || c.history.AskedInDay >= maxAskedInDay {
			return rekey.ReasonTooOften
		}
	case c.asked == rekey.AskedByOther:
	case c.history.InDay >= maxInDay:
		return rekey.ReasonThreeInADay
	case c.history.UnusedInRow >= maxUnusedInRow:
		return rekey.ReasonThreeUnused
	}
	return ""
}
