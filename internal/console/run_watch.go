package console

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"rekey"
	"rekey/internal/admin"
	"rekey/internal/console/view"
	"rekey/internal/server"
)

// watchRun tells the page of a run what changes, as server-sent events, until
// the run is over, its reader leaves or may not look any more. The browser comes
// again by itself where the answer only ends, as with the time that a request
// has; the event "over" says that it need not.
func (c *Console) watchRun(w http.ResponseWriter, r *http.Request) error {
	u := actor(r)
	run, err := c.Admin.Run(r.Context(), u, r.PathValue("id"))
	if err != nil {
		return err
	}
	event, err := c.Admin.Event(r.Context(), u, run.EventID)
	if err != nil {
		return err
	}
	seen, leave, ok := c.watches.enter(u, run.ID)
	if !ok {
		return errTooManyWatched
	}
	defer leave()
	request := server.From(r.Context())
	request.Streams = true
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("X-Accel-Buffering", "no") // nginx would hold it back
	shown, _ := strconv.ParseInt(r.URL.Query().Get("shown"), 10, 64)
	s := &runStream{Console: c, w: w, r: r, run: run.ID, event: event.Event, seen: seen, tab: tabOf(r.URL.Query().Get("show")), shown: shown, told: map[string]string{}}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-request.Stopping:
			return nil
		case at := <-timer.C:
			if goOn, err := s.step(r.Context(), at); err != nil || !goOn {
				if err != nil && r.Context().Err() == nil {
					c.Logger.ErrorContext(r.Context(), "run not watched any more", "error", err.Error(), "request_id", request.ID)
				}
				return nil
			}
			timer.Reset(watchEvery)
		}
	}
}

// runStream is one who watches a run.
type runStream struct {
	*Console
	w     http.ResponseWriter
	r     *http.Request
	run   string
	event rekey.Event
	seen  *watched
	tab   runTab
	shown int64 // see runTab.shown

	last admin.RunView
	rate int64
	told map[string]string // what was told last, by event
	said time.Time         // when whoever listens was told last
}

// step looks at the run and tells what has changed. It reports whether to go on.
func (s *runStream) step(ctx context.Context, at time.Time) (goOn bool, err error) {
	e, holds, err := s.Sessions.Holds(ctx)
	switch {
	case err != nil:
		return false, err
	case !holds || !e.User.Authority().MayDefine():
		s.tell("over", "over")
		return false, s.flush()
	case e.User.Authority() != actor(s.r).Authority():
		return false, nil // may view others now: the browser comes again as who they are
	}
	run, rate, err := s.seen.look(ctx, at, func(ctx context.Context) (admin.RunView, error) { return s.Admin.Run(ctx, e.User, s.run) })
	if err != nil {
		return false, err
	}
	over := !underWay(run)
	if !reflect.DeepEqual(run, s.last) || rate != s.rate {
		if err := s.changed(at, run, rate, over); err != nil {
			return false, err
		}
		s.last, s.rate = run, rate
	}
	if over {
		s.tell("over", "over")
	}
	return !over, s.flush()
}

// changed tells how the run is now.
func (s *runStream) changed(at time.Time, run admin.RunView, rate int64, over bool) error {
	n := tallyOf(run.Tallies)
	page := s.runLive(s.r, run, s.event)
	if rate > 0 && !over {
		page.Progress.Text += " · " + view.Count(rate) + "/s"
	}
	for _, block := range []string{"state", "live"} {
		var text bytes.Buffer
		if err := view.Fragment(&text, page, "run-"+block); err != nil {
			return err
		}
		s.tell(block, text.String())
	}
	for _, t := range runTabs {
		s.tell(countEvent(t), view.Count(t.count(n)))
	}
	if fresh := s.tab.shown(n) - s.shown; fresh > 0 {
		s.tell("new", view.Count(fresh))
	}
	if s.said.IsZero() && !over {
		s.said = at // the page itself was read a moment ago
	}
	if over || at.Sub(s.said) >= sayEvery {
		s.tell("said", page.State.Word+". "+page.Progress.Text)
		s.said = at
	}
	return nil
}

// inLines has every line of a text begin as one of the data of an event: none may
// begin another field.
var inLines = strings.NewReplacer("\r\n", "\ndata: ", "\n", "\ndata: ", "\r", "\ndata: ")

// tell writes an event unless it says what the last one said.
func (s *runStream) tell(event, text string) {
	if s.told[event] == text {
		return
	}
	s.told[event] = text
	_, _ = fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", event, inLines.Replace(text)) // flush tells of a reader who is gone
}

func (s *runStream) flush() error { return http.NewResponseController(s.w).Flush() }
