package app

import (
	"testing"

	"rekey"
	"rekey/internal/directory"
)

// A password that was not revoked must never count as revoked: the mail would say that
// the old one is gone.
func TestOnlyAPasswordThatIsSetCountsAsRevoked(t *testing.T) {
	t.Parallel()
	for _, result := range []directory.Result{"", directory.Overtaken, directory.Refused, directory.Gone, directory.Unreachable, directory.Doubtful} {
		for _, refusal := range []directory.Refusal{
			"", directory.TooShort, directory.TooSimple, directory.InHistory, directory.InForce, directory.Unfit, directory.TooYoung, directory.NeedsOld,
			directory.NotPermitted, directory.IsBlocked, directory.LockedByAdmin, directory.IsProtected, directory.ImportOnly, directory.PolicyUnknown, "another",
		} {
			if reason := reasonOf(directory.Outcome{Result: result, Refusal: refusal}); reason == "" {
				t.Errorf("%s %s: the reason is %q", result, refusal, reason)
			}
		}
	}
	if reason := reasonOf(directory.Outcome{Result: directory.Set}); reason != rekey.Reason("") {
		t.Errorf("set: %q", reason)
	}
}
