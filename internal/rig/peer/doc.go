// Package peer is the mail server of the demonstration, the tests, the benchmark
// and the torture. It speaks SMTP on loopback (RFC 5321, RFC 2920). What it
// replies is up to its user: package mailtest follows a script, the torture has moods,
// and the others accept everything.
//
//	server, err := peer.Listen(ctx, func(conn net.Conn) {
//		s := peer.New(conn)
//		s.Reply = func(step, line, usual string) (string, bool) { return usual, true }
//		s.Run()
//	})
//
// It shares no code with package mail or its libraries, so that they cannot share a
// mistake.
package peer
