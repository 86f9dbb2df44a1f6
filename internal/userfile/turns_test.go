package userfile

import (
	"context"
	"errors"
	"testing"
	"time"

	"rekey"
)

func TestThirdImportAtOnceIsToldToComeBack(t *testing.T) {
	t.Parallel()
	places := NewTurns()
	places.Wait = 0
	first, err := places.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := places.Take(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := places.Take(t.Context()); rekey.CodeOf(err) != rekey.CodeUnavailable {
		t.Errorf("a third: %v", err)
	}
	places.Wait = time.Hour
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := places.Take(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("somebody who has gone: %v", err)
	}
	waiting := make(chan error, 1)
	go func() {
		_, err := places.Take(t.Context())
		waiting <- err
	}()
	first()
	if err := <-waiting; err != nil {
		t.Errorf("who waited for the first to end: %v", err)
	}
}
