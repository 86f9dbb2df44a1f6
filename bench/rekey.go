package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"rekey/client"
	"rekey/internal/app"
	"rekey/internal/rig"
)

// server is Rekey's process on its database.
type server struct {
	*rig.Process

	url    string
	place  *place
	poster *poster // once setUp was run
}

// settings are Rekey's on a database.
func (b *bench) settings(p *place) (app.Config, error) {
	smtp, err := rig.Mail(b.mail)
	return app.Config{Listen: "127.0.0.1:0", Database: p.url, Keys: p.keys, SMTP: smtp, LogLevel: "warn", Migrate: true, Directories: p.directories}, err
}

// serve starts Rekey on a fresh database with a number of people. Its end drops the
// database.
func (b *bench) serve(ctx context.Context, people int) (*server, error) {
	p, err := b.db.fresh(ctx)
	if err != nil {
		return nil, err
	}
	if err = b.populate(ctx, p); err == nil && people > 1 {
		err = b.addPeople(ctx, p, people)
	}
	var s *server
	if err == nil {
		s, err = b.serveOn(ctx, p)
	}
	if err != nil {
		return nil, errors.Join(err, p.drop())
	}
	return s, nil
}

// serveOn starts Rekey on a database that has an administrator. Its stop leaves
// the database.
func (b *bench) serveOn(ctx context.Context, p *place) (*server, error) {
	c, err := b.settings(p)
	if err != nil {
		return nil, err
	}
	started, err := rig.Node{Config: c}.Start("")
	if err != nil {
		return nil, err
	}
	url, err := started.Address()
	if err != nil {
		return nil, err
	}
	s := &server{Process: started, url: url, place: p}
	if p.poster != "" {
		s.poster, err = s.newPoster(ctx)
	}
	return s, err
}

// asAdmin calls the API as the administrator.
func (s *server) asAdmin() *client.Client { return client.New(s.url, client.WithToken(s.place.admin)) }

// stop ends Rekey and leaves its database.
func (s *server) stop() error {
	if s.poster != nil {
		_ = s.poster.conn.Close()
	}
	return s.Stop(patience)
}

// end ends Rekey and drops its database.
func (s *server) end() error { return errors.Join(s.stop(), s.place.drop()) }

// watched is what was used of the machine while something was measured.
type watched struct {
	count               int64
	took                time.Duration
	rekey, sink, client time.Duration // CPU time
	rss                 int64         // of Rekey, the most it had so far, in bytes
}

// note adds a row's readings: how many there were in a second, and what was used.
func (w watched) note(r readings, row string) {
	each := func(cpu time.Duration) float64 { return float64(cpu) / float64(time.Microsecond) / float64(w.count) }
	r[row] = float64(w.count) / w.took.Seconds()
	r[row+" cpu"], r[row+" sink cpu"], r[row+" client cpu"] = each(w.rekey), each(w.sink), each(w.client)
	r[row+" cores"], r[row+" memory"] = w.rekey.Seconds()/w.took.Seconds(), float64(w.rss)/(1<<20)
}

// watch measures what do uses, and profiles Rekey meanwhile if that is asked
// for.
func (b *bench) watch(ctx context.Context, row string, s *server, do func() (count int64, took time.Duration, err error)) (w watched, err error) {
	profile := func(path string) error {
		if b.profile == "" {
			return nil
		}
		return s.Call(ctx, "Meter.Profile", path, nil)
	}
	before, err := b.usages(ctx, s)
	if err != nil {
		return w, err
	}
	if err := profile(filepath.Join(b.profile, b.db.name+"-"+row)); err != nil {
		return w, err
	}
	if w.count, w.took, err = do(); err != nil {
		return w, err
	}
	after, err := b.usages(ctx, s)
	if err != nil {
		return w, err
	}
	w.rekey, w.sink, w.client = after[0].CPU-before[0].CPU, after[1].CPU-before[1].CPU, after[2].CPU-before[2].CPU
	w.rss = after[0].RSS
	return w, profile("")
}

// usages are those of Rekey, the sink and this process.
func (b *bench) usages(ctx context.Context, s *server) (u [3]Usage, err error) {
	for i, p := range []*rig.Process{s.Process, b.sink} {
		if err := p.Call(ctx, "Meter.Usage", 0, &u[i]); err != nil {
			return u, err
		}
	}
	return u, new(Meter).Usage(0, &u[2])
}
