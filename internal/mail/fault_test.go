package mail

import (
	"strconv"
	"testing"
)

// The wordings are those that servers use in public: of their sources, their
// manuals, and of questions about them.
func TestRefusalsAreTheFaultOfWhomTheyAreAbout(t *testing.T) {
	t.Parallel()
	for text, transport := range map[string]bool{
		// Authentication and TLS.
		"530 5.7.1 Authentication required":                                                                  true,
		"530 Authentication required":                                                                        true,
		"530 5.7.0 Must issue a STARTTLS command first":                                                      true,
		"530 5.7.57 Client not authenticated to send mail":                                                   true,
		"535 5.7.8 Error: authentication failed":                                                             true,
		"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant":       true,
		"534-5.7.9 Application-specific password required":                                                   true,
		"538 5.7.11 Encryption required for requested authentication mechanism":                              true,
		"550 5.7.1 Authentication required":                                                                  true,
		"550 5.7.3 STARTTLS is required to send mail":                                                        true,
		"550 authentication required":                                                                        true,
		"550 Please turn on SMTP Authentication in your mail client":                                         true,
		"503 This mail server requires authentication when attempting to send to a non-local e-mail address": true,
		"553 5.7.1 <rekey@example.org>: Sender address rejected: not logged in":                              true,
		"454 4.7.0 Temporary authentication failure":                                                         true,
		"550 5.7.1 Authentifizierung erforderlich":                                                           true,
		"550 5.7.1 Authentification requise":                                                                 true,

		// Passing on.
		"554 5.7.1 <ada@example.com>: Relay access denied":                                true,
		"554 <ada@example.com>: Recipient address rejected: Relay access denied":          true,
		"454 4.7.1 <ada@example.com>: Relay access denied":                                true,
		"550 5.7.1 <ada@example.com>... Relaying denied. Proper authentication required.": true,
		"550 5.7.1 Unable to relay":                                                       true,
		"550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain":               true,
		"550 5.7.64 TenantAttribution; Relay Access Denied":                               true,
		"550 relay not permitted":                                                         true,
		"553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)":           true,
		"550-5.7.1 Invalid credentials for relay [192.0.2.1]. The IP address":             true,
		"571 we do not relay":              true,
		"550 5.7.1 Relaying nicht erlaubt": true,
		"550 5.7.1 Relais non autorisé":    true,

		// Sending as somebody.
		"550 5.7.60 SMTP; Client does not have permissions to send as this sender":                                           true,
		"554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message": true,
		"554 5.2.252 SendAsDenied; rekey@example.org not allowed to send as it@example.org":                                  true,
		"553 5.7.1 <rekey@example.org>: Sender address rejected: not owned by user it":                                       true,
		"550 5.1.0 <rekey@example.org>: Sender address rejected: User unknown in local recipient table":                      true,
		"550 5.1.8 <rekey@example.org>: Sender address rejected: Domain not found":                                           true,
		"450 4.1.8 <rekey@example.org>: Sender address rejected: Domain not found":                                           true,
		"550 5.1.8 Access denied, bad outbound sender":                                                                       true,
		"550 Sender verify failed": true,
		"550 Requested action not taken: mailbox unavailable\nSender address is not allowed.":             true,
		"554 Message rejected: Email address is not verified. The following identities failed the check":  true,
		"550 The from address does not match a verified Sender Identity":                                  true,
		"550 5.7.1 Unconfigured Sending Domain <example.org>":                                             true,
		"550 5.7.26 This mail has been blocked because the sender is unauthenticated":                     true,
		"550 5.7.23 The message was rejected because of Sender Policy Framework violation":                true,
		"554 Access denied: User `arn:aws:iam::1:user/x` is not authorized to perform `ses:SendRawEmail`": true,
		"550 5.7.1 Absenderadresse nicht erlaubt":                                                         true,
		"550 5.7.1 Adresse d'expéditeur refusée":                                                          true,

		// The machine.
		"554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied":                   true,
		"450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]":               true,
		"504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname":           true,
		"550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)":                           true,
		"554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org": true,
		"550 5.7.606 Access denied, banned sending IP [192.0.2.1]":                              true,
		"525 5.7.1 Unauthorized IP address":                                                     true,
		"421 4.7.28 Our system has detected an unusual rate of unsolicited mail":                true,

		// The account, its limits, the server.
		"550 5.4.5 Daily user sending limit exceeded":                                                          true,
		"550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients": true,
		"550 5.7.232 Your message can't be sent because your trial tenant has exceeded its daily limit":        true,
		"550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP":                    true,
		"454 Throttling failure: Maximum sending rate exceeded":                                                true,
		"554 Message rejected: Sending paused for this account":                                                true,
		"450 4.2.1 Peak SMTP relay limit exceeded for customer":                                                true,
		"550 Domain example.org has exceeded the max emails per hour (25/25 (100%)) allowed":                   true,
		"450 4.7.1 Error: too much mail from 192.0.2.1":                                                        true,
		"451 4.3.5 Server configuration error":                                                                 true,

		// Lines are broken anywhere, and each has the status again.
		"550-5.7.1 Client does not have permissions to\n5.7.1 send as this sender": true,
		"550-This message was not accepted: the sender\naddress is not known here": true,
		"550 5.7.1 Please check your mail first (POP before SMTP)":                 true,
		"550 Log-in required": true,

		// The recipient.
		"550 5.1.1 <ada@example.org>: Recipient address rejected: User unknown in local recipient table":             false,
		"550 5.1.1 <ada@example.org>: Recipient address rejected: User unknown in relay recipient table":             false,
		"550 <relay@example.org>: no such user":                                                                      false,
		"550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found":                                             false,
		"550 5.4.1 Recipient address rejected: Access denied":                                                        false,
		"550-5.1.1 The email account that you tried to reach does not exist":                                         false,
		"550 5.2.1 The email account that you tried to reach is disabled":                                            false,
		"552 5.2.2 The email account that you tried to reach is over quota":                                          false,
		"550 Quota exceeded (mailbox for user is full)":                                                              false,
		"450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages": false,
		"450 4.2.0 <ada@example.org>: Recipient address rejected: Greylisted":                                        false,
		"451 4.7.1 Greylisting in action, please come back later":                                                    false,
		"450 4.1.1 <ada@example.org>: Recipient address rejected: unverified address":                                false,
		"501 5.1.3 Bad recipient address syntax":                                                                     false,
		"504 5.5.2 <ada>: Recipient address rejected: need fully-qualified address":                                  false,
		"432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded":                                                false,
		"550 5.7.1 RESOLVER.RST.AuthRequired; authentication required":                                               false,
		"550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required":                           false,
		"550 5.7.124 Sender not in allowed-senders list; you may not send to this group":                             false,
		"550 5.7.124 Sender not in allowed-senders list":                                                             false,
		"550 5.7.134 Sender was not authenticated for mailbox":                                                       false,
		"550 5.7.1 This group only accepts messages from authenticated senders":                                      false,
		"550 5.7.1 The recipient accepts mail from authenticated senders only":                                       false,
		"450 4.7.1 Your IP address is greylisted for this recipient, try again in 300 seconds":                       false,
		"451 4.7.1 Client host [192.0.2.1] is in the grey-list":                                                      false,
		"450 4.2.1 The mailbox has received too many messages":                                                       false,
		"450 4.2.1 Recipient's rate limit is exceeded":                                                               false,
		"550 5.7.1 Your message was rejected by the policy of the recipient: no unsigned (SPF)":                      false,
		"550 5.1.1 Adressat unbekannt":                                                                               false,
		"550 5.1.1 Utilisateur inconnu":                                                                              false,
		"556 5.1.10 Recipient address has null MX":                                                                   false,
		// The server is short of something, for a while: deferred like any 4xx.
		"452 4.3.1 Insufficient system storage":      false,
		"421 4.3.2 Service not available":            false,
		"552 5.3.4 Message size exceeds fixed limit": false, // the message's own
		// Unclear: a filter of one message, or a policy.
		"550 5.7.1 Message rejected as spam": false,
		"554 5.7.1 Access denied":            false,
		"550 Administrative prohibition":     false,
		"550":                                false,
	} {
		code, err := strconv.Atoi(text[:3])
		if err != nil {
			t.Fatal(err)
		}
		if got := blames(reply{code: code, text: text[min(4, len(text)):]}); got != transport {
			t.Errorf("%q: the transport's %v, want %v", text, got, transport)
		}
	}
}
