package rekey

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// NotifyAddress names the job type Notify Address (S/C).
const NotifyAddress = "notify_address"

// Limits of a message.
const (
	MaxNotified = 20    // recipients
	MaxSubject  = 150   // characters
	MaxMessage  = 2_000 // characters, before the placeholders are filled in
	MaxTold     = 20    // people of an event whom a message names
)

// NotifyParams are the parameters of Notify Address.
type NotifyParams struct {
	// Recipients are ids of system users, and addresses in listed domains.
	Recipients []string `json:"recipients,omitempty" doc:"Who gets the message, up to 20: system users, by id or address, and addresses in domains that the settings list."`
	// Subject and Text are plain text with placeholders: see Placeholders.
	Subject string `json:"subject,omitempty" doc:"The subject of the message, up to 150 characters. It may have placeholders, but not {people}."`
	Text    string `json:"text,omitempty" doc:"The message: plain text, up to 2,000 characters, with the placeholders {event}, {time}, {automation}, {count} and {people}."`
}

// The placeholders of a message.
const (
	placeEvent      = "{event}"      // the name of the event
	placeTime       = "{time}"       // when it happened, in the automation's time zone
	placeAutomation = "{automation}" // the name of the automation
	placeCount      = "{count}"      // how many people the event names
	placePeople     = "{people}"     // these people, a line each
)

// Placeholders lists what a message may hold for the facts of its event.
func Placeholders() []string {
	return []string{placeEvent, placeTime, placeAutomation, placeCount, placePeople}
}

// NotifyParams returns the parameters that can be read, without checks; a draft may have
// none.
func (a Automation) NotifyParams() (p NotifyParams) {
	_ = json.Unmarshal(a.JobParams, &p) // ParseNotifyParams returns the error
	p.tidy()
	return p
}

// JSON returns the parameters as an automation stores them.
func (p NotifyParams) JSON() json.RawMessage {
	text, _ := json.Marshal(p) // strings always marshal
	return text
}

// SendsPasswords reports whether the job of a sends new passwords. A draft without a job
// counts as if it did.
func (a Automation) SendsPasswords() bool { return a.JobType != NotifyAddress }

func (p *NotifyParams) tidy() {
	p.Subject, p.Text = TypedText(p.Subject), TypedText(strings.ReplaceAll(p.Text, "\r\n", "\n"))
	p.Recipients = slices.Clone(p.Recipients)
	for i, to := range p.Recipients {
		p.Recipients[i] = TypedText(to)
	}
	p.Recipients = slices.DeleteFunc(p.Recipients, func(to string) bool { return to == "" })
}

// ParseNotifyParams reads and checks the parameters. Whether a recipient may be written to
// is not checked here. Errors name the fields, with the prefix "job_params.".
func ParseNotifyParams(params json.RawMessage) (p NotifyParams, err error) {
	if err := decodeParams(params, &p); err != nil {
		return p, err
	}
	p.tidy()
	var problems Problems
	switch n := len(p.Recipients); {
	case n == 0:
		problems.Add("job_params.recipients", "Say who gets the message: system users, or addresses in listed domains.")
	case n > MaxNotified:
		problems.Add("job_params.recipients", "A message goes to at most 20 recipients. Give the address of a mailing list instead.")
	}
	switch {
	case p.Subject == "":
		problems.Add("job_params.subject", "Give the message a subject.")
	case utf8.RuneCountInString(p.Subject) > MaxSubject:
		problems.Add("job_params.subject", "A subject has at most 150 characters.")
	case !Printable(p.Subject):
		problems.Add("job_params.subject", "A subject must not contain line breaks or control characters.")
	case strings.Contains(p.Subject, placePeople):
		problems.Add("job_params.subject", "{people} needs several lines, so it can only be in the text.")
	default:
		checkPlaceholders(&problems, "job_params.subject", p.Subject)
	}
	switch {
	case p.Text == "":
		problems.Add("job_params.text", "Write the message.")
	case utf8.RuneCountInString(p.Text) > MaxMessage:
		problems.Add("job_params.text", "A message has at most 2,000 characters.")
	case !Printable(strings.NewReplacer("\n", "", "\t", "").Replace(p.Text)):
		problems.Add("job_params.text", "A message must not contain control characters.")
	case strings.Count(p.Text, placePeople) > 1:
		problems.Add("job_params.text", "{people} can stand in the text once.")
	default:
		checkPlaceholders(&problems, "job_params.text", p.Text)
	}
	return p, problems.Err()
}

// checkPlaceholders refuses words in braces that are no placeholders: they are misspelt.
func checkPlaceholders(p *Problems, field, text string) {
	for rest := text; ; {
		_, after, found := strings.Cut(rest, "{")
		word, next, closed := strings.Cut(after, "}")
		if !found || !closed {
			return
		}
		isWord := word != "" && !strings.ContainsFunc(word, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') })
		if isWord && !slices.Contains(Placeholders(), "{"+word+"}") {
			p.Add(field, "There is no placeholder {"+word+"}. There are "+strings.Join(Placeholders()[:4], ", ")+" and "+placePeople+".")
			return
		}
		if rest = next; !isWord {
			rest = after
		}
	}
}

// Told are the facts of an event that a message may name.
type Told struct {
	Event      string
	At         time.Time // in the zone in which it is written
	Automation string
	Count      int      // how many people the event names
	People     []string // at most MaxTold of them
}

// Line names a person in Told.People.
func Line(u SystemUser) string { return strings.TrimSpace(u.Name() + " <" + u.Address + ">") }

// Fill returns subject and text with the facts in place of the placeholders.
func (p NotifyParams) Fill(t Told) (subject, text string) {
	lines := t.People
	switch more := t.Count - len(t.People); {
	case t.Count == 0:
		lines = []string{"–"}
	case more > 0:
		lines = append(slices.Clone(lines), "+ "+strconv.Itoa(more))
	}
	fill := strings.NewReplacer(placeEvent, t.Event, placeTime, t.At.Format("2006-01-02 15:04 MST"),
		placeAutomation, t.Automation, placeCount, strconv.Itoa(t.Count), placePeople, strings.Join(lines, "\n"))
	return fill.Replace(p.Subject), fill.Replace(p.Text)
}

// Domains are those in which messages may go to people who are no system users.
type Domains []string

// Allow reports whether an address is in one of the domains.
func (d Domains) Allow(address string) bool {
	a, err := ParseAddress(address)
	return err == nil && slices.Contains(d, a.Domain)
}

// Validate checks the domains and writes them as Address.Domain. Errors name the field
// "notify_domains".
func (d Domains) Validate() error {
	var p Problems
	for i, domain := range d {
		ascii, ok := asciiDomain(strings.TrimPrefix(TypedText(domain), "@"))
		if !ok {
			p.Add("notify_domains", "'"+domain+"' is not a domain such as example.org.")
			continue
		}
		d[i] = ascii
	}
	return p.Err()
}
