// Package mail composes the messages that carry new passwords and hands them
// to the mail server. *Mailer implements engine.Mailer.
//
// # Composing
//
// The common parts of the messages of an occasion are composed once, as a form: the
// templates are executed, encoded as quoted-printable, and cut where each reader's
// own data goes. Filling in a form needs no template. The same form and letter give
// the same bytes, even if templates, settings or the program have changed: boundary
// and Message-ID come from the delivery's id, Date from the letter, words and time
// zone from the form (I4). Only the DKIM signature uses the current key.
//
//	Occasion ──templates/──► rendered, with slots ──encode──► form (stored by the engine)
//	                                                            │
//	Letter ─────────────────────────────────────────── fill ────┴──► bytes of the message
//
// # Sending
//
//	        ┌────────────── down: Send answers NotTried at once ◄──────────────┐
//	        ▼ until the backoff is over (1 s doubling to 1 min)                │
//	probing: one message tries, the others wait for it                         │
//	        │ MAIL FROM answered 2xx                                           │
//	        ▼                                                                  │
//	up ─► connection at hand ─► Ready ─► MAIL ─► RCPT ─► DATA ─► body, dot ─► reply
//	           │                          │       │       │         │          │
//	           └──────────┬───────────────┘       └───┬───┘         │      2xx Accepted
//	 refused, greeting, TLS, AUTH, MAIL FROM:      5xx Refused      │      5xx Refused
//	 the transport's fault, NotTried, down         4xx Deferred     │      4xx Deferred
//	                                               I/O Deferred     │      none Doubtful
//	                                                                └ broken before the dot: Deferred
//
// If a reused connection turns out to be closed, or the server answers 421 before
// the final dot, the message is tried once more at once on another connection. Once
// the final dot may have been sent, only a reply decides about the message.
//
// # Why a client of its own
//
// This package has its own SMTP client, with a limit on the length of replies. The
// libraries go-smtp and go-mail wait for each reply of the envelope, do not tell
// whether the final dot was sent when a write fails, read replies of any length, and
// lose a first line "250-" if the connection breaks within the reply to the final
// dot. All this decides whether a password counts as mailed. The envelope is
// pipelined (RFC 2920) if the server offers it. The DKIM signer is here, too: the
// library's uses the current time, so that a retry would not be the same bytes. The
// tests check our signatures with the library's verifier.
package mail
