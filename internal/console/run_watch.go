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

// watchRun sends the changes of a run to its page as server-sent events. It ends
// when the run is over, or when its reader leaves or may no longer view it. If the
// answer ends for another reason, such as the time limit of a request, the browser
// connects again. The event "over" tells the browser not to.
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
	header.Set("X-Accel-Buffering", "no") // else nginx would buffer the stream
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

// runStream is the stream of one reader of a run.
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
	told map[string]string // the last text of each event
	said time.Time         // of the last progress message to a screen reader
}

// step reads the run and sends its changes. It reports whether to go on.
func (s *runStream) step(ctx context.Context, at time.Time) (goOn bool, err error) {
	e, holds, err := s.Sessions.Holds(ctx)
	switch {
	case err != nil:
		return false, err
	case !holds || !e.User.Authority().MayDefine():
		s.tell("over", "over")
		return false, s.flush()
	case e.User.Authority() != actor(s.r).Authority():
		return false, nil // the reader's rank changed: the browser connects again with the new one
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

// changed sends the present state of the run.
func (s *runStream) changed(at time.Time, run admin.RunView, rate int64, over bool) error {
	n := tallyOf(run.Tallies)
	page := s.runLive(s.r, run, s.event)
	if rate > 0 && !over {
		page.Progress.Text += " · " + view.Count(rate) + "/s"
	}
	page.People = standings(run, "")
	for _, block := range []string{"state", "live", "standing-text", "standing-bar"} {
		var text bytes.Buffer
		if err := view.Fragment(&text, page, "run-"+block); err != nil {
			return err
		}
		s.tell(block, text.String())
	}
	for _, t := range runTabs {
		s.tell(countEvent(t), view.Count(t.count(n)))
	}
	for _, t := range standingTabs {
		s.tell(standingEvent(t), view.Count(t.count(run.People)))
	}
	if fresh := s.tab.shown(n) - s.shown; fresh > 0 {
		s.tell("new", view.Count(fresh))
	}
	if s.said.IsZero() && !over {
		s.said = at // the reader has just loaded the page
	}
	if over || at.Sub(s.said) >= sayEvery {
		s.tell("said", page.State.Word+". "+page.Progress.Text)
		s.said = at
	}
	return nil
}

// inLines prefixes every line of a text with "data: ", so that no line can begin
// another field of the event.
var inLines = strings.NewReplacer("\r\n", "\ndata: ", "\n", "\ndata: ", "\r", "\ndata: ")

// tell writes an event, unless its text is the same as before.
func (s *runStream) tell(event, text string) {
	if s.told[event] == text {
		return
	}
	s.told[event] = text
	_, _ = fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", event, inLines.Replace(text)) // flush reports a reader who has left
}

func (s *runStream) flush() error { return http.NewResponseController(s.w).Flush() }
