package directory

import (
	"errors"
	"fmt"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

func TestAnswersMeanWhatTheyShould(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of      kind
		code    uint16
		text    string
		result  Result
		refusal Refusal
	}{
		{ad{}, 19, "0000052D: Constraint violation - check_password_restrictions: the password is too short. It should be equal or longer than 7 characters!", Refused, TooShort},
		{ad{}, 19, "0000052D: Constraint violation - check_password_restrictions: the password does not meet the complexity criteria!", Refused, TooSimple},
		{ad{}, 19, "0000052D: Constraint violation - check_password_restrictions: the password was already used (in history)!", Refused, InHistory},
		{ad{}, 19, "0000052D: Constraint violation - check_password_restrictions: password is too young to change!", Refused, TooYoung},
		{ad{}, 53, "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0", Refused, Unfit}, // Windows
		{ad{}, 19, "an answer of tomorrow", Refused, Unfit},
		{ad{}, 50, "00002098: Object does not have the right", Refused, NotPermitted},
		{ad{}, 16, "old pwdLastSet value not found!", Overtaken, ""},
		{ad{}, 32, "no such object", Gone, ""},
		{ad{}, 10, "0000202B: RefErr", Unreachable, ""}, // a read-only domain controller
		{ad{}, 51, "busy", Unreachable, ""},
		{openLDAP{}, 19, "Password fails quality checking policy", Refused, TooSimple},
		{openLDAP{}, 19, "Password is in history of old passwords", Refused, InHistory},
		{openLDAP{}, 19, "Password is not being changed from existing value", Refused, InForce},
		{openLDAP{}, 19, "Password is too young to change", Refused, TooYoung},
		{openLDAP{}, 50, "Must supply old password to be changed as well as new one", Refused, NeedsOld},
		{openLDAP{}, 50, "", Refused, NotPermitted},
		{openLDAP{}, 50, "User alteration of password is not allowed", Refused, NotPermitted},
		{openLDAP{}, 19, "an answer of tomorrow", Refused, Unfit},
		{openLDAP{}, 53, "operation restricted", Unreachable, ""}, // readonly on
		{openLDAP{}, 10, "", Unreachable, ""},                     // a replica
		{openLDAP{}, 32, "", Overtaken, ""},
	} {
		answer, ok := answered(ldap.NewError(c.code, errors.New(c.text)))
		if !ok {
			t.Errorf("%d %s is no answer", c.code, c.text)
			continue
		}
		if got := c.of.refusal(answer); got.Result != c.result || got.Refusal != c.refusal {
			t.Errorf("%T: %d %s means %s %s, want %s %s", c.of, c.code, c.text, got.Result, got.Refusal, c.result, c.refusal)
		}
	}
}

func TestOnlyAnswersOfTheServerAreAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"refused", ldap.NewError(ldap.LDAPResultConstraintViolation, errors.New("no")), true},
		{"wrapped", fmt.Errorf("modify: %w", ldap.NewError(ldap.LDAPResultNoSuchObject, errors.New("no"))), true},
		{"the connection ended", errors.New("unable to read LDAP response packet: EOF"), false},
		{"time-out", ldap.NewError(ldap.ErrorNetwork, errors.New("timed out")), false},
		{"broken reply", ldap.NewError(ldap.ErrorUnexpectedResponse, errors.New("what")), false},
		{"a proxy has lost the server", ldap.NewError(ldap.LDAPResultUnavailable, errors.New("gone")), false},
		{"a proxy does not know", ldap.NewError(ldap.LDAPResultOther, errors.New("other")), false},
		{"the server took too long", ldap.NewError(ldap.LDAPResultTimeLimitExceeded, errors.New("slow")), false},
	} {
		if _, got := answered(c.err); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestEachOutcomeHasAReasonForPeople(t *testing.T) {
	t.Parallel()
	for _, why := range []Refusal{TooShort, TooSimple, InHistory, InForce, Unfit, TooYoung, NeedsOld, NotPermitted,
		IsBlocked, LockedByAdmin, IsProtected, ImportOnly, PolicyUnknown} {
		if refuse(why).Reason() == "" {
			t.Errorf("%s has no reason", why)
		}
	}
	for _, result := range []Result{Overtaken, Gone, Unreachable, Doubtful} {
		if (Outcome{Result: result}).Reason() == "" {
			t.Errorf("%s has no reason", result)
		}
	}
	if got := (Outcome{Result: Refused, Refusal: TooShort, Least: 14}).Reason(); got != "The password is too short: the directory wants at least 14 characters." {
		t.Error(got)
	}
}
