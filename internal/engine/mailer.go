package engine

import (
	"context"
	"time"

	"rekey"
	"rekey/internal/password"
)

// Mailer composes messages and hands them to the mail server.
type Mailer interface {
	// Compose returns the form of the messages for an occasion: all that they
	// have in common, with slots for what is each reader's own. Equal
	// occasions have equal forms.
	Compose(Occasion) (form []byte, err error)
	// Send fills the form in and hands the message to the mail server. It
	// returns when the server has answered, or cannot answer any more.
	// It is safe for concurrent use; as many messages are on their way at once
	// as there may be connections.
	Send(ctx context.Context, m Message) Outcome
	// SendNotice tells somebody, without a secret, what became of an automation.
	SendNotice(ctx context.Context, n Notice) Outcome
	// Connections is how many messages may be on their way at once, at least 1.
	Connections() int
	// Down reports until when the transport is not to be tried; the zero time
	// means that it can be used.
	Down(now time.Time) time.Time
	// Probe tries the transport without sending anything: whether it would take a
	// mail to an address. If it has refused that one before, and accepted others
	// since, the refusal is between it and that recipient, and no error.
	Probe(ctx context.Context, to string) error
	// Pause keeps the transport from being tried for a while, because it
	// refuses everybody in the same words.
	Pause(now time.Time, reply Reply)
}

// Occasion is what all messages of a run have in common for readers of one kind.
type Occasion struct {
	Language    string // the reader's; "" is the system's
	Reader      rekey.UserType
	Chosen      rekey.Chosen // what the readers had before; "" is rekey.ChosenSet
	CallsAPI    bool         // Hybrid readers whose programs call the API by password
	Automation  string       // its name
	EventType   string       // its name in the catalogue
	EventName   string       // of an external event, else ""
	Involved    bool         // the event names these readers: it happened to them
	OldPassword rekey.OldPassword
	Note        string // from the automation to the recipients, plain text
}

// For returns the occasion for one reader, as they are now.
func (o Occasion) For(u rekey.SystemUser, now time.Time) Occasion {
	o.Language, o.Reader, o.Chosen = u.Language, u.Type, u.Chosen()
	o.CallsAPI = u.Type == rekey.TypeHybrid && u.UsesAPI(now)
	return o
}

// Letter is what is one reader's own. It is sealed as a whole, so that every
// attempt sends the same bytes (I4).
type Letter struct {
	DeliveryID string
	To         string // address
	Name       string // of the reader; may be ""
	TimeZone   string // IANA; "" is the system's
	Password   password.Generated
	Date       time.Time // of the message
	ValidUntil time.Time
}

// Message is a letter and the form that it is filled into.
type Message struct {
	Form   []byte
	Letter Letter
	// Last is what the mail server said to the attempt before, and LastAt when;
	// the zero time if that was not taken for the transport's fault.
	// If both refusals are the transport's fault, and the server has accepted
	// another message in between, the answer is Deferred: the fault is not
	// everybody's, and the others do not wait for it.
	Last   Reply
	LastAt time.Time
	// Ready is asked once a connection is at hand, right before the envelope is
	// sent; an error keeps the message from being sent, and Send answers
	// NotTried.
	Ready func() error
}

// Verdict says what became of an attempt, and whose fault it was.
type Verdict int

// The verdicts.
const (
	// NotTried: nothing was sent, or the server refused it for the transport's
	// fault: not logged in, not allowed to send as the sender, not allowed to
	// pass mail on. Or Ready said no. The message was definitely not taken, and
	// nothing is charged to the recipient.
	NotTried Verdict = iota
	// Accepted: the server answered the final dot with 2xx.
	Accepted
	// Refused: 5xx to RCPT, DATA or the final dot, for the recipient's sake. The
	// message was definitely not taken, and will not be.
	Refused
	// Deferred: 4xx to RCPT, DATA or the final dot, for the recipient's sake, or
	// the connection broke before the final dot. The message was definitely not
	// taken; try later.
	Deferred
	// Doubtful: no answer to the final dot. The message may have been taken;
	// try later with the same bytes.
	Doubtful
)

// Reply is an SMTP reply as it may be stored: at most 200 printable characters,
// without the secret.
type Reply struct {
	Code int // 0 if there was none
	Text string
}

// Outcome is the end of one attempt.
type Outcome struct {
	Verdict Verdict
	Reply   Reply
	// Blamed: the verdict is NotTried because the server refused this very
	// message, for the transport's fault.
	Blamed bool
}

// Notice tells somebody that deliveries of an automation failed, that runs of it
// wait for approval, or both.
type Notice struct {
	ID         string // names the notice; the Message-ID is made of it
	To         string // address of the reader
	Name       string // of the reader; may be ""
	Language   string // the reader's; "" is the system's
	Date       time.Time
	Automation string // its name
	Count      int    // deliveries that failed
	Path       string // under the address of the server, of the page that shows them; may be ""
	// Held runs wait for approval, and would reach People in all.
	Held, People int
	HeldPath     string // as Path, of the page that shows those
	Owns         bool   // the automation is the reader's
	Approves     bool   // the reader may approve its runs
}

// TransportState is whether the mail server can be used.
type TransportState string

// The states of the transport.
const (
	TransportUnknown TransportState = "unknown" // not tried yet
	TransportUp      TransportState = "up"
	TransportDown    TransportState = "down"   // the server, or the way to it, refuses
	TransportPaused  TransportState = "paused" // it answers, but refuses everybody
)

// Transport is how the way to the mail server is, for those who watch.
type Transport struct {
	State TransportState
	Since time.Time // of this state
	// Until is when a message tries again, if it is down or paused.
	Until time.Time
	// LastReply is the last reply or failure that was the transport's own, or
	// the code of the last acceptance. It never has a secret.
	LastReply Reply
	// LastAccepted is when the server last accepted a message.
	LastAccepted time.Time
	// Open is how many connections are open, Busy how many of them are used.
	Open, Busy int
}
