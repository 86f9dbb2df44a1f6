package directory

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"
)

// write sets a password in one modify, which the server does in whole or not at all. It
// deletes the token that was read, so it fails if the token has changed: of two writers
// at once, one wins.
func (ad) write(s *session, a Account, password string, unlock bool) error {
	var controls []ldap.Control
	if slices.Contains(s.root.GetEqualFoldAttributeValues("supportedControl"), adPolicyHints) {
		// A reset looks at the history then, too. A sequence of one integer, 1.
		controls = append(controls, ldap.NewControlString(adPolicyHints, true, "\x30\x03\x02\x01\x01"))
	}
	m := ldap.NewModifyRequest("<GUID="+string(a.Key)+">", controls)
	m.Delete("pwdLastSet", []string{string(a.Token)})
	m.Add("pwdLastSet", []string{"-1"}) // now
	m.Replace("unicodePwd", []string{unicodePwd(password)})
	if unlock {
		m.Replace("lockoutTime", []string{"0"})
	}
	return s.conn.Modify(m)
}

// scramblesTwice: the previous password of an account works for up to an hour more.
func (ad) scramblesTwice() bool { return true }

// locksOut returns "": the minimum age does not apply to what Rekey sets.
func (ad) locksOut(Policy) Refusal { return "" }

// finish has nothing to do: pwdLastSet says that the password was set now.
func (ad) finish(*session, Account) error { return nil }

// unicodePwd is a password in quotes, in UTF-16 with the lowest byte first ([MS-ADTS]
// 3.1.1.3.1.5).
func unicodePwd(password string) string {
	var encoded []byte
	for _, unit := range utf16.Encode([]rune(`"` + password + `"`)) {
		encoded = binary.LittleEndian.AppendUint16(encoded, unit)
	}
	return string(encoded)
}

// refusal reads the text of an answer. Windows gives the number only, Samba also words.
func (ad) refusal(answer *ldap.Error) Outcome {
	switch answer.ResultCode {
	case ldap.LDAPResultNoSuchAttribute:
		return Outcome{Result: Overtaken}
	case ldap.LDAPResultNoSuchObject:
		return Outcome{Result: Gone}
	case ldap.LDAPResultInsufficientAccessRights:
		return refuse(NotPermitted)
	case ldap.LDAPResultReferral, ldap.LDAPResultBusy:
		return Outcome{Result: Unreachable} // a read-only server, or one under load
	}
	return refusalByText(answer, []refusalText{
		{"too short", TooShort},
		{"complexity", TooSimple},
		{"in history", InHistory},
		{"too young", TooYoung},
		{"0000052D", Unfit}, // ERROR_PASSWORD_RESTRICTION
	})
}

// passes reads the text of an answer to a bind. It says that the password is right and
// something else is wrong: must change (773), outside the hours of work (530), not from
// here (531), expired (532), disabled (533), account expired (701).
func (ad) passes(answer *ldap.Error) bool {
	for _, data := range []string{"data 773", "data 530", "data 531", "data 532", "data 533", "data 701"} {
		if strings.Contains(answer.Err.Error(), data) {
			return true
		}
	}
	return false
}
