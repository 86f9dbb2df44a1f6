package admin

import (
	"context"
	"sync"

	"rekey"
)

// imports are those under way, of the node and by hand. The zero value has none.
type imports struct {
	mu      sync.Mutex
	ended   bool
	running sync.WaitGroup
	stops   map[int]context.CancelCauseFunc // by the number of the import
	begun   int
}

// begin returns the context of an import, which ends with ctx or with EndImports; then its
// cause is errStopping. The caller calls done when the import has ended.
func (i *imports) begin(ctx context.Context) (_ context.Context, done func(), err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ended {
		return nil, nil, errStopping
	}
	ctx, stop := context.WithCancelCause(ctx)
	if i.stops == nil {
		i.stops = map[int]context.CancelCauseFunc{}
	}
	i.begun++
	number := i.begun
	i.stops[number] = stop
	i.running.Add(1)
	return ctx, func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		stop(nil)
		delete(i.stops, number)
		i.running.Done()
	}, nil
}

// EndImports stops the imports under way, also those by hand, and waits for them. None
// begins after it. Where they were, the next ones go on.
func (s *Service) EndImports() {
	s.imports.mu.Lock()
	s.imports.ended = true
	for _, stop := range s.imports.stops {
		stop(errStopping)
	}
	s.imports.mu.Unlock()
	s.imports.running.Wait()
}

var errStopping = rekey.NewError(rekey.CodeUnavailable, "The server is stopping. Import the directory once it has started again.")
