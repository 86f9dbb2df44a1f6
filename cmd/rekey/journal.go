package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"

	"rekey/internal/app"
)

// Priorities of lines in the journal, see sd-daemon(3).
const (
	priorityError   = "<3>"
	priorityWarning = "<4>"
	priorityInfo    = "<6>"
	priorityDebug   = "<7>"
)

// journal reports whether stderr leads to the system's journal: JOURNAL_STREAM has
// the numbers of that file, see systemd.exec(5).
func (e env) journal() bool {
	file, ok := e.stderr.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && e.getenv("JOURNAL_STREAM") == fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
}

// logger returns a log by the settings. In the journal each line has a priority, and
// no time, which the journal adds itself.
func logger(c app.Config, e *env) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo // Validate names it
	}
	if !e.journal() {
		return slog.New(lines(c, e.stderr, &slog.HandlerOptions{Level: level}))
	}
	line := &bytes.Buffer{}
	inner := lines(c, line, &slog.HandlerOptions{Level: level, ReplaceAttr: withoutTime})
	return slog.New(journalHandler{Handler: inner, mu: &sync.Mutex{}, line: line, to: e.stderr})
}

// lines returns a handler for the format in the settings.
func lines(c app.Config, w io.Writer, options *slog.HandlerOptions) slog.Handler {
	if strings.EqualFold(c.LogFormat, "json") {
		return slog.NewJSONHandler(w, options)
	}
	return slog.NewTextHandler(w, options)
}

func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// journalHandler puts the priority before each line.
type journalHandler struct {
	slog.Handler // writes to line

	mu   *sync.Mutex
	line *bytes.Buffer
	to   io.Writer
}

// Handle implements slog.Handler.
func (h journalHandler) Handle(ctx context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.line.Reset()
	h.line.WriteString(priorityOf(r.Level))
	if err := h.Handler.Handle(ctx, r); err != nil {
		return err
	}
	_, err := h.to.Write(h.line.Bytes())
	return err
}

// WithAttrs implements slog.Handler.
func (h journalHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.Handler = h.Handler.WithAttrs(attrs)
	return h
}

// WithGroup implements slog.Handler.
func (h journalHandler) WithGroup(name string) slog.Handler {
	h.Handler = h.Handler.WithGroup(name)
	return h
}

func priorityOf(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return priorityError
	case level >= slog.LevelWarn:
		return priorityWarning
	case level >= slog.LevelInfo:
		return priorityInfo
	default:
		return priorityDebug
	}
}
