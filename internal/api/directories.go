package api

import (
	"context"
	"net/http"

	"rekey"
	"rekey/client"
	"rekey/internal/admin"
)

// OneDirectory is a path with a directory.
type OneDirectory struct {
	Name string `path:"name" doc:"The name of the directory in the settings." maxLength:"40"`
}

type entryList struct {
	OneDirectory
	Paging

	Reason string `query:"reason" enum:"no_address,bad_address,address_taken,protected,address_changed,no_way_in,missing" doc:"Only with this reason."`
}

func (a *API) directoryRoutes() {
	const tag = "Directories"
	handle(a, route{id: "list-directories", method: http.MethodGet, path: "/directories", tag: tag,
		summary: "List the directories of the settings", about: "With the state of their import."},
		func(ctx context.Context, caller rekey.SystemUser, _ *nothing) (*plain[client.Page[client.Directory]], error) {
			found, err := a.admin.Directories(ctx, caller)
			return answer(whole(found, directoryOf), err)
		})
	handle(a, route{id: "list-directory-entries", method: http.MethodGet, path: "/directories/{name}/entries", tag: tag,
		summary: "List the entries of a directory that were not imported or are special", errors: []int{http.StatusNotFound}}, a.listEntries)
	handle(a, route{id: "test-directory", method: http.MethodPost, path: "/directories/{name}/test", tag: tag,
		summary: "Test a directory", about: "Asks all its servers, tries which rights Rekey's account has and which it should not have, and counts the accounts. It changes nothing. Managers and Administrators only.",
		errors: []int{http.StatusNotFound}}, a.testDirectory)
	handle(a, route{id: "try-account", method: http.MethodPost, path: "/directories/{name}/try", tag: tag,
		summary: "Try one account of a directory", about: "Reads the account now, and says what the next import and a run would do with it. It changes nothing. Managers and Administrators only.",
		errors: []int{http.StatusNotFound}}, a.tryAccount)
	handle(a, route{id: "import-directory", method: http.MethodPost, path: "/directories/{name}/sync", tag: tag,
		summary: "Import a directory now", about: "Rekey does so by itself every five minutes. Refused while an import is under way. An import that takes longer than a request goes on after the answer 503. Managers and Administrators only.",
		errors: []int{http.StatusNotFound, http.StatusConflict}},
		func(ctx context.Context, caller rekey.SystemUser, in *struct {
			OneDirectory

			Body client.DirectoryImport
		},
		) (*plain[rekey.SyncCounts], error) {
			return answer(a.admin.ImportDirectory(ctx, caller, in.Name, in.Body.Full, in.Body.DryRun))
		})
	handle(a, route{id: "release-directory-events", method: http.MethodPost, path: "/directories/{name}/release", tag: tag,
		summary: "Release the events of a directory that wait", about: "Rekey holds back the events of the first import, and more than 100 of one kind in any other. Those that are no longer true are dropped. Refused if another number waits. Administrators only.",
		errors: []int{http.StatusNotFound, http.StatusConflict}},
		func(ctx context.Context, caller rekey.SystemUser, in *struct {
			OneDirectory

			Body client.EventsToRelease
		},
		) (*plain[client.EventsReleased], error) {
			return answer(client.EventsReleased{Released: in.Body.Events}, a.admin.ReleaseEvents(ctx, caller, in.Name, in.Body.Events))
		})
}

func (a *API) listEntries(ctx context.Context, caller rekey.SystemUser, in *entryList) (*plain[client.Page[client.DirectoryEntry]], error) {
	return listed(in.Paging, "entries of "+in.Name, func(e rekey.DirectoryEntry) string { return e.Key }, entryOf,
		func(p admin.Place) (admin.Listed[rekey.DirectoryEntry], error) {
			return a.admin.DirectoryEntries(ctx, caller, in.Name, rekey.EntryReason(in.Reason), p)
		})
}

func (a *API) testDirectory(ctx context.Context, caller rekey.SystemUser, in *OneDirectory) (*plain[client.DirectoryTest], error) {
	report, err := a.admin.TestDirectory(ctx, caller, in.Name)
	if err != nil {
		return nil, err
	}
	return answer(client.DirectoryTest{Findings: append([]rekey.Finding{}, report.Findings(a.now())...)}, nil)
}

func (a *API) tryAccount(ctx context.Context, caller rekey.SystemUser, in *struct {
	OneDirectory

	Body client.AccountName
},
) (*plain[client.TriedAccount], error) {
	t, err := a.admin.TryAccount(ctx, caller, in.Name, in.Body.User)
	return answer(client.TriedAccount{DN: t.DN, Address: t.Address, UserID: t.UserID, Says: t.Says}, err)
}

// directoryOf returns a directory as the API shows it.
func directoryOf(d admin.DirectoryView) client.Directory {
	return client.Directory{
		Name: d.Name, Kind: string(d.Kind), Addresses: d.Addresses, SyncedAt: d.SyncedAt, FullAt: d.FullAt,
		Problem: d.Problem, ProblemSince: d.ProblemSince, Users: d.Counts.Users, Withheld: d.Counts.Withheld, Entries: d.Counts.Reasons,
	}
}

// entryOf returns an entry of a directory as the API shows it.
func entryOf(e rekey.DirectoryEntry) client.DirectoryEntry {
	return client.DirectoryEntry{
		Key: e.Key, Address: e.Address, UserID: e.UserID, Reason: string(e.Reason), ReasonText: e.ReasonText(),
		SeenAt: e.SeenAt, MissingSince: e.MissingSince,
	}
}
