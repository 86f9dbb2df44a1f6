package store

import (
	"context"
	"strings"
	"time"

	"rekey"
)

const userColumns = `u.id, u.address, u.address_key, u.first_name, u.last_name, u.type, u.role, u.status,
	u.language, u.time_zone, u.attributes, u.password_version, u.password_changed_at, u.last_login_at,
	u.last_password_call_at, u.created_at, u.updated_at, u.version, u.chosen <> '', u.blocked_by, u.directory, u.directory_key,
	u.directory_token, u.directory_account`

// userDest is where userColumns are scanned to.
func userDest(u *rekey.SystemUser) []any {
	return []any{&u.ID, &u.Address, &u.AddressKey, &u.FirstName, &u.LastName, &u.Type, &u.Role, &u.Status,
		&u.Language, &u.TimeZone, jsonText{&u.Attributes}, &u.PasswordVersion, moment{&u.PasswordChangedAt},
		moment{&u.LastLoginAt}, moment{&u.LastPasswordCallAt}, moment{&u.CreatedAt}, moment{&u.UpdatedAt}, &u.Version, &u.HasChosen,
		&u.BlockedBy, &u.Directory.Directory, &u.Directory.Key, &u.Directory.Token, jsonText{&u.Directory}}
}

// User returns a system user with the sources that they may post from.
func (s Queries) User(ctx context.Context, id string) (rekey.SystemUser, error) {
	u, err := s.userBy(ctx, "id", id)
	if err == nil && u.Type != rekey.TypeUI { // a UI user posts no events
		u.Sources, err = s.sources(ctx, u.ID)
	}
	return u, err
}

// UserByKey returns the system user with an address key. It runs the same
// statements for every address, because strangers type addresses.
func (s Queries) UserByKey(ctx context.Context, addressKey string) (rekey.SystemUser, error) {
	u, err := s.userBy(ctx, "address_key", addressKey)
	if err != nil && rekey.CodeOf(err) != rekey.CodeNotFound {
		return u, err
	}
	sources, failed := s.sources(ctx, u.ID)
	if failed != nil {
		return u, failed
	}
	u.Sources = sources
	return u, err
}

func (s Queries) userBy(ctx context.Context, column, value string) (rekey.SystemUser, error) {
	var u rekey.SystemUser
	err := s.one(ctx, `SELECT `+userColumns+` FROM system_users u WHERE u.`+column+` = $1`, []any{value}, userDest(&u)...)
	if err != nil {
		return rekey.SystemUser{}, missing(err, "system user")
	}
	return u, nil
}

// FindUsers looks up ids and addresses, and returns the system users without their
// sources. The keys of the result are those subjects.
func (s Queries) FindUsers(ctx context.Context, subjects []string) (map[string]rekey.SystemUser, error) {
	found := make(map[string]rekey.SystemUser, len(subjects))
	asked := make(map[string][]string, len(subjects)) // id or address key → subjects
	var ids, addresses []string
	for _, subject := range subjects {
		key := rekey.TypedText(subject)
		if address := rekey.AddressKey(subject); strings.Contains(subject, "@") || rekey.IsAddressKey(address) {
			key = address
			addresses = append(addresses, key)
		} else {
			ids = append(ids, key)
		}
		asked[key] = append(asked[key], subject)
	}
	for _, by := range []struct {
		column string
		keys   []string
	}{{"u.id", ids}, {"u.address_key", addresses}} {
		if len(by.keys) == 0 {
			continue
		}
		var u rekey.SystemUser
		dest := userDest(&u)
		err := s.each(ctx, `SELECT `+userColumns+` FROM system_users u WHERE `+s.q.in(by.column, 1), []any{texts(by.keys)}, func(r rows) error {
			u = rekey.SystemUser{}
			if err := r.Scan(dest...); err != nil {
				return err
			}
			for _, key := range []string{u.ID, u.AddressKey} {
				for _, subject := range asked[key] {
					found[subject] = u
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// InsertUser stores a new system user, without a password here.
func (tx *Tx) InsertUser(ctx context.Context, u rekey.SystemUser) error {
	attributes, err := asJSON(u.Attributes)
	if err != nil {
		return err
	}
	account, err := accountJSON(u.Directory)
	if err != nil {
		return err
	}
	chosen := ""
	if !u.Directory.BuiltIn() {
		chosen = rekey.ChosenInDirectory
	}
	err = tx.write(ctx, `INSERT INTO system_users (id, address, address_key, first_name, last_name, search, type, role, rank,
		status, language, time_zone, attributes, chosen, password_version, password_changed_at, last_login_at,
		last_password_call_at, last_logon_event_at, created_at, updated_at, version, blocked_by, directory, directory_key, directory_account)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$15,1,$16,0,0,0,$14,$14,1,$17,$18,$19,$20)`,
		u.ID, u.Address, u.AddressKey, u.FirstName, u.LastName, searchText(u), string(u.Type), string(u.Role), u.Role.Rank(),
		string(u.Status), u.Language, u.TimeZone, attributes, micros(u.CreatedAt), chosen, micros(u.PasswordChangedAt),
		string(u.BlockedBy), u.Directory.Directory, u.Directory.Key, account)
	if err != nil {
		return err
	}
	return tx.insertSources(ctx, u)
}

// accountJSON is the stored form of what was read in a directory; null for a built-in
// user.
func accountJSON(a rekey.DirectoryAccount) (string, error) {
	if a.BuiltIn() {
		return "null", nil
	}
	return asJSON(a)
}

// UpdateUser writes what people can change and raises the version, if the stored
// version is the given one, and keeps that one. Otherwise the error is rekey.CodeStale. by
// is the id of whoever changes it; "" for an import.
func (tx *Tx) UpdateUser(ctx context.Context, u rekey.SystemUser, version int64, by string) error {
	before, err := tx.User(ctx, u.ID)
	if err != nil {
		return staleIfGone(err)
	}
	attributes, err := asJSON(u.Attributes)
	if err != nil {
		return err
	}
	account, err := accountJSON(u.Directory)
	if err != nil {
		return err
	}
	n, err := tx.changes(ctx, `UPDATE system_users SET address=$2, address_key=$3, first_name=$4, last_name=$5, search=$6, type=$7,
		role=$8, rank=$9, status=$10, language=$11, time_zone=$12, attributes=$13, updated_at=$14, blocked_by=$16, directory_account=$17, version=version+1
		WHERE id=$1 AND version=$15`,
		u.ID, u.Address, u.AddressKey, u.FirstName, u.LastName, searchText(u), string(u.Type), string(u.Role), u.Role.Rank(),
		string(u.Status), u.Language, u.TimeZone, attributes, micros(u.UpdatedAt), version, string(u.BlockedBy), account)
	if err != nil {
		return err
	}
	if n == 0 {
		return rekey.ErrStale
	}
	if err := tx.putSources(ctx, u); err != nil {
		return err
	}
	return tx.keepVersion(ctx, rekey.PastVersion{Kind: rekey.KindUser, ObjectID: u.ID, Version: version, Fields: before.Fields(), At: u.UpdatedAt, By: by}, u.Fields())
}

// DeleteUser deletes a system user and everything with which they could log in. Their
// deliveries end and stay on record. Of their history only the moments stay, and who
// changed them. by is the id of whoever deletes them.
func (tx *Tx) DeleteUser(ctx context.Context, id, by string, now time.Time) error {
	u, err := tx.User(ctx, id)
	if err != nil {
		return err
	}
	if err := tx.EndMailed(ctx, id, rekey.ReasonUserDeleted, now); err != nil {
		return err
	}
	for _, table := range []string{"event_sources", "tokens", "password_history", "setup_links", "directory_entries", "directory_events", "directory_writes", "notices"} {
		if err := tx.write(ctx, `DELETE FROM `+table+` WHERE user_id = $1`, id); err != nil {
			return err
		}
	}
	if err := tx.write(ctx, `DELETE FROM system_users WHERE id = $1`, id); err != nil {
		return err
	}
	if err := tx.eraseVersions(ctx, id); err != nil {
		return err
	}
	return tx.keepDeleted(ctx, rekey.PastVersion{Kind: rekey.KindUser, ObjectID: id, Version: u.Version, At: now, By: by})
}

// CountAdministrators counts the active Administrators except butFor.
func (s Queries) CountAdministrators(ctx context.Context, butFor string) (n int, err error) {
	err = s.one(ctx, `SELECT COUNT(*) FROM system_users u WHERE `+administers+` AND u.status = $1 AND u.id <> $2`,
		[]any{string(rekey.UserActive), butFor}, &n)
	return n, err
}
