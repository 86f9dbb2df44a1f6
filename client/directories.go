package client

import (
	"context"
	"net/url"
	"time"

	"rekey"
)

// Directory is a directory where system users live, from the server's settings.
type Directory struct {
	Name      string   `json:"name" doc:"Its name in the settings." example:"staff"`
	Kind      string   `json:"kind" enum:"ad,openldap,389ds" doc:"The product."`
	Addresses []string `json:"addresses" nullable:"false" doc:"Of its servers."`

	SyncedAt     time.Time `json:"synced_at,omitzero" doc:"When an import ended last. Absent before the first."`
	FullAt       time.Time `json:"full_at,omitzero" doc:"When an import of all entries ended last. Absent before the first."`
	Problem      string    `json:"problem,omitempty" doc:"Why the last import failed. Absent if it did not."`
	ProblemSince time.Time `json:"problem_since,omitzero" doc:"When imports began to fail."`

	Users    int                       `json:"users" doc:"System users that were imported."`
	Withheld int                       `json:"withheld" doc:"Events that wait until an Administrator releases them."`
	Entries  map[rekey.EntryReason]int `json:"entries" doc:"Numbers of entries that were not imported or that are special, by reason."`
}

// DirectoryEntry is an entry of a directory that was not imported, or that is special.
type DirectoryEntry struct {
	Key          string    `json:"key" doc:"Names the entry for ever: objectGUID, entryUUID or nsUniqueId."`
	Address      string    `json:"address,omitempty" doc:"The email address in the directory."`
	UserID       string    `json:"user_id,omitempty" doc:"The system user. Absent if the entry was not imported."`
	Reason       string    `json:"reason" doc:"Why it was not imported, or what is special." example:"address_taken"`
	ReasonText   string    `json:"reason_text" doc:"The reason in words."`
	SeenAt       time.Time `json:"seen_at" doc:"When it was first seen."`
	MissingSince time.Time `json:"missing_since,omitzero" doc:"When a complete import first missed it."`
}

// DirectoryImport is the body of a request to import a directory.
type DirectoryImport struct {
	Full   bool `json:"full,omitempty" doc:"Read all entries, not only those that changed."`
	DryRun bool `json:"dry_run,omitempty" doc:"Only say what would happen."`
}

// DirectoryTest is what the test of a directory found.
type DirectoryTest struct {
	Findings []rekey.Finding `json:"findings" nullable:"false" doc:"What was checked, in this order: servers, clock, policy, rights, accounts."`
}

// AccountName is the body of a request about one account of a directory.
type AccountName struct {
	User string `json:"user" minLength:"1" maxLength:"254" doc:"The id or address of a system user, or an address in the directory."`
}

// TriedAccount says what Rekey would do with an account of a directory.
type TriedAccount struct {
	DN      string   `json:"dn,omitempty" doc:"The name of the account in the directory. Absent if it is no longer there."`
	Address string   `json:"address,omitempty" doc:"The email address in the directory."`
	UserID  string   `json:"user_id,omitempty" doc:"The system user. Absent if the account is not imported."`
	Says    []string `json:"says" nullable:"false" doc:"What the next import and a run would do, in sentences."`
}

// EventsToRelease is the body of a request to release the events of a directory.
type EventsToRelease struct {
	Events int `json:"events" minimum:"1" doc:"How many events wait, as the caller saw it."`
}

// EventsReleased is the answer to it.
type EventsReleased struct {
	Released int `json:"released" doc:"How many events were released."`
}

// Directories lists the directories of the server's settings.
func (c *Client) Directories(ctx context.Context) ([]Directory, error) {
	found, err := page[Directory](ctx, c, "/directories", nil)
	return found.Items, err
}

// DirectoryEntries lists entries of a directory that were not imported or that are
// special, with one reason or with any if it is "".
func (c *Client) DirectoryEntries(ctx context.Context, name string, reason rekey.EntryReason, p Paging) (Page[DirectoryEntry], error) {
	v := p.values()
	set(v, "reason", string(reason))
	return page[DirectoryEntry](ctx, c, directoryPath(name, "entries"), v)
}

// TestDirectory asks the servers of a directory, and tries the rights of Rekey's account.
// It changes nothing.
func (c *Client) TestDirectory(ctx context.Context, name string) (DirectoryTest, error) {
	var t DirectoryTest
	err := c.do(ctx, call{method: "POST", path: directoryPath(name, "test"), safe: true}, &t)
	return t, err
}

// TryAccount reads one account of a directory, and says what Rekey would do with it. It
// changes nothing.
func (c *Client) TryAccount(ctx context.Context, name, user string) (TriedAccount, error) {
	var t TriedAccount
	err := c.do(ctx, call{method: "POST", path: directoryPath(name, "try"), body: AccountName{user}, safe: true}, &t)
	return t, err
}

// ImportDirectory imports a directory now. An import that takes long goes on after the
// answer 503.
func (c *Client) ImportDirectory(ctx context.Context, name string, how DirectoryImport) (rekey.SyncCounts, error) {
	var counts rekey.SyncCounts
	err := c.do(ctx, call{method: "POST", path: directoryPath(name, "sync"), body: how}, &counts)
	return counts, err
}

// ReleaseEvents raises the events of a directory that wait, if there are as many as the
// caller saw.
func (c *Client) ReleaseEvents(ctx context.Context, name string, events int) (EventsReleased, error) {
	var r EventsReleased
	err := c.do(ctx, call{method: "POST", path: directoryPath(name, "release"), body: EventsToRelease{events}}, &r)
	return r, err
}

func directoryPath(name, more string) string {
	return "/directories/" + url.PathEscape(name) + "/" + more
}
