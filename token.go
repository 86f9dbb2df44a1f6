package rekey

import (
	"crypto/sha256"
	"time"
)

// Limits of tokens.
const (
	// TokenPrefix begins every token, so that people and scanners recognise it.
	TokenPrefix = "rk_"
	// DefaultTokenLife is how long a token is valid by default: 90 days.
	DefaultTokenLife = 90 * 24 * time.Hour
	// MaxTokenLife is the longest life of a token: 365 days.
	MaxTokenLife = 365 * 24 * time.Hour
)

// Token lets a program call the API in the name of a system user. Its text is shown
// once and never stored.
type Token struct {
	ID         string    `json:"id" doc:"The id."`
	UserID     string    `json:"system_user_id" doc:"The system user that it belongs to."`
	Name       string    `json:"name" doc:"What it is for."`
	CreatedAt  time.Time `json:"created_at" doc:"When it was created."`
	ExpiresAt  time.Time `json:"expires_at" doc:"When it ends."`
	LastUsedAt time.Time `json:"last_used_at,omitzero" doc:"Absent if never."`
	// Resting: a backup was restored, and nobody has confirmed the token since.
	// Until then it is refused.
	Resting bool `json:"resting,omitempty" doc:"A backup was restored: the token does not work until it is confirmed, in the console or with rekey admin confirm-tokens."`
}

// Expired reports whether the token has expired.
func (t Token) Expired(now time.Time) bool { return !now.Before(t.ExpiresAt) }

// TokenHash is what is stored of a token. The text has 256 random bits, so nobody
// can guess it and a plain hash is enough.
func TokenHash(text Secret) []byte {
	sum := sha256.Sum256([]byte(text.Reveal()))
	return sum[:]
}
