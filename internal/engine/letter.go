package engine

import (
	"encoding/json"
	"fmt"
	"time"

	"rekey"
	"rekey/internal/password"
)

// sealedLetter is the part of a letter that is stored nowhere else. Later changes
// of the reader's record must not change the mail (I4).
type sealedLetter struct {
	Password string `json:"p"`
	Name     string `json:"n,omitempty"`
	TimeZone string `json:"z,omitempty"`
}

// sealLetter seals the data of one delivery and binds it to its ids.
func (e *Engine) sealLetter(d rekey.Delivery, user rekey.SystemUser, generated password.Generated) ([]byte, error) {
	//nolint:gosec // the password is marshalled here only, and sealed at once
	plain, err := json.Marshal(sealedLetter{generated.Reveal(), user.Name(), user.TimeZone})
	if err != nil {
		return nil, err
	}
	return e.sealer.Seal(plain, d.ID, d.UserID)
}

// openLetter rebuilds the letter of an issued delivery. That of a message has nothing sealed.
func (e *Engine) openLetter(d rekey.Delivery) (Letter, error) {
	if d.Message() {
		return Letter{DeliveryID: d.ID, To: d.Address, Date: d.IssuedAt.Truncate(time.Second)}, nil
	}
	plain, err := e.sealer.Unseal(d.Sealed, d.ID, d.UserID)
	if err != nil {
		return Letter{}, fmt.Errorf("open letter of delivery %s: %w", d.ID, err)
	}
	var sealed sealedLetter
	if err := json.Unmarshal(plain, &sealed); err != nil {
		return Letter{}, fmt.Errorf("read letter of delivery %s: not in its form", d.ID)
	}
	generated, err := password.FromSealed([]byte(sealed.Password))
	if err != nil {
		return Letter{}, fmt.Errorf("read letter of delivery %s: %w", d.ID, err)
	}
	return Letter{
		DeliveryID: d.ID,
		To:         d.Address,
		Name:       sealed.Name,
		TimeZone:   sealed.TimeZone,
		Password:   generated,
		Date:       d.IssuedAt.Truncate(time.Second),
		ValidUntil: d.ValidUntil,
	}, nil
}

// SampleLetter is the letter in the preview of a mail. It has no password.
func SampleLetter(user rekey.SystemUser, now time.Time) Letter {
	return Letter{
		To: user.Address, Name: user.Name(), TimeZone: user.TimeZone,
		Date: now, ValidUntil: now.Add(Lifetime).Truncate(time.Minute),
	}
}
