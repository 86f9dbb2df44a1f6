package directory

import "rekey"

// Onto returns the account of a system user with what the directory says of it now. The
// key and what Rekey itself notes stay.
func (a Account) Onto(d rekey.DirectoryAccount) rekey.DirectoryAccount {
	d.Token, d.Unit = string(a.Token), a.Unit
	d.Protected, d.Locked, d.LockedByAdmin = a.Protected, a.Locked, a.LockedByAdmin
	d.MinLength, d.Complex = a.Policy.MinLength, a.Policy.Complex
	d.ImportOnly = a.ImportOnly
	d.NeedsOld, d.NotRevocable = a.Policy.NeedsOld, a.LocksOut != ""
	d.ExpiresAt = a.PasswordExpiresAt.UTC()
	return d
}

// OfPassword reports whether the directory may take another password.
func (r Refusal) OfPassword() bool {
	return r == TooShort || r == TooSimple || r == InHistory || r == InForce || r == Unfit
}
