package directory

import (
	"github.com/go-ldap/ldap/v3"
)

// write sets a password with the password modify operation (RFC 3062), because the
// server hashes it and its policy judges it only then. The operation takes no condition
// and a DN; both were read an instant before. It unlocks by itself.
func (openLDAP) write(s *session, a Account, password string, _ bool) error {
	_, err := s.conn.PasswordModify(ldap.NewPasswordModifyRequest(a.DN, "", password))
	return err
}

func (openLDAP) scramblesTwice() bool { return false }

// locksOut returns why the write that follows a scramble would be refused.
func (openLDAP) locksOut(p Policy) Refusal {
	switch {
	case p.Unknown:
		return PolicyUnknown
	case p.NeedsOld:
		return NeedsOld
	case p.MinAge > 0:
		return TooYoung
	default:
		return ""
	}
}

// finish takes back that the password must be changed, which some policies demand after
// each set by an administrator.
func (openLDAP) finish(s *session, a Account) error {
	if !a.mustSet {
		return nil
	}
	m := ldap.NewModifyRequest(a.DN, nil)
	m.Replace("pwdReset", nil)
	return s.conn.Modify(m)
}

func (openLDAP) refusal(answer *ldap.Error) Outcome {
	switch answer.ResultCode {
	case ldap.LDAPResultNoSuchObject:
		return Outcome{Result: Overtaken} // renamed in this instant
	case ldap.LDAPResultReferral, ldap.LDAPResultBusy, ldap.LDAPResultUnwillingToPerform:
		return Outcome{Result: Unreachable} // a read-only server, or one under load
	}
	o := refusalByText(answer, []refusalText{
		{"not being changed", InForce},
		{"in history", InHistory},
		{"too young", TooYoung},
		{"fails quality", TooSimple},
		{"supply old password", NeedsOld},
	})
	if o.Refusal == Unfit && answer.ResultCode == ldap.LDAPResultInsufficientAccessRights {
		o.Refusal = NotPermitted
	}
	return o
}

// passes reports nothing: a refused bind has no reason without the control.
func (openLDAP) passes(*ldap.Error) bool { return false }
