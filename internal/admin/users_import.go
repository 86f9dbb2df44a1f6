package admin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"rekey"
	"rekey/internal/store"
	"rekey/internal/userfile"
)

// ImportEntry is what an import does with one person.
type ImportEntry struct {
	User rekey.SystemUser // as they are stored afterwards, as far as the actor may view them
	Fate ImportFate

	before rekey.SystemUser // of one who is there already
}

// ImportFate is what becomes of a person of an import.
type ImportFate string

// What becomes of a person of an import.
const (
	ImportCreated ImportFate = "created"
	ImportUpdated ImportFate = "updated"
	ImportLeft    ImportFate = "left"
)

// Counted counts the fates of entries.
func Counted(entries []ImportEntry) (n rekey.Imported) {
	for _, e := range entries {
		switch e.Fate {
		case ImportCreated:
			n.Created++
		case ImportUpdated:
			n.Updated++
		case ImportLeft:
			n.Left++
		}
	}
	return n
}

// CheckImport returns what Import would do, or its error, and stores nothing.
func (s *Service) CheckImport(ctx context.Context, actor rekey.SystemUser, lines []userfile.Line, existing rekey.Existing) ([]ImportEntry, error) {
	return s.planImport(ctx, s.store.Queries, actor, lines, existing)
}

// Import stores all users of a file, or none. New ones are created as CreateUser does
// it; the default of the type is ui, that of the role is member. existing says what
// happens to those who are there already. They are found by their address. An update
// sets what is not empty, under the rules of UpdateUser, and keeps the spelling of the
// address: another one would end mailed passwords.
//
// Errors name the lines. CodeTooLarge: more than rekey.MaxImport.
func (s *Service) Import(ctx context.Context, actor rekey.SystemUser, lines []userfile.Line, existing rekey.Existing) ([]ImportEntry, error) {
	var plan []ImportEntry
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		var err error
		if plan, err = s.planImport(ctx, tx.Queries, actor, lines, existing); err != nil {
			return err
		}
		for i := range plan {
			if err := s.importOne(ctx, tx, actor, &plan[i]); err != nil {
				return onLine(lines[i].Number, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return plan, nil
}

func (s *Service) importOne(ctx context.Context, tx *store.Tx, actor rekey.SystemUser, e *ImportEntry) error {
	switch e.Fate {
	case ImportCreated:
		return s.insertUser(ctx, tx, actor, e.User)
	case ImportUpdated:
		return s.writeUser(ctx, tx, actor.ID, e.before, &e.User)
	default:
		return nil
	}
}

// planImport decides for each user of a file, and collects all problems.
func (s *Service) planImport(ctx context.Context, r store.Queries, actor rekey.SystemUser, lines []userfile.Line, existing rekey.Existing) ([]ImportEntry, error) {
	switch {
	case mayRead(actor) != nil: // others would be told who is there
		return nil, errRank
	case len(lines) == 0:
		return nil, rekey.Invalid("file", "The file has no people. Write one line per person below the column names.")
	case !existing.Valid():
		return nil, rekey.Invalid("existing", "Choose leave, update or refuse.")
	case len(lines) > rekey.MaxImport:
		return nil, rekey.NewError(rekey.CodeTooLarge, "At most 10,000 system users can be imported at once.")
	}
	var addresses []string
	for _, line := range lines {
		addresses = append(addresses, line.User.Address)
	}
	found, err := r.FindUsers(ctx, addresses)
	if err != nil {
		return nil, err
	}
	plan := make([]ImportEntry, len(lines))
	p := &lineProblems{}
	for i, line := range lines {
		u := line.User
		before, there := found[u.Address]
		if there = there && rekey.IsAddressKey(rekey.AddressKey(u.Address)); there {
			plan[i], err = s.planExisting(ctx, r, actor, before, u, existing)
		} else {
			plan[i], err = s.planNew(actor, u)
		}
		if err := p.merge(line.Number, err); err != nil {
			return nil, err
		}
	}
	p.repeated(lines)
	if err := p.err(); err != nil {
		return nil, err
	}
	return plan, nil
}

func (s *Service) planNew(actor, u rekey.SystemUser) (ImportEntry, error) {
	u = withDefaults(u)
	err := s.prepare(actor, &u)
	return ImportEntry{User: u, Fate: ImportCreated}, err
}

func withDefaults(u rekey.SystemUser) rekey.SystemUser {
	if u.Type == "" {
		u.Type = rekey.TypeUI
	}
	if u.Role == "" {
		u.Role = rekey.RoleMember
	}
	return u
}

// planExisting decides for somebody who is there already. before comes from FindUsers.
func (s *Service) planExisting(ctx context.Context, r store.Queries, actor, before, u rekey.SystemUser, existing rekey.Existing) (ImportEntry, error) {
	left := ImportEntry{User: before, Fate: ImportLeft, before: before}
	if !actor.Authority().MayView(before) {
		left.User = u // what the actor knows already
	}
	switch existing {
	case rekey.ExistingRefuse:
		return left, errAddressTaken
	case rekey.ExistingLeave:
		u = withDefaults(u)
		u.Status = before.Status
		return left, u.Validate() // what is wrong in a file is said, whoever it is about
	case rekey.ExistingUpdate:
		return s.planUpdate(ctx, r, actor, left, u)
	}
	return left, nil
}

// planUpdate decides whether somebody changes. left is what happens otherwise.
func (s *Service) planUpdate(ctx context.Context, r store.Queries, actor rekey.SystemUser, left ImportEntry, u rekey.SystemUser) (ImportEntry, error) {
	before, err := viewed(ctx, r, actor, left.before.ID) // with the sources
	if rekey.CodeOf(err) == rekey.CodeNotFound {
		return left, forbidden("address", "Only somebody of a higher rank may change this system user.")
	}
	if err != nil {
		return left, err
	}
	after := filled(before, u)
	bad := s.validUser(before, &after)
	if err := mayChangeTo(actor, before, after); err != nil {
		return left, err
	}
	if bad != nil || reflect.DeepEqual(before, after) {
		return left, bad
	}
	return ImportEntry{User: after, Fate: ImportUpdated, before: before}, nil
}

// filled returns before with everything that is not empty in u, except the address.
func filled(before, u rekey.SystemUser) rekey.SystemUser {
	after := before
	for _, f := range rekey.UserFields() {
		if text := f.Get(&u); text != "" && f.Name != "address" {
			f.Set(&after, text)
		}
	}
	if len(u.Attributes) > 0 {
		after.Attributes = map[string]string{}
		maps.Copy(after.Attributes, before.Attributes)
		maps.Copy(after.Attributes, u.Attributes)
	}
	return after
}

var errAddressTaken = conflict("address", "Another system user has this address.")

// lineProblems collects the problems with the lines of a file. Its error has the first
// code that is there of CodeInvalid, CodeForbidden and CodeConflict.
type lineProblems struct {
	fields []rekey.FieldError
	codes  []rekey.Code
}

// codesOfLines are the codes of problems with lines, the worst first.
var codesOfLines = []rekey.Code{rekey.CodeInvalid, rekey.CodeForbidden, rekey.CodeConflict}

func (l *lineProblems) add(number int, code rekey.Code, field, message string) {
	l.codes = append(l.codes, code)
	l.fields = append(l.fields, rekey.FieldError{Line: number, Field: field, Message: message})
}

// merge adds the problem of a line, and returns an error that is none.
func (l *lineProblems) merge(number int, err error) error {
	var e *rekey.Error
	if !errors.As(err, &e) || !slices.Contains(codesOfLines, e.Code) {
		return err
	}
	for _, f := range e.Fields {
		l.add(number, e.Code, f.Field, f.Message)
	}
	if len(e.Fields) == 0 {
		l.add(number, e.Code, "", e.Message)
	}
	return nil
}

// onLine names the line of a file that an error is about.
func onLine(number int, err error) error {
	l := &lineProblems{}
	if err := l.merge(number, err); err != nil {
		return err
	}
	return l.err()
}

// repeated adds a problem for each address that is in the file twice.
func (l *lineProblems) repeated(lines []userfile.Line) {
	holders := map[string]int{} // the lines by their address
	for _, line := range lines {
		key := rekey.AddressKey(line.User.Address)
		if other, twice := holders[key]; twice && rekey.IsAddressKey(key) {
			l.add(line.Number, rekey.CodeInvalid, "address", fmt.Sprintf("The same address as in line %d.", other))
		}
		holders[key] = line.Number
	}
}

func (l *lineProblems) err() error {
	for _, code := range codesOfLines {
		if slices.Contains(l.codes, code) {
			return &rekey.Error{Code: code, Message: "Nothing was imported.", Fields: l.fields}
		}
	}
	return nil
}
