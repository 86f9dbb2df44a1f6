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
	// withholdAbove is how many events one pass raises without being released.
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
	// fullEvery is how often all entries are read, not only those that changed.
	fullEvery = 24 * time.Hour
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
	fresh []string // keys of the entries whose events this pass withheld
	rekey.SyncCounts
}

// Sync imports from a directory what changed, or everything if full is true or if
// nothing was imported yet. dry stores nothing. node names the process that calls: only
// one imports a directory at a time.
//
// Errors: CodeNotFound for an unknown directory; CodeConflict while another node imports
// it; others say what is wrong with the directory, and are stored for the page.
func (s *Service) Sync(ctx context.Context, name, node string, full, dry bool) (rekey.SyncCounts, error) {
	from, ok := s.directories[name]
	if !ok {
		return rekey.SyncCounts{}, errNoDirectory
	}
	p := &syncing{Service: s, name: name, node: node, from: from, full: full, dry: dry}
	var err error
	if !dry {
		if err = s.store.Update(ctx, func(tx *store.Tx) error { return p.claimIn(ctx, tx) }); err != nil {
			return rekey.SyncCounts{}, err
		}
	}
	if p.state, err = s.store.Directory(ctx, name); err != nil {
		return rekey.SyncCounts{}, err
	}
	p.first = p.state.FullAt.IsZero()
	err = p.run(ctx)
	if !dry {
		err = p.end(ctx, err)
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
		p.full = true
		cookie, err = p.read(ctx)
	}
	if err != nil {
		return err
	}
	if !p.first && len(p.fresh) <= withholdAbove {
		if err := p.release(ctx, p.fresh); err != nil { // before anything else can fail
			return err
		}
		p.Withheld = 0
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
// after one that missed somebody.
func (p *syncing) decideFull(ctx context.Context) error {
	since := p.now().Sub(p.state.FullAt)
	p.full = p.full || p.first || p.state.Cookie == "" || since >= fullEvery
	if p.full || since < missingFor {
		return nil
	}
	missing, _, err := p.store.CountMissing(ctx, p.name, p.state.Pass)
	p.full = missing > 0
	return err
}

// end stores how far the import has come, or why it failed. A pass that was stopped with
// its node has no problem. The number of a complete pass that failed is not used again.
func (p *syncing) end(ctx context.Context, failed error) error {
	err := p.store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		now := p.now()
		if failed == nil {
			p.state.SyncedAt, p.state.Problem, p.state.ProblemSince = now, "", time.Time{}
			return tx.PutDirectory(ctx, p.state, p.node)
		}
		stored, err := tx.Directory(ctx, p.name)
		if err != nil {
			return err
		}
		stored.Pass = p.state.Pass
		if ctx.Err() == nil {
			stored.Problem = problemOf(failed)
			if stored.ProblemSince.IsZero() {
				stored.ProblemSince = now
			}
		}
		return tx.PutDirectory(ctx, stored, p.node)
	})
	if failed != nil {
		return failed
	}
	return err
}

// problemOf is an error in words for the page of the directory.
func problemOf(err error) string {
	if rekey.CodeOf(err) != "" {
		return err.Error()
	}
	return "The import failed; the log of the server says why."
}

// ErrImporting is the error of an import while another one goes on.
var ErrImporting = rekey.NewError(rekey.CodeConflict, "The directory is being imported already. Try again in a few minutes.")

var errNoDirectory = rekey.NewError(rekey.CodeNotFound, "The settings have no directory with this name.")
