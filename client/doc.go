// Package client is the Go client of Rekey's REST API, and holds the types of
// what travels over it and is nowhere else. It imports the standard library and
// the root package, which holds the nouns of the domain.
//
//	c := client.New("https://rekey.example.org", client.WithToken("rk_…"))
//	receipts, err := c.PostEvents(ctx, client.CloudEvent{
//		ID: "4711", Source: "/siem", Type: "siem.credential_leaked",
//		Data: client.EventData("", "ada@example.org"),
//	})
//
// What fails on the server comes back as a *Problem, with the fields that were
// wrong. Calls that may be repeated without harm, which are all that read and
// the posting of events, are tried again when the server cannot be reached or
// asks to come back later; all others are sent once.
package client
