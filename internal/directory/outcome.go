package directory

import "fmt"

// Result says in a word how a write ended.
type Result string

// The results of a write.
const (
	// Set: the password is in force. This was read back.
	Set Result = "set"
	// Overtaken: another password was set since the token was read. Nothing was
	// changed. The token returned is the present one.
	Overtaken Result = "overtaken"
	// Refused: the directory, or a rule of Rekey, said no. Nothing was changed.
	Refused Result = "refused"
	// Gone: no account with this key is below the base and fits the filter. Nothing
	// was changed.
	Gone Result = "gone"
	// Unreachable: no server could take the write. Nothing was changed.
	Unreachable Result = "unreachable"
	// Doubtful: the write was sent, but there is no answer that could be relied on. The
	// password may be in force. A repeat with the same token and password is safe.
	Doubtful Result = "doubtful"
)

// Outcome is how a write ended.
type Outcome struct {
	Result Result
	// Refusal says why, if Result is Refused.
	Refusal Refusal
	// Least is the smallest number of characters, if Refusal is TooShort and the
	// directory named it; 0 if not.
	Least int
	// Cause is for the log alone. It holds no password.
	Cause error
}

// Refusal says why a password was refused.
type Refusal string

// The refusals. Those above the line are about the password: another one may be
// taken.
const (
	TooShort  Refusal = "too_short"
	TooSimple Refusal = "too_simple"
	InHistory Refusal = "in_history" // it was used before
	InForce   Refusal = "in_force"   // it is the present password
	Unfit     Refusal = "unfit"      // the policy refuses it; the text of the directory is in Cause

	TooYoung      Refusal = "too_young"       // the present password is younger than the minimum age
	NeedsOld      Refusal = "needs_old"       // the policy demands the old password
	NotPermitted  Refusal = "not_permitted"   // Rekey's account lacks the right
	IsBlocked     Refusal = "blocked"         // the account is disabled or has expired
	LockedByAdmin Refusal = "locked_by_admin" // an administrator locked the account
	IsProtected   Refusal = "protected"       // an account with power over the directory
	ImportOnly    Refusal = "import_only"     // Rekey does not write to directories of this kind
	PolicyUnknown Refusal = "policy_unknown"  // Rekey cannot read the policy, so it does not scramble
)

// Reason is a sentence for people that says why the password was not set; "" if
// Result is Set.
func (o Outcome) Reason() string {
	switch o.Result {
	case Refused:
		if o.Refusal == TooShort && o.Least > 0 {
			return fmt.Sprintf("The password is too short: the directory wants at least %d characters.", o.Least)
		}
		return refusalTexts[o.Refusal]
	case Overtaken:
		return "The password was changed in the directory in the meantime."
	case Gone:
		return "The account is no longer in the directory."
	case Unreachable:
		return "The directory cannot be reached. Nothing was changed."
	case Doubtful:
		return "The directory did not answer. The new password may already work; if not, choose it again."
	default:
		return ""
	}
}

var refusalTexts = map[Refusal]string{
	TooShort:  "The password is too short for the directory.",
	TooSimple: "The password is too simple for the directory. Mix upper case, lower case, digits and symbols, and leave out parts of the name.",
	InHistory: "This password was used before. Choose another one.",
	InForce:   "This is the present password. Choose another one.",
	Unfit:     "The directory does not take this password. Choose another one.",

	TooYoung:      "The directory does not allow another change yet: the present password is too new.",
	NeedsOld:      "The directory wants the old password for each change, so Rekey cannot set a new one.",
	NotPermitted:  "Rekey may not set this password in the directory.",
	IsBlocked:     "The account is disabled in the directory.",
	LockedByAdmin: "An administrator locked the account in the directory.",
	IsProtected:   "The account is protected in the directory.",
	ImportOnly:    "Rekey does not write to this directory.",
	PolicyUnknown: "Rekey cannot read the password policy of the directory.",
}

func refuse(why Refusal) Outcome { return Outcome{Result: Refused, Refusal: why} }
