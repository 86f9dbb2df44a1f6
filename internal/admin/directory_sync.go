package admin

import (
	"context"
	"errors"
	"time"

	"rekey"
	"rekey/internal/directory"
	"rekey/internal/store"
)

// Limits of the import of a directory.
const (
	// withholdAbove is how many events of one kind a pass raises without their release.
	withholdAbove = 100
	// At most missingPercent of the people may be missing at once, or missingFew.
	missingPercent = 5
	missingFew     = 10
	// missingFor is how long somebody must be missing before they are blocked.
	missingFor = time.Hour
	// AddressHold is how long no password goes to an address that changed in a
	// directory, and newAccount how old an account may be, by the directory, whose first
	// address is no change. The first import of a directory holds nobody.
	AddressHold = 72 * time.Hour
	newAccount  = 7 * 24 * time.Hour
	// expiresWithin is how long before the expiry password.expiring is raised.
	expiresWithin = 14 * 24 * time.Hour
	// fullEvery is how often all entries are read, not only those that changed, and
	// fullAgain how long after a complete pass failed another one is tried.
	fullEvery = 24 * time.Hour
	fullAgain = time.Hour
	// groupsEvery is how often the groups are read.
	groupsEvery = time.Hour
	// syncClaim is how long the claim of a node on a directory holds; each page renews it.
	syncClaim = 10 * time.Minute
	// syncPage is how many entries are handled together.
	syncPage = 200
)

// Directory is what people who administer need of a directory, and the import.
type Directory interface {
	// Pass calls page for the accounts that changed since a cookie, or for all without
	// one, and returns where the next pass begins.
	Pass(ctx context.Context, since directory.Cookie, page func([]directory.Account) error) (directory.Cookie, error)
	// Groups calls page with the groups of all people.
	Groups(ctx context.Context, page func([]directory.Membership) error) error
	// Role returns the role of a member of these groups; "" if people give it here.
	Role(groups []string) rekey.Role
	// Kind and Addresses are those of the settings.
	Kind() directory.Kind
	Addresses() []string
	// Test asks all servers, and finds out what Rekey's account may do.
	Test(ctx context.Context) (directory.Report, error)
	// Read returns the accounts with these keys, as they are now.
	Read(ctx context.Context, keys []directory.Key) (map[directory.Key]directory.Account, error)
}

// syncing is one pass over a directory.
type syncing struct {
	*Service

	name  string
	node  string
	from  Directory
	state rekey.DirectoryState
	first bool // no complete pass has ended yet
	full  bool
	dry   bool
	// byHand: somebody asked for the pass, so it does not wait for fullAgain.
	byHand bool
	rekey.SyncCounts

	// Of a dry run, which stores nothing: the keys that it saw, and the number of events
	// by type.
	seen  map[string]bool
	found map[string]int
}

// Sync imports from a directory what changed, or everything if full is true or if
// nothing was imported yet. dry stores nothing. node names the process that calls: only
// one imports a directory at a time.
//
// Errors: CodeNotFound for an unknown directory; CodeConflict while another node imports
// it; others say what is wrong with the directory, and are stored for the page.
func (s *Service) Sync(ctx context.Context, name, node string, full, dry bool) (rekey.SyncCounts, error) {
	return s.sync(ctx, &syncing{name: name, node: node, full: full, dry: dry})
}

func (s *Service) sync(ctx context.Context, p *syncing) (rekey.SyncCounts, error) {
	var ok bool
	if p.from, ok = s.directories[p.name]; !ok {
		return rekey.SyncCounts{}, errNoDirectory
	}
	ctx, done, err := s.imports.begin(ctx)
	if err != nil {
		return rekey.SyncCounts{}, err
	}
	defer done()
	p.Service, p.seen, p.found = s, map[string]bool{}, map[string]int{}
	if !p.dry {
		if err = s.store.Update(ctx, func(tx *store.Tx) error { return p.claimIn(ctx, tx) }); err != nil {
			return rekey.SyncCounts{}, err
		}
	}
	if p.state, err = s.store.Directory(ctx, p.name); err != nil {
		return rekey.SyncCounts{}, err
	}
	p.first = p.state.FullAt.IsZero()
	err = p.run(ctx)
	if !p.dry {
		err = p.end(ctx, err)
	}
	switch {
	case errors.Is(err, errWaits):
		err = nil
	case err != nil && ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	return p.SyncCounts, err
}

// claimIn keeps other nodes from importing the directory for syncClaim.
func (p *syncing) claimIn(ctx context.Context, tx *store.Tx) error {
	now := p.now()
	claimed, err := tx.ClaimDirectory(ctx, p.name, p.node, now, now.Add(syncClaim))
	if err == nil && !claimed {
		err = ErrImporting
	}
	return err
}

func (p *syncing) run(ctx context.Context) error {
	if err := p.decideFull(ctx); err != nil {
		return err
	}
	cookie, err := p.read(ctx)
	if errors.Is(err, directory.ErrFullPass) {
		if !p.mayTryAll() {
			return errWaits
		}
		p.full = true
		cookie, err = p.read(ctx)
	}
	if err != nil {
		return err
	}
	if err := p.groups(ctx); err != nil {
		return err
	}
	if p.full {
		if err := p.missing(ctx); err != nil {
			return err
		}
		p.state.FullAt = p.now()
	}
	if err := p.settle(ctx); err != nil {
		return err
	}
	p.state.Cookie = string(cookie)
	return nil
}

// read imports what the directory says of the accounts, and returns where the next pass
// begins.
func (p *syncing) read(ctx context.Context) (directory.Cookie, error) {
	since := directory.Cookie(p.state.Cookie)
	if p.full {
		since = ""
		p.state.Pass++
	}
	return p.from.Pass(ctx, since, func(page []directory.Account) error { return p.page(ctx, page) })
}

// decideFull makes the pass a complete one if it is time for one: once a day, and an hour
// after one that missed somebody. After one that failed, the changes are read meanwhile.
func (p *syncing) decideFull(ctx context.Context) error {
	if p.full {
		return nil
	}
	since := p.now().Sub(p.state.FullAt)
	p.full = p.state.Cookie == "" || since >= fullEvery
	if !p.full && since >= missingFor {
		missing, _, err := p.store.CountMissing(ctx, p.name, p.state.Pass)
		if err != nil {
			return err
		}
		p.full = missing > 0
	}
	if !p.full || p.mayTryAll() {
		return nil
	}
	if p.full = false; p.state.Cookie == "" {
		return errWaits
	}
	return nil
}

// mayTryAll reports whether a complete pass may be tried: not again within fullAgain.
func (p *syncing) mayTryAll() bool {
	return p.byHand || p.now().Sub(p.state.TriedAt) >= fullAgain
}

// errWaits ends a pass that must be complete, but waits for its time. It does nothing.
var errWaits = errors.New("a complete pass failed a short while ago")

// end stores how far the import has come, or why it failed. A pass that was stopped with
// its node has no problem. The number of a complete pass that failed is not used again,
// and its problem stays until a complete pass ends well.
func (p *syncing) end(ctx context.Context, failed error) error {
	err := p.store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		now := p.now()
		if failed == nil {
			if p.full {
				p.state.TriedAt = time.Time{}
			}
			if p.state.SyncedAt = now; p.state.TriedAt.IsZero() {
				p.state.Problem, p.state.ProblemSince = "", time.Time{}
			}
			return tx.PutDirectory(ctx, p.state, p.node)
		}
		stored, err := tx.Directory(ctx, p.name)
		if err != nil {
			return err
		}
		stored.Pass = p.state.Pass
		if ctx.Err() == nil && !errors.Is(failed, errWaits) {
			p.note(&stored, failed, now)
		}
		return tx.PutDirectory(ctx, stored, p.node)
	})
	if failed != nil {
		return failed
	}
	return err
}

// note notes why a pass failed. A complete pass that has read nothing may be tried again
// at once: the directory does not answer, and trying costs nothing.
func (p *syncing) note(d *rekey.DirectoryState, failed error, now time.Time) {
	if p.full && p.Looked > 0 {
		d.TriedAt = now
	}
	if p.full || d.TriedAt.IsZero() {
		d.Problem = problemOf(failed)
	}
	if d.ProblemSince.IsZero() {
		d.ProblemSince = now
	}
}

// problemOf is an error in words for the page of the directory.
func problemOf(err error) string {
	if rekey.CodeOf(err) != rekey.CodeInternal {
		return err.Error()
	}
	return "The import failed; the log of the server says why."
}

// ErrImporting is the error of an import while another one goes on.
var ErrImporting = rekey.NewError(rekey.CodeConflict, "The directory is being imported already. Try again in a few minutes.")

var errNoDirectory = rekey.NewError(rekey.CodeNotFound, "The settings have no directory with this name.")
