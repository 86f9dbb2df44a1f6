// Package mail composes the messages that carry new passwords and hands them
// to the mail server. *Mailer implements engine.Mailer.
//
// # Composing
//
// What the messages of an occasion have in common is composed once, as a form:
// the templates are executed, encoded as quoted-printable and cut where each
// reader's own data goes. Filling a form in is copying, with no template
// involved, and gives the same bytes for the same letter, whatever has become
// of templates, settings or the program since: boundary and Message-ID come
// from the delivery's id, Date from the letter, words and time zone from the
// form (I4). Only the DKIM signature is made with the key of the day.
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
// A connection that was kept open and turns out to be closed, and a 421 before
// the final dot, are answered by connecting again at once and going on with
// the same message, one time. From the moment the terminating dot may be on
// the wire, only a reply that was read says what became of the message.
//
// # Why a client of its own
//
// The SMTP client is written here, on a bounded reader of replies. The
// libraries at hand (go-smtp, go-mail) wait for each reply of the envelope, do
// not tell whether the terminating dot has left when a write fails, read
// replies of any length, and drop a first line "250-" when the connection
// breaks in the middle of the reply to the final dot. All of these decide
// whether somebody's password is taken for mailed. The envelope is pipelined
// (RFC 2920) where the server offers that. The DKIM signer is here as well: the
// library's stamps the present time into each signature, so that a retry would
// not be the same bytes; its verifier checks ours in the tests.
package mail
