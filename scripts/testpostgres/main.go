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
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "testpostgres:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	server, err := pgtest.Start(context.Background(), pgtest.Options{})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, server.URL("postgres"))
	if err == nil {
		_, err = io.Copy(io.Discard, in)
	}
	return errors.Join(err, server.Close())
}
