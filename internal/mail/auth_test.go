package mail

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"rekey"
	"rekey/internal/engine"
	"rekey/internal/mail/mailtest"
)

// account is the mail account of a test.
func account(c *Config) {
	c.Username, c.Password = "rekey@example.org", rekey.NewSecret("hunter2-of-the-account")
}

// open is a server with that account.
func open(script mailtest.Script) mailtest.Script {
	script.Username, script.Password = "rekey@example.org", "hunter2-of-the-account"
	return script
}

func TestMechanismsAreTriedUntilOneIsKnown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script mailtest.Script
		tried  string
	}{
		"both":                           {open(mailtest.Script{}), "PLAIN"},
		"LOGIN alone":                    {open(mailtest.Script{Mechanisms: []string{"NTLM", "LOGIN"}}), "LOGIN"},
		"PLAIN is not implemented":       {open(mailtest.Script{Rules: []mailtest.Rule{{On: "AUTH PLAIN", Reply: "504 5.7.4 Unrecognized authentication type"}}}), "PLAIN LOGIN"},
		"PLAIN is too weak":              {open(mailtest.Script{Rules: []mailtest.Rule{{On: "AUTH PLAIN", Reply: "534 5.7.9 too weak"}}}), "PLAIN LOGIN"},
		"PLAIN wants encryption":         {open(mailtest.Script{Rules: []mailtest.Rule{{On: "AUTH PLAIN", Reply: "538 5.7.11 Encryption required"}}}), "PLAIN LOGIN"},
		"PLAIN takes no initial answer":  {open(mailtest.Script{Rules: []mailtest.Rule{{On: "AUTH PLAIN", Reply: "501 5.5.4 Syntax error"}}}), "PLAIN LOGIN"},
		"PLAIN is no known command":      {open(mailtest.Script{Rules: []mailtest.Rule{{On: "AUTH PLAIN", Reply: "500 5.5.1 Command unrecognized"}}}), "PLAIN LOGIN"},
		"lower case":                     {open(mailtest.Script{Mechanisms: []string{}, Extensions: []string{"auth login plain"}}), "PLAIN"},
		"the old form":                   {open(mailtest.Script{Mechanisms: []string{}, Extensions: []string{"AUTH=LOGIN PLAIN"}}), "PLAIN"},
		"the old form, with one":         {open(mailtest.Script{Mechanisms: []string{}, Extensions: []string{"auth=login"}}), "LOGIN"},
		"both forms, the old one less":   {open(mailtest.Script{Extensions: []string{"AUTH=NTLM"}}), "PLAIN"},
		"both forms, the other one less": {open(mailtest.Script{Mechanisms: []string{"NTLM"}, Extensions: []string{"AUTH=LOGIN"}}), "LOGIN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, server := setup(t, c.script, account)
			if got := m.Send(t.Context(), message(t, m)); got.Verdict != engine.Accepted {
				t.Fatalf("got %+v", got)
			}
			if tried := attempted(server); tried != c.tried {
				t.Errorf("tried %s, want %s", tried, c.tried)
			}
		})
	}
}

// attempted are the mechanisms that were tried, in their order.
func attempted(server *mailtest.Server) string {
	var names []string
	for _, command := range server.Commands() {
		if words := strings.Fields(command); len(words) > 1 && words[0] == "AUTH" {
			names = append(names, words[1])
		}
	}
	return strings.Join(names, " ")
}

func TestReasonOfARefusedLogInIsKept(t *testing.T) {
	t.Parallel()
	const disabled = "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
	m, server := setup(t, open(mailtest.Script{Rules: []mailtest.Rule{{On: "AUTH", Reply: "535 " + disabled + " hunter2-of-the-account"}}}), account)
	got := m.Send(t.Context(), message(t, m))
	if got.Verdict != engine.NotTried || got.Reply.Code != 535 || got.Reply.Text != disabled+" [redacted]" {
		t.Errorf("got %+v", got)
	}
	if h := m.Health(); h.State != engine.TransportDown || h.LastReply != got.Reply {
		t.Errorf("health: %+v", h)
	}
	if tried := attempted(server); tried != "PLAIN" {
		t.Errorf("after wrong credentials, tried %s", tried)
	}
	if err := m.Probe(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "AUTH PLAIN: 535 "+disabled) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Probe: %v", err)
	}
}

func TestWhatIsOfferedInstead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script mailtest.Script
		want   string
	}{
		"nothing":               {mailtest.Script{}, "the server offers no log-in on this connection; if it needs no log-in, leave out smtp.username"},
		"others":                {open(mailtest.Script{Mechanisms: []string{"CRAM-MD5", "NTLM"}}), "the server offers CRAM-MD5, NTLM, but not PLAIN or LOGIN"},
		"others, by both forms": {open(mailtest.Script{Mechanisms: []string{"NTLM", "CRAM-MD5"}, Extensions: []string{"AUTH=NTLM"}}), "the server offers CRAM-MD5, NTLM, but not PLAIN or LOGIN"},
		"tokens only":           {open(mailtest.Script{Mechanisms: []string{"XOAUTH2"}}), "it needs access tokens, see smtp.oauth_token_url"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, _ := setup(t, c.script, account)
			if got := m.Send(t.Context(), message(t, m)); got.Verdict != engine.NotTried || !strings.Contains(got.Reply.Text, c.want) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// supply gives one token after the other.
type supply struct {
	tokens  []string
	refused []string
	err     error
}

func (s *supply) Token(context.Context) (rekey.Secret, error) {
	if s.err != nil {
		return rekey.Secret{}, s.err
	}
	return rekey.NewSecret(s.tokens[0]), nil
}

func (s *supply) Refused(token rekey.Secret) {
	s.refused = append(s.refused, token.Reveal())
	s.tokens = s.tokens[1:]
}

// byToken starts a server that takes a token and a mailer that has some.
func byToken(t *testing.T, script mailtest.Script, tokens *supply) (*Mailer, *mailtest.Server) {
	t.Helper()
	script.Username = "rekey@example.org"
	if script.Mechanisms == nil {
		script.Mechanisms = []string{"LOGIN", "XOAUTH2"}
	}
	server := mailtest.Start(t, script)
	c := config(server.Addr())
	c.Username, c.OAuthTokenURL, c.OAuthClientID, c.OAuthClientSecret = "rekey@example.org", "https://login.example.org/token", "id", rekey.NewSecret("x")
	return mailer(t, c, WithTokens(tokens)), server
}

func TestAccessTokensLogIn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script mailtest.Script
		tried  string
	}{
		"XOAUTH2":                    {mailtest.Script{Token: "ya29.token"}, "XOAUTH2"},
		"OAUTHBEARER":                {mailtest.Script{Token: "ya29.token", Mechanisms: []string{"PLAIN", "OAUTHBEARER"}}, "OAUTHBEARER"},
		"XOAUTH2 is not implemented": {mailtest.Script{Token: "ya29.token", Mechanisms: []string{"XOAUTH2", "OAUTHBEARER"}, Rules: []mailtest.Rule{{On: "AUTH XOAUTH2", Reply: "504 5.5.4 no"}}}, "XOAUTH2 OAUTHBEARER"},
		"too long for the command":   {mailtest.Script{Token: strings.Repeat("long", 500)}, "XOAUTH2"},
		"long, by OAUTHBEARER":       {mailtest.Script{Token: strings.Repeat("long", 500), Mechanisms: []string{"OAUTHBEARER"}}, "OAUTHBEARER"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, server := byToken(t, c.script, &supply{tokens: []string{c.script.Token}})
			if got := m.Send(t.Context(), message(t, m)); got.Verdict != engine.Accepted {
				t.Fatalf("got %+v", got)
			}
			if tried := attempted(server); tried != c.tried {
				t.Errorf("tried %s, want %s", tried, c.tried)
			}
			for _, command := range server.Commands() {
				if len(command) > maxCommand {
					t.Errorf("a command of %d characters", len(command))
				}
			}
		})
	}
}

func TestRefusedTokenIsExplainedAndReplaced(t *testing.T) {
	t.Parallel()
	for mechanism, answer := range map[string]string{"XOAUTH2": `answer ""`, "OAUTHBEARER": `answer "\x01"`} {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			tokens := &supply{tokens: []string{"ya29.revoked", "ya29.fresh"}}
			m, server := byToken(t, mailtest.Script{Token: "ya29.fresh", Mechanisms: []string{mechanism}}, tokens)
			got := m.Send(t.Context(), message(t, m))
			if got.Verdict != engine.NotTried || got.Reply.Code != 535 || !strings.Contains(got.Reply.Text, "(status 401, scope https://mail.example.org/)") {
				t.Errorf("got %+v", got)
			}
			if !slices.Contains(server.Commands(), answer) {
				t.Errorf("the explanation is not answered with %s: %q", answer, server.Commands())
			}
			if !slices.Equal(tokens.refused, []string{"ya29.revoked"}) {
				t.Errorf("told as refused: %q", tokens.refused)
			}
			if err := m.Probe(t.Context(), ""); err != nil {
				t.Errorf("with the next token: %v", err)
			}
		})
	}
}

// What a server says of the mechanism is no reason to ask for another token.
func TestTokenIsKeptWhereTheMechanismIsRefused(t *testing.T) {
	t.Parallel()
	tokens := &supply{tokens: []string{"ya29.token"}}
	m, _ := byToken(t, mailtest.Script{Rules: []mailtest.Rule{{On: "AUTH", Reply: "504 5.5.4 no"}}}, tokens)
	if got := m.Send(t.Context(), message(t, m)); got.Verdict != engine.NotTried || got.Reply.Code != 504 || len(tokens.refused) > 0 {
		t.Errorf("got %+v, told as refused: %q", got, tokens.refused)
	}
}

func TestTokenThatCannotBeHadIsTheTransportsFault(t *testing.T) {
	t.Parallel()
	m, server := byToken(t, mailtest.Script{}, &supply{err: errors.New("invalid_client: the secret has expired")})
	got := m.Send(t.Context(), message(t, m))
	if got.Verdict != engine.NotTried || got.Reply.Text != "access token: invalid_client: the secret has expired" || m.Down(sentAt).IsZero() {
		t.Errorf("got %+v", got)
	}
	if attempted(server) != "" {
		t.Error("a log-in was tried without a token")
	}
}
