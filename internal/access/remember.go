package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/netip"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"rekey"
)

const (
	rememberFor   = time.Minute
	maxRemembered = 10_000
)

// remembered holds the credentials that were right within rememberFor, so that
// not every call of a program costs a computation of Argon2. They are kept as MACs
// under a key that only this process has.
type remembered struct {
	key   []byte
	notes *lru.Cache[[32]byte, credentialNote]
}

type credentialNote struct {
	userID  string
	version int64
	until   time.Time
}

func newRemembered(key []byte) *remembered {
	notes, _ := lru.New[[32]byte, credentialNote](maxRemembered) // it refuses only sizes below 1
	return &remembered{key, notes}
}

// mac returns the key of a credential. It includes the source address, so that
// a lock for another address stays effective.
func (r *remembered) mac(addressKey string, secret rekey.Secret, source netip.Addr) [32]byte {
	h := hmac.New(sha256.New, r.key)
	h.Write([]byte(strings.Join([]string{sourceKey(source), addressKey, secret.Reveal()}, "\x00")))
	return [32]byte(h.Sum(nil))
}

func (r *remembered) get(mac [32]byte, now time.Time) (userID string, version int64, ok bool) {
	note, ok := r.notes.Get(mac)
	return note.userID, note.version, ok && now.Before(note.until)
}

func (r *remembered) put(mac [32]byte, u rekey.SystemUser, now time.Time) {
	r.notes.Add(mac, credentialNote{userID: u.ID, version: u.PasswordVersion, until: now.Add(rememberFor)})
}
