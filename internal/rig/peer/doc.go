// Package peer is the mail server of the demonstration, the tests, the benchmark
// and the torture. It speaks SMTP on loopback (RFC 5321, RFC 2920). What it
// replies is up to whoever uses it: package mailtest follows a script, the torture
// has moods, and the others take everything.
//
//	server, err := peer.Listen(ctx, func(conn net.Conn) {
//		s := peer.New(conn)
//		s.Reply = func(step, line, usual string) (string, bool) { return usual, true }
//		s.Run()
//	})
//
// It shares no code with package mail or with the libraries that package uses,
// so that both cannot share a mistake.
package peer
