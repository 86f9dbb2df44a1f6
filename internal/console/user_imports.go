package console

import (
	"context"
	"io"
	"net/http"
	"time"

	"rekey"
)

const (
	// importsAtOnce is how many files a node reads at the same time: each takes
	// some 60 MiB.
	importsAtOnce = 2
	// importWait is how long another file waits for its turn.
	importWait = 5 * time.Second
)

var errImporting = rekey.NewError(rekey.CodeUnavailable, "Two files are being imported at the moment. Nothing was done with yours; try again in a minute.")

// imports limits how many files are imported at a time.
type imports struct {
	places chan struct{}
	wait   time.Duration
}

func newImports() imports {
	return imports{make(chan struct{}, importsAtOnce), importWait}
}

// take takes a place before a file is read. done gives the place back.
//
// Errors: CodeUnavailable if all are taken for longer than the wait.
func (i imports) take(ctx context.Context) (done func(), err error) {
	done = func() { <-i.places }
	select {
	case i.places <- struct{}{}:
		return done, nil
	default:
	}
	timer := time.NewTimer(i.wait)
	defer timer.Stop()
	select {
	case i.places <- struct{}{}:
		return done, nil
	case <-timer.C:
		return nil, errImporting
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// placeToImport takes a place for the file of a request. Without a place the file is
// read and dropped: a browser that is still sending would show a broken connection,
// not the answer.
func (c *Console) placeToImport(r *http.Request) (done func(), err error) {
	if done, err = c.imports.take(r.Context()); err != nil {
		_, _ = io.Copy(io.Discard, r.Body) // up to the server's limit
	}
	return done, err
}
