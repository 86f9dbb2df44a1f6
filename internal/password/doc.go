// Package password makes, judges and verifies passwords. It is pure: it knows
// no database, no mail and no HTTP; randomness, clock and keys are handed in.
//
// There are two kinds of password, and each has a verifier of its own:
//
//	           made by             judged by     stored as
//	mailed     Generate            nobody        Mailed: HMAC-SHA-256, bound to its delivery
//	chosen     a system user       Policy.Check  Argon2: Argon2id, PHC string
//
// A mailed password carries at least 112 random bits, lives for hours and sets
// no lasting password, so that guessing it from a keyed one-way value is out
// of the question even for somebody who holds the key. A chosen one may be
// weak, so that each guess at it must be dear. The type Generated keeps the two
// apart: the keyed scheme takes nothing else, and only Generate (or FromSealed,
// which reads back what Generate made) can make one.
package password
