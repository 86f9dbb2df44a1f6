// Package password makes, judges and verifies passwords. It uses no database, no
// mail and no HTTP; its callers supply randomness, clock and keys.
//
// There are two kinds of password, and each has a verifier of its own:
//
//	           made by             judged by     stored as
//	mailed     Generate            nobody        Mailed: HMAC-SHA-256, bound to its delivery
//	chosen     a system user       Policy.Check  Argon2: Argon2id, PHC string
//
// A mailed password has at least 112 random bits, lives for hours and sets no
// lasting password. Nobody can guess it from a keyed one-way value, even with the
// key. A chosen password may be weak, so each guess at it must be expensive. The
// type Generated keeps the two apart. The keyed scheme takes only a Generated, and
// only Generate makes one (or FromSealed, which reads back what Generate made).
package password
