// Package mailtest has a mail server for tests that does what a script says:
// it answers a command with any reply, breaks the connection at any place,
// waits until it is told to go on, quotes the message in its reply, offers TLS
// with a certificate made on the spot. It records what it accepted.
//
//	server := mailtest.Start(t, mailtest.Script{
//		Rules: []mailtest.Rule{{On: "RCPT TO:<bob@", Reply: "550 5.1.1 no such user"}},
//	})
//	…
//	for _, message := range server.WaitFor(49) {
//		mail := mailtest.Parse(t, message.Data)
//		password := mail.Password()
//	}
//
// The server listens on loopback and ends with its test. It is a server of
// package peer.
package mailtest
