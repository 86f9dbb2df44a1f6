package engine

import (
	"context"
	"fmt"
	"testing"

	"rekey"
)

// stored counts how often its events are read.
type stored struct {
	Reader

	reads int
}

// Event implements Reader.
func (s *stored) Event(_ context.Context, id string) (rekey.Event, error) {
	s.reads++
	if id == "" {
		return rekey.Event{}, rekey.NewError(rekey.CodeNotFound, "Event not found.")
	}
	return rekey.Event{ID: id, Users: []string{"ada of " + id}}, nil
}

func TestEventIsReadOnceWhileItsBatchesRun(t *testing.T) {
	t.Parallel()
	s, r := &stored{}, newRecentEvents()
	read := func(id string) {
		t.Helper()
		event, named, err := r.read(t.Context(), s, id)
		if err != nil || event.ID != id || len(named) != 1 || !named["ada of "+id] {
			t.Errorf("event %s: %v %v %v", id, event, named, err)
		}
	}
	for range 50 {
		read("a")
	}
	if s.reads != 1 {
		t.Errorf("it was read %d times", s.reads)
	}
	for n := range 2 * maxRecent {
		read(fmt.Sprint(n))
	}
	if r.Len() != maxRecent {
		t.Errorf("%d events are kept", r.Len())
	}
	read("a")
	if s.reads != 1+2*maxRecent+1 {
		t.Errorf("%d reads: the one read longest ago was not forgotten", s.reads)
	}
	if _, _, err := r.read(t.Context(), s, ""); rekey.CodeOf(err) != rekey.CodeNotFound {
		t.Errorf("an event that is not there: %v", err)
	}
}
