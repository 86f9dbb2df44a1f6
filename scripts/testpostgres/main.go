// Command testpostgres runs the PostgreSQL that all packages of a run of the
// suite share. It prints the address of the server, and stops it and removes its
// files when standard input ends.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"rekey/internal/pgtest"
)

func main() {
	server, err := pgtest.Start(context.Background(), pgtest.Options{})
	if err == nil {
		fmt.Fprintln(os.Stdout, server.URL("postgres"))
		_, err = io.Copy(io.Discard, os.Stdin)
		err = errors.Join(err, server.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testpostgres:", err)
		os.Exit(1)
	}
}
