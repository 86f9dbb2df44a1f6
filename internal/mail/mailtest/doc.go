// Package mailtest has a mail server for tests that follows a script. It can answer a
// command with any reply, break the connection at any place, wait, quote the message
// in its reply, and offer TLS with a test certificate. It records what it accepted.
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
// The server listens on loopback and ends with its test. It builds on package peer.
package mailtest
