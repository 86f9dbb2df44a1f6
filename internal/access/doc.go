// Package access decides who comes in: log-in, sessions, tokens, lock, and the
// change of password.
//
// There are two kinds of password and three doors. A mailed password opens only
// the page, and the API call, where its user chooses another:
//
//	                    console        API            change of password
//	chosen, in force    UI, Hybrid     API, Hybrid    everybody
//	mailed, live        –              –              everybody
//	token               –              everybody      –
//
// Every attempt takes the same way, whoever's address it names:
//
//	source address's share ──used up──► CodeLimited, before any Argon2
//	      │
//	      ▼
//	mailed passwords by HMAC, then one Argon2 computation whatever is stored
//	      │
//	      ▼
//	one transaction: lock read, decided, written ──no──► the one refusal
//	      │ yes
//	      ▼
//	    Entry
//
// Wrong, unknown, blocked and locked are refused with the same error after the
// same work. The decision is taken within the transaction that counts the
// failures, so that a hundred guesses at once are no better than five in a row.
//
// On failure nothing is let in: an error of the database or of the keys refuses
// and counts nothing against anybody.
package access
