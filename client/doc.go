// Package client is the Go client of Rekey's REST API, with the types that only the
// API uses. It imports the standard library and the root package, which holds the
// nouns of the domain.
//
//	c := client.New("https://rekey.example.org", client.WithToken("rk_…"))
//	receipts, err := c.PostEvents(ctx, client.CloudEvent{
//		ID: "4711", Source: "/siem", Type: "siem.credential_leaked",
//		Data: client.EventData("", "ada@example.org"),
//	})
//
// An error of the server is a *Problem, with the wrong fields. The client repeats
// calls that are safe to repeat, such as reads, previews and PostEvents, if the
// server cannot be reached or asks to try later. It sends all other calls once.
//
// A noun that the API shows as it is, such as a delay, is a struct of the root
// package. A struct is here if its fields mean something else in the API, or if some
// must not leave the server. The tags besides json describe the fields in the
// OpenAPI document. The server sets readOnly fields and ignores them in requests, so
// that a client can change what it read and send it back.
package client
