// Package directory speaks with the directories that hold the accounts and the chosen
// passwords of some system users: Active Directory (ad), OpenLDAP (openldap) and, for
// import only, 389 Directory Server (389ds). It knows nothing of runs, mails or the
// database.
//
//	d, err := directory.Open(settings, time.Now)
//	found, err := d.Read(ctx, keys)                          // live, before anything is done
//	token, outcome := d.Choose(ctx, key, token, chosen)      // its owner chose a password
//	token, outcome := d.Scramble(ctx, key, token)            // revoke: nobody knows it
//	cookie, err := d.Pass(ctx, cookie, page)                 // import
//	err := d.Groups(ctx, page)
//	report, err := d.Test(ctx)                               // rekey directory test
//
// # A write
//
// A Token says which password was in force when the account was read. A write takes
// effect only if it still is:
//
//	connect ─► read by key ─► compare ─► write ─► read again
//	   │            │            │         │           │
//	   │            │            │         │           ├─► changed: Set
//	   │            │            │         │           └─► not changed, or no reply: Doubtful
//	   │            │            │         ├─► refused by the policy or for want of a right: Refused
//	   │            │            │         ├─► read-only or busy: Unreachable
//	   │            │            │         └─► no reply, or none to rely on: Doubtful
//	   │            │            └─► another password is in force: Overtaken
//	   │            ├─► no such account below the base: Gone
//	   │            └─► protected, blocked or locked by an administrator: Refused
//	   └─► no server, no TLS, no log-in: Unreachable
//
// All results but Set and Doubtful promise that nothing was changed. After Doubtful,
// Choose is called again with the same token and password:
//
//	Doubtful ─► the same call ─┬─► the token is the same: the write is sent now
//	                           └─► the token has changed: log in with the password, once
//	                                 ├─► it is taken: Set, by the first call
//	                                 └─► it is not: Overtaken, by somebody else
//
// A scramble cannot be found again by a later call, because nobody knows its password:
// after Doubtful the second call may be Overtaken by the first. Scramble says what that
// means.
//
// AD makes compare and write one request, which is done in whole or not at all: of two
// writers at once, one wins. OpenLDAP cannot; between its compare and its write lie some
// milliseconds. Its tokens are whole seconds, so two changes within one second look like
// one.
//
// # When something fails
//
// Only an answer with an LDAP result code is an answer. Everything else, also a time-out
// and a connection that ends, leaves a write in doubt. A connection serves one call and is
// thrown away. Each request has a time limit, and the call ends when its context does.
//
// Everything for one account goes to one server: on AD to the PDC emulator, wherever it
// stands, because the other servers ask it before they refuse a password; on OpenLDAP to
// the first address that answers. Referrals are not followed.
//
// TLS is always used, and the certificate is always checked. No password is in an error.
//
// A pass and the groups are read page by page. A pass that ends with an error is not
// complete: nothing can be said about what is missing. Missing from Read means that the
// base was readable and the account was not there.
package directory
