package directorytest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"

	"rekey/internal/directory"
)

// fakePage is how many accounts a page of a Fake has.
const fakePage = 200

// Pass implements Directory.
func (f *Fake) Pass(_ context.Context, since directory.Cookie, page func([]directory.Account) error) (directory.Cookie, error) {
	from, err := strconv.ParseInt(cmp.Or(string(since), "0"), 10, 64)
	if err != nil {
		return "", directory.ErrFullPass
	}
	var found []directory.Account
	people, next, err := f.everybody()
	if err != nil {
		return "", err
	}
	for _, p := range people {
		if p.changed > from {
			found = append(found, p.Account)
		}
	}
	for accounts := range slices.Chunk(found, fakePage) {
		if err := page(accounts); err != nil {
			return "", err
		}
	}
	return directory.Cookie(strconv.FormatInt(next, 10)), nil
}

// Groups implements Directory.
func (f *Fake) Groups(_ context.Context, page func([]directory.Membership) error) error {
	people, _, err := f.everybody()
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(people, fakePage) {
		members := make([]directory.Membership, len(chunk))
		for i, p := range chunk {
			members[i] = directory.Membership{Key: p.Key, Groups: p.groups}
		}
		if err := page(members); err != nil {
			return err
		}
	}
	return nil
}

// everybody returns copies of all people below the base in the order of their keys, with
// all their groups, and the number of the latest change.
func (f *Fake) everybody() ([]fakePerson, int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return nil, 0, ErrDown
	}
	var people []fakePerson
	for _, key := range slices.Sorted(maps.Keys(f.people)) {
		if p := f.people[key]; !p.outside {
			groups := f.allGroups(p)
			slices.Sort(groups)
			people = append(people, fakePerson{Account: p.copy(), changed: p.changed, groups: slices.Compact(groups)})
		}
	}
	return people, f.writes, nil
}
