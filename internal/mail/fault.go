package mail

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// This file decides whose fault a refusal is. A refusal before RCPT (greeting, TLS,
// AUTH, MAIL FROM) does not depend on the recipient: it is the transport's fault.
// From RCPT on, servers use the same codes for faults of the recipient and of the
// sender, the account or the machine; Postfix makes most of its checks only at RCPT.
// blames tells them apart by code, then by words, then by the enhanced status (RFC
// 3463). An unclear reply counts as the recipient's fault: a bare "550 5.7.1" may
// come from a filter of one message, and ten equal ones in a row pause the transport
// anyway. docs/mail.md explains the table.

// transportCodes are replies that are never about a recipient.
var transportCodes = []int{
	454, 530, 534, 535, 538, // authentication and TLS (RFC 4954 §6, RFC 3207 §4)
	523, 525, // encryption needed, account disabled (RFC 5248)
	500, 502, 503, // the command, or its place, is not known
	521, // the host takes no mail (RFC 7504)
}

// verdict is one row of the table of words. The first row that fits decides.
type verdict struct {
	words     *regexp.Regexp
	transport bool
}

func says(pattern string, transport bool) verdict {
	return verdict{regexp.MustCompile(`(?i)` + pattern), transport}
}

// verdicts are words of Postfix, Exim, Sendmail, qmail, Exchange, Microsoft 365,
// Gmail, Amazon SES, SendGrid, Mailgun, cPanel, and of providers in Germany and
// France.
var verdicts = []verdict{
	// Relaying.
	says(`\b(relay|relais)|rcpthosts`, true),
	// Recipients who take mail later, from some senders only, or at a slower pace.
	says(`gr[ae]y-?list`, false),
	says(`\b(recipient|group|list|mailbox|user|address)( \w+)?( only)? accepts?\b`, false),
	says(`\b(mailbox|inbox|recipient's)( \w+){0,4} (too many|quota|rate)`, false),
	says(`resolver\.rst|recipient thread limit|\brcpt domain\b`, false),
	says(`\bto (this|the|that) (recipient|group|distribution|mailing list|list|mailbox|user|address)`, false),
	says(`\b(by|of) (the|this) recipient\b|recipient('s)? (policy|mailbox|has)`, false),
	// Authentication and encryption.
	says(`authenti[cf]|autentic|\bsmtp[- ]auth\b|\bauth(ori[sz]ation)? (is )?required|\b(log|sign)[- ]?in (first|(is )?required)`, true),
	says(`\bpop3?[- ]before[- ]smtp|\bcheck( for)?( your)?( new)? mail (first|before)`, true),
	says(`starttls|\btls (is )?required|\b(use|requires?) (tls|encryption)|encryption (is )?required`, true),
	says(`not authori[sz]ed to perform|unauthori[sz]ed (ip|sender)`, true),
	// Sending with another sender's address.
	says(`send[- ]?as\b|sendasdenied|not owned by|not logged in|permissions? to send`, true),
	says(`\bsender (address|domain|identity|verif|id\b|is\b|was\b|not\b|denied|reject|refused|unknown|black|block)`, true),
	says(`\b(bad|invalid|fake|unverified|unknown|unauthenticated|banned)( outbound)? senders?\b|domain of sender|\bmail from\b|\bfrom (address|header|domain)`, true),
	says(`\babsender|exp[ée]diteur|\bremitente`, true),
	says(`not verified|(unconfigured|unverified|unregistered|sending) domain|\bspf\b|\bdkim\b|\bdmarc\b`, true),
	// The machine that sends.
	says(`client host|\b(helo|ehlo)\b|blocked using|\bdnsbl\b|\brbl\b|spamhaus`, true),
	says(`\b(your|client|sending|source|sender) (ip|host|server)\b|\bip (address|range)|reverse (dns|host|lookup)|\brdns\b|\bptr\b`, true),
	// The account and its limits.
	says(`\byour (smtp |mail |email )?account|sending (is |has been )?(paused|disabled|suspended)|\btenant\b`, true),
	says(`\b(daily|hourly|monthly|sending|rate|sender)( \w+){0,3} (limit|quota)|\bper (minute|hour|day)\b|throttl|\bmax(imum)? credits`, true),
	says(`\btoo many (messages|e?mails|connections)|\btoo much mail|\bsending rate|unusual (rate|sending)`, true),
}

// wholeAddress finds parts whose words must not count: addresses, hosts, links, and
// the names of Postfix's tables.
var wholeAddress = regexp.MustCompile(`<[^>]*>|\[[^\]]*\]|https?://\S+|\S*@\S*|\b[a-z0-9-]+(\.[a-z0-9-]+)+\b|(?i:in \w+( \w+)? table)`)

// enhanced finds the status of RFC 3463, also in the form "(#5.7.1)".
var enhanced = regexp.MustCompile(`(?:^|[\s(#])[45]\.(\d{1,3})\.(\d{1,3})(?:[\s):;,]|$)`)

// status is subject and detail of an enhanced status; the zero value is none.
type status struct{ subject, detail int }

// aboutRecipient are statuses that are always the recipient's, whatever the words
// say: the mailbox does not exist, is full, or (Microsoft) takes mail only from some
// senders.
var aboutRecipient = []status{{1, 1}, {1, 2}, {1, 3}, {1, 6}, {2, 2}, {7, 124}, {7, 133}, {7, 134}, {7, 135}, {7, 136}}

// aboutTransport are ranges of details that are never the recipient's, by subject.
var aboutTransport = map[int][][2]int{
	1: {{7, 8}, {90, 90}}, // the sender's address; Microsoft's limit of a day
	2: {{252, 252}},       // Microsoft: send as
	3: {{5, 5}},           // the server is not configured right
	4: {{5, 5}},           // Google's limit of a day
	7: {{3, 14}, {20, 30}, { // encryption, credentials, accounts; DKIM, SPF, DMARC, reverse DNS, floods (IANA registry)
		54, 54}, {57, 64}, {68, 68}, {232, 233}, {500, 519}, {600, 799}}, // Microsoft: relaying, send as, senders, addresses, tenants
}

// blames reports whether a 4xx or 5xx reply to RCPT, DATA or the final dot is
// the transport's fault, and not the recipient's.
func blames(r reply) bool {
	if slices.Contains(transportCodes, r.code) {
		return true
	}
	s := statusOf(r.text)
	if slices.Contains(aboutRecipient, s) {
		return false
	}
	// Only the part that is stored counts, so that a stored reply is judged in the
	// same way. Servers that quote the message do so further on. Line breaks may be
	// anywhere in a long reply.
	words := strings.Join(strings.Fields(wholeAddress.ReplaceAllString(clip(r.text), " ")), " ")
	for _, v := range verdicts {
		if v.words.MatchString(words) {
			return v.transport
		}
	}
	return slices.ContainsFunc(aboutTransport[s.subject], func(span [2]int) bool { return span[0] <= s.detail && s.detail <= span[1] })
}

func statusOf(text string) (s status) {
	if found := enhanced.FindStringSubmatch(text); found != nil {
		s.subject, _ = strconv.Atoi(found[1])
		s.detail, _ = strconv.Atoi(found[2])
	}
	return s
}
