package mail

import (
	"cmp"
	netmail "net/mail"
	"time"

	"rekey"
)

// The kinds of encryption of the connection to the mail server.
const (
	StartTLS    = "starttls" // STARTTLS is required (RFC 3207)
	ImplicitTLS = "tls"      // TLS from the first byte (RFC 8314)
	Plain       = "plain"    // none: loopback only, or with AllowPlain
)

// SMTP holds the settings of the mail server and of the sender. The tags name the
// flag, the REKEY_SMTP_* variable and the key in the settings file.
type SMTP struct {
	Host string `name:"host" env:"HOST" yaml:"host" placeholder:"HOST" help:"The mail server that accepts the messages."`
	// Port 0 means 587 with StartTLS, 465 with ImplicitTLS and 25 with Plain.
	Port int `name:"port" env:"PORT" yaml:"port" placeholder:"N" help:"Its port. Default 587; 465 with tls; 25 with plain."`
	// TLS is StartTLS, which is the default, ImplicitTLS or Plain.
	TLS        string `name:"tls" env:"TLS" yaml:"tls" placeholder:"KIND" help:"starttls, tls or plain; plain only for a mail server on this machine."`
	AllowPlain bool   `name:"allow-plain" env:"ALLOW_PLAIN" yaml:"allow_plain" help:"Allow plain for another machine: passwords cross the network without encryption."`
	CAFile     string `name:"ca-file" env:"CA_FILE" yaml:"ca_file" placeholder:"FILE" help:"Certificate authorities (PEM) to trust for the mail server, instead of those of the system."`
	// ExtraCAFile is for a certificate authority of one's own.
	ExtraCAFile string `name:"extra-ca-file" env:"EXTRA_CA_FILE" yaml:"extra_ca_file" placeholder:"FILE" help:"Certificate authorities (PEM) to trust for the mail server, besides those of the system."`
	ServerName  string `name:"server-name" env:"SERVER_NAME" yaml:"server_name" placeholder:"HOST" help:"The name that the server's certificate must have. Default: the host."`
	// HelloName is by default the first of these that is a name with a dot: the
	// host of Config.BaseURL, the machine's name, the domain of From. Without any
	// it is an address literal.
	HelloName string `name:"hello-name" env:"HELLO_NAME" yaml:"hello_name" placeholder:"HOST" help:"The name that Rekey sends in EHLO. Default: the host of public_url, else the machine's name, else the sender's domain."`
	Username  string `name:"username" env:"USERNAME" yaml:"username" placeholder:"NAME" help:"The mail account to log in with; its password comes from REKEY_SMTP_PASSWORD or the password file."`
	// Password has no flag and no key: flags would show it to everybody on the machine.
	Password     rekey.Secret `kong:"-" yaml:"-"`
	PasswordFile string       `name:"password-file" env:"PASSWORD_FILE" yaml:"password_file" placeholder:"FILE" help:"A file with the password of the mail account."`

	// With OAuthTokenURL, access tokens take the place of the password: by a
	// refresh token if there is one, else by client credentials.

	OAuthTokenURL         string       `name:"oauth-token-url" env:"OAUTH_TOKEN_URL" yaml:"oauth_token_url" placeholder:"URL" help:"The address that gives access tokens, for a mail account without a password (XOAUTH2, OAUTHBEARER)."`
	OAuthClientID         string       `name:"oauth-client-id" env:"OAUTH_CLIENT_ID" yaml:"oauth_client_id" placeholder:"ID" help:"The client id of Rekey at that address."`
	OAuthClientSecret     rekey.Secret `kong:"-" yaml:"-"`
	OAuthClientSecretFile string       `name:"oauth-client-secret-file" env:"OAUTH_CLIENT_SECRET_FILE" yaml:"oauth_client_secret_file" placeholder:"FILE" help:"A file with the client secret of Rekey."`
	OAuthScopes           []string     `name:"oauth-scopes" env:"OAUTH_SCOPES" yaml:"oauth_scopes" placeholder:"SCOPE" help:"The scopes of the access token."`
	OAuthRefreshToken     rekey.Secret `kong:"-" yaml:"-"`
	OAuthRefreshTokenFile string       `name:"oauth-refresh-token-file" env:"OAUTH_REFRESH_TOKEN_FILE" yaml:"oauth_refresh_token_file" placeholder:"FILE" help:"A file with a refresh token. Newer refresh tokens are kept sealed in the database. Default: client credentials."`
	From                  string       `name:"from" env:"FROM" yaml:"from" placeholder:"ADDRESS" help:"The sender's address."`
	// EnvelopeFrom is the sender's address by default.
	EnvelopeFrom string `name:"envelope-from" env:"ENVELOPE_FROM" yaml:"envelope_from" placeholder:"ADDRESS" help:"The address for bounces (MAIL FROM). Default: the sender's address."`
	ReplyTo      string `name:"reply-to" env:"REPLY_TO" yaml:"reply_to" placeholder:"ADDRESS" help:"The address for replies to the mails. Default: the sender's address."`
	// FromName is the name in From, else the system's name, by default.
	FromName string `name:"from-name" env:"FROM_NAME" yaml:"from_name" placeholder:"TEXT" help:"The sender's name. Default: the system's name."`
	// Connections is 1 to 100; default 8.
	Connections int `name:"connections" env:"CONNECTIONS" yaml:"connections" placeholder:"N" help:"The most connections at once."`
	// Rate is in messages per second; 0 means no limit.
	Rate float64 `name:"rate" env:"RATE" yaml:"rate" placeholder:"N" help:"The most messages per second; 0 for no limit."`

	// The time limits are 1 s to 1 h each. The defaults are those of RFC 5321
	// §4.5.3.2: filters after the final dot may take minutes. With a shorter limit, a
	// mail that the server would still accept is sent again, and two copies arrive.

	ConnectTimeout  time.Duration `name:"connect-timeout" env:"CONNECT_TIMEOUT" yaml:"connect_timeout" placeholder:"DURATION" help:"How long to wait for the connection."`
	GreetingTimeout time.Duration `name:"greeting-timeout" env:"GREETING_TIMEOUT" yaml:"greeting_timeout" placeholder:"DURATION" help:"How long to wait for the server's greeting."`
	CommandTimeout  time.Duration `name:"command-timeout" env:"COMMAND_TIMEOUT" yaml:"command_timeout" placeholder:"DURATION" help:"How long to wait for the reply to EHLO, STARTTLS, AUTH, MAIL and RCPT, each."`
	DataTimeout     time.Duration `name:"data-timeout" env:"DATA_TIMEOUT" yaml:"data_timeout" placeholder:"DURATION" help:"How long to wait for the reply to DATA."`
	BlockTimeout    time.Duration `name:"block-timeout" env:"BLOCK_TIMEOUT" yaml:"block_timeout" placeholder:"DURATION" help:"How long one block of the message may take."`
	AnswerTimeout   time.Duration `name:"answer-timeout" env:"ANSWER_TIMEOUT" yaml:"answer_timeout" placeholder:"DURATION" help:"How long to wait for the reply to the whole message, after its final dot."`
}

// DKIM holds the settings of signatures (RFC 6376). Without a key file, messages are
// not signed.
type DKIM struct {
	Domain   string `name:"domain" env:"DOMAIN" yaml:"domain" placeholder:"DOMAIN" help:"The domain of the DKIM signature. Default: the sender's domain."`
	Selector string `name:"selector" env:"SELECTOR" yaml:"selector" placeholder:"NAME" help:"The selector of the DNS record."`
	KeyFile  string `name:"key-file" env:"KEY_FILE" yaml:"key_file" placeholder:"FILE" help:"The private key (PEM, RSA or Ed25519)."`
}

// Complete sets the defaults; the sender's name is by default the system's. It may be
// called more than once.
func (s *SMTP) Complete(system string) {
	s.TLS = cmp.Or(s.TLS, StartTLS)
	s.Port = cmp.Or(s.Port, map[string]int{ImplicitTLS: 465, Plain: 25}[s.TLS], 587)
	if sender, err := netmail.ParseAddress(s.From); err == nil && sender.Name != "" && s.FromName == "" {
		s.From, s.FromName = sender.Address, sender.Name
	}
	s.FromName = cmp.Or(s.FromName, system)
	s.Connections = cmp.Or(s.Connections, 8)
	s.ConnectTimeout = cmp.Or(s.ConnectTimeout, 30*time.Second)
	s.GreetingTimeout = cmp.Or(s.GreetingTimeout, 5*time.Minute)
	s.CommandTimeout = cmp.Or(s.CommandTimeout, 5*time.Minute)
	s.DataTimeout = cmp.Or(s.DataTimeout, 2*time.Minute)
	s.BlockTimeout = cmp.Or(s.BlockTimeout, 3*time.Minute)
	s.AnswerTimeout = cmp.Or(s.AnswerTimeout, 10*time.Minute)
}

// Complete sets the default domain, the sender's.
func (d *DKIM) Complete(sender string) {
	if address, err := rekey.ParseAddress(sender); err == nil && d.KeyFile != "" {
		d.Domain = cmp.Or(d.Domain, address.Domain)
	}
}
