// Package access authenticates system users: log-in, sessions, tokens, the lock
// after failed log-ins, and the change of password.
//
// There are three credentials and three doors. A mailed password opens only the
// page, and the API call, that changes the password:
//
//	                    console        API            change of password
//	chosen, in force    UI, Hybrid     API, Hybrid    everybody
//	mailed, live        –              –              everybody
//	token               –              everybody      –
//
// Every attempt takes the same steps (attempt.go), whatever address it names:
//
//	source address's share ──used up──► CodeLimited, before any Argon2
//	      │
//	      ▼
//	mailed passwords by HMAC, then one Argon2 computation whatever is stored
//	      │
//	      ▼
//	one transaction: read lock, decide, write ──no──► errRefused
//	      │ yes
//	      ▼
//	Entry
//
// A wrong password and an unknown, blocked or locked user get the same error
// after the same work. The transaction that counts the failures also decides, so
// that a hundred guesses at once are no better than five in a row.
//
// If the database or the keys fail, or too many computations wait, the attempt is
// refused and does not count as a failed log-in.
package access
