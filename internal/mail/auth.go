package mail

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rekey"
)

// Tokens provides access tokens for the mail account, in place of a password (RFC
// 6750).
type Tokens interface {
	// Token returns a token that should be valid.
	Token(ctx context.Context) (rekey.Secret, error)
	// Refused reports that the mail server refused a token. Token returns another
	// one from then on.
	Refused(token rekey.Secret)
}

// WithTokens makes the mailer log in with tokens, by XOAUTH2 or OAUTHBEARER.
func WithTokens(t Tokens) Option { return func(o *options) { o.tokens = t } }

// mechanism is one way to log in (RFC 4954).
type mechanism struct {
	name string
	// answers are sent in order: the first with the command if initial, the others
	// when the server asks.
	answers []string
	initial bool
	// explains: the server's last question says why it refuses.
	explains bool
}

// maxCommand is the longest command line without its end (RFC 5321 §4.5.3.1.4).
const maxCommand = 510

// mechanismCodes refuse the mechanism, not the account: it is unknown or not
// implemented (RFC 5321 §4.2.4), too weak, or needs encryption (RFC 4954 §6). Another
// mechanism may work.
var mechanismCodes = []int{500, 501, 502, 504, 534, 538}

// byPassword returns the mechanisms for passwords, in the order of the attempts.
func byPassword(username, password string) []mechanism {
	return []mechanism{
		{name: "PLAIN", answers: []string{"\x00" + username + "\x00" + password}, initial: true}, // RFC 4616
		{name: "LOGIN", answers: []string{username, password}},                                   // the server's questions may have any wording
	}
}

func (s *settings) byToken(token string) []mechanism {
	bearer := "\x01auth=Bearer " + token + "\x01\x01"
	// saslname: comma and equals sign are escaped (RFC 5801 §4).
	name := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(s.Username)
	return []mechanism{
		// Google and Microsoft have it.
		{name: "XOAUTH2", answers: []string{"user=" + s.Username + bearer, ""}, initial: true, explains: true},
		{name: "OAUTHBEARER", answers: []string{"n,a=" + name + ",\x01host=" + s.Host + "\x01port=" + strconv.Itoa(s.Port) + bearer, "\x01"}, // RFC 7628
			initial: true, explains: true},
	}
}

// authenticate logs in, if there is an account. Config.complete makes sure that the
// connection is encrypted or on loopback.
func (c *conn) authenticate(ctx context.Context, tokens Tokens) error {
	s := c.settings
	if s.Username == "" {
		return nil
	}
	secret := s.Password
	if tokens != nil {
		var err error
		if secret, err = tokens.Token(ctx); err != nil {
			return &stepError{step: "access token", cause: err}
		}
	}
	mechanisms := byPassword(s.Username, secret.Reveal())
	if tokens != nil {
		mechanisms = s.byToken(secret.Reveal())
	}
	offered := slices.Compact(slices.Sorted(strings.FieldsSeq(strings.ToUpper(c.extensions["AUTH"])))) // both forms may name one
	known := slices.Clone(mechanisms)
	mechanisms = slices.DeleteFunc(mechanisms, func(m mechanism) bool { return !slices.Contains(offered, m.name) })
	if len(mechanisms) == 0 {
		return &stepError{step: "AUTH", cause: notOffered(offered, known)}
	}
	var last *stepError
	for _, m := range mechanisms {
		r, err := c.exchange(ctx, m)
		if err == nil && r.code == 235 {
			return nil
		}
		r.text = withoutAccount(r.text, secret)
		last = failure("AUTH "+m.name, r, err)
		if err != nil || !slices.Contains(mechanismCodes, r.code) { // the account is refused
			break
		}
	}
	if tokens != nil && last.reply.permanent() && !slices.Contains(mechanismCodes, last.reply.code) {
		tokens.Refused(secret)
	}
	return last
}

// exchange does the log-in by one mechanism.
func (c *conn) exchange(ctx context.Context, m mechanism) (reply, error) {
	line, answers := "AUTH "+m.name, m.answers
	if first := encode(answers[0]); m.initial && len(line)+1+len(first) <= maxCommand {
		line, answers = line+" "+first, answers[1:]
	}
	var explained string
	for {
		r, err := c.command(ctx, line)
		if err != nil || r.code != 334 {
			if explained != "" {
				r.text = strings.TrimSpace(r.text) + " (" + explained + ")"
			}
			return r, err
		}
		switch {
		case len(answers) == 0:
			line = "*" // there is no further answer: cancel (RFC 4954 §4)
		default:
			if m.explains && len(answers) == 1 {
				explained = explanation(r.text)
			}
			line, answers = encode(answers[0]), answers[1:]
		}
	}
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// explanation decodes why a server refuses a token: base64 of JSON (RFC 7628
// §3.2.2).
func explanation(text string) string {
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return ""
	}
	var answer struct {
		Status any    `json:"status"` // a text or a number
		Scope  string `json:"scope"`
	}
	if json.Unmarshal(decoded, &answer) != nil || answer.Status == nil {
		return ""
	}
	if answer.Scope == "" {
		return fmt.Sprintf("status %v", answer.Status)
	}
	return fmt.Sprintf("status %v, scope %s", answer.Status, answer.Scope)
}

// notOffered returns an error with the mechanisms that the server offers and those
// that Rekey knows.
func notOffered(offered []string, known []mechanism) error {
	names := make([]string, len(known))
	for i, m := range known {
		names[i] = m.name
	}
	wanted := strings.Join(names, " or ")
	switch {
	case len(offered) == 0:
		return errors.New("the server offers no log-in on this connection; if it needs no log-in, leave out smtp.username")
	case slices.ContainsFunc(offered, func(name string) bool { return name == "XOAUTH2" || name == "OAUTHBEARER" }):
		return fmt.Errorf("the server offers %s, but not %s: it needs access tokens, see smtp.oauth_token_url", strings.Join(offered, ", "), wanted)
	default:
		return fmt.Errorf("the server offers %s, but not %s", strings.Join(offered, ", "), wanted)
	}
}

// withoutAccount is withoutLeak for the secret of the account. If the reply quotes
// the whole secret, only the secret is masked: the reason is worth keeping.
func withoutAccount(text string, secret rekey.Secret) string {
	if secret.IsZero() {
		return text
	}
	return withoutLeak(strings.ReplaceAll(text, secret.Reveal(), secret.String()), secret.Reveal())
}
