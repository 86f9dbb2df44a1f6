package directory

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// Cookie says up to which change a pass has read. Only the directory that made it
// understands it. "" stands for the beginning.
type Cookie string

// ErrFullPass is the error of Pass for a cookie that means nothing to the server: it is
// another server, or it was restored. A pass from the beginning is needed.
var ErrFullPass = errors.New("the directory cannot say what changed since then; read all of it")

// Pass calls page with the accounts below the base that fit the filter, up to 200 at a
// time, and returns the cookie for the next pass. With the cookie "" that is all of
// them. With another cookie it is those that were changed since, perhaps with some
// others.
//
// Only a pass over all shows what was deleted or moved out of the base: it is missing
// there. The same holds for changes that do not touch the entry itself, such as those of
// a group that the filter names.
//
// Errors: ErrFullPass, what page returns, or the server's. Then the pass is not
// complete, and nothing can be said about what is missing.
func (d *Directory) Pass(ctx context.Context, since Cookie, page func([]Account) error) (Cookie, error) {
	s, err := d.connect(ctx)
	if err != nil {
		return "", err
	}
	defer s.close()
	return s.pass(since, page)
}

func (s *session) pass(since Cookie, page func([]Account) error) (Cookie, error) {
	next, filter, err := s.kind.changes(s, since)
	if err != nil {
		return "", err
	}
	s.latest = string(next)
	err = s.searchPages(s.settings.Base, s.peopleFilter(filter), s.attributes(), pageSize, func(entries []*ldap.Entry) error {
		accounts, err := s.accounts(entries)
		if err != nil {
			return err
		}
		return page(accounts)
	})
	if err != nil {
		return "", err
	}
	return Cookie(s.latest), nil
}

// changes finds what changed by the numbers that a server gives to its changes. The
// number of now is read first: what changes during the pass is read again in the next.
func (ad) changes(s *session, since Cookie) (next Cookie, filter string, err error) {
	server := s.root.GetEqualFoldAttributeValue("dsServiceName")
	now, err := strconv.ParseInt(s.root.GetEqualFoldAttributeValue("highestCommittedUSN"), 10, 64)
	if err != nil {
		return "", "", fmt.Errorf("read the number of the latest change: %w", err)
	}
	next = Cookie(strconv.FormatInt(now, 10) + " " + server)
	if since == "" {
		return next, "", nil
	}
	number, of, _ := strings.Cut(string(since), " ")
	last, err := strconv.ParseInt(number, 10, 64)
	if err != nil || of != server || last > now {
		return "", "", ErrFullPass
	}
	return next, fmt.Sprintf("(uSNChanged>=%d)", last+1), nil
}

// changes finds what changed by entryCSN, which begins with the time and is different
// for each change. The latest one is known when all entries were read. What another
// provider changed earlier, but delivered later, is found by a pass over all.
func (openLDAP) changes(_ *session, since Cookie) (next Cookie, filter string, err error) {
	if since == "" {
		return "", "", nil
	}
	return since, "(entryCSN>=" + ldap.EscapeFilter(string(since)) + ")", nil
}
