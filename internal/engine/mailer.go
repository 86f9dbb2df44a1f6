package engine

import (
	"context"
	"time"

	"rekey"
	"rekey/internal/password"
)

// Mailer composes messages and hands them to the mail server.
type Mailer interface {
	// Compose returns the form of the messages for an occasion: the text that all
	// of them share, with slots for each reader's data. Equal occasions have equal
	// forms.
	Compose(Occasion) (form []byte, err error)
	// Send fills in the form and hands the message to the mail server. It returns
	// when the server has answered, or when no answer can come any more. It is safe
	// for concurrent use, up to Connections messages at once.
	Send(ctx context.Context, m Message) Outcome
	// SendNotice sends a person a mail without a password.
	SendNotice(ctx context.Context, n Notice) Outcome
	// Connections is how many messages may be on their way at once, at least 1.
	Connections() int
	// Down returns until when the transport must not be tried; the zero time means
	// that it can be used.
	Down(now time.Time) time.Time
	// Probe checks without sending that the transport would take a mail to an
	// address. It returns no error if the transport has refused that address before
	// and has accepted others since: the refusal then concerns only that recipient.
	Probe(ctx context.Context, to string) error
	// Pause stops the use of the transport for a while, because it refuses all
	// recipients with the same reply.
	Pause(now time.Time, reply Reply)
}

// Occasion is what the messages of a run share for all readers of one kind.
type Occasion struct {
	Language    string // the reader's; "" is the system's
	Reader      rekey.UserType
	Chosen      rekey.Chosen // the readers' chosen password before; "" is rekey.ChosenSet
	CallsAPI    bool         // Hybrid readers who call the API by password
	Directory   string       // where the readers' chosen password lives; "" is here
	Automation  string       // its name
	EventType   string       // its name in the catalogue
	EventName   string       // of an external event, else ""
	Involved    bool         // the event names these readers
	OldPassword rekey.OldPassword
	Note        string // of the automation to the recipients, plain text

	// Message: there is no password. Subject and Text are all that the message says.
	Message       bool
	Subject, Text string
}

// For completes the occasion for one reader, as they are now.
func (o Occasion) For(u rekey.SystemUser, now time.Time) Occasion {
	o.Language, o.Reader, o.Chosen = u.Language, u.Type, u.Chosen()
	o.CallsAPI = u.Type == rekey.TypeHybrid && u.UsesAPI(now)
	if o.Directory = u.Directory.Directory; o.Directory != "" {
		o.Reader, o.CallsAPI = rekey.TypeUI, false // the page is the only way, for programs, too
	}
	return o
}

// Letter is the data of one reader. It is sealed so that every attempt sends the
// same bytes (I4).
type Letter struct {
	DeliveryID string
	To         string // address
	Name       string // of the reader; may be ""
	TimeZone   string // IANA; "" is the system's
	Password   password.Generated
	Date       time.Time // of the message
	ValidUntil time.Time
}

// Message is a form, and the letter that fills it in.
type Message struct {
	Form   []byte
	Letter Letter
	// Last is the mail server's reply to the previous attempt, and LastAt its time;
	// the zero time if that reply was not the transport's fault. If both replies
	// are its fault, and the server accepted another message in between, the verdict
	// is Deferred: only this message waits.
	Last   Reply
	LastAt time.Time
	// Ready is called on an open connection, right before the envelope is sent. If
	// it returns an error, nothing is sent and the verdict is NotTried.
	Ready func() error
}

// Verdict says how an attempt ended, and whose fault a failure was.
type Verdict int

// The verdicts.
const (
	// NotTried: nothing was sent, Ready returned an error, or the server refused
	// for the transport's fault: not logged in, sender or relaying not allowed. The
	// message was definitely not taken, and nothing is charged to the recipient.
	NotTried Verdict = iota
	// Accepted: the server answered the final dot with 2xx.
	Accepted
	// Refused: 5xx to RCPT, DATA or the final dot, because of the recipient. The
	// message was definitely not taken, and will not be.
	Refused
	// Deferred: 4xx to RCPT, DATA or the final dot, because of the recipient, or
	// the connection broke before the final dot. The message was definitely not
	// taken. Try later.
	Deferred
	// Doubtful: no answer to the final dot. The message may have been taken. Try
	// later with the same bytes.
	Doubtful
)

// Reply is an SMTP reply in the form in which it may be stored: at most 200
// printable characters, without the secret.
type Reply struct {
	Code int // 0 if there was none
	Text string
}

// Outcome is the result of one attempt.
type Outcome struct {
	Verdict Verdict
	Reply   Reply
	// Blamed: the verdict is NotTried because the server refused this message for
	// the transport's fault.
	Blamed bool
}

// Notice is a mail without a password.
type Notice struct {
	ID       string // the Message-ID is made from it
	To       string // the reader's address
	Name     string // of the reader; may be ""
	Language string // the reader's; "" is the system's
	Date     time.Time
	Kind     NoticeKind

	// Lines are what a digest tells, the most important first; More is how many it
	// leaves out.
	Lines []NoticeLine
	More  int

	// TimeZone is the reader's, as in Letter.
	TimeZone string
	// Directory has another address for the reader, which was noticed at Since. Until
	// HeldUntil no password goes there; zero: passwords do.
	Directory        string
	Since, HeldUntil time.Time
	// Until is when the password expires of which a NoticeRemind reminds. It was mailed at
	// Since.
	Until time.Time
}

// NoticeLine is one thing that a digest tells of an automation: that runs wait for
// approval, that it missed a moment of its schedule, or that deliveries failed.
type NoticeLine struct {
	Automation string // its name
	// Held is the number of runs that wait for approval; they would reach People in
	// all. Halted is how many of them stopped themselves.
	Held, People int
	Halted       int
	// Missed: the schedule was reached, but no node ran for CatchUp.
	Missed   bool
	Failed   int    // deliveries
	Messages bool   // the automation sends no passwords
	Path     string // of the page that shows it, below the server's address
	Owns     bool   // the reader owns the automation
	Approves bool   // the reader may approve its runs: see rekey.Automation.ApprovableBy
}

// TransportState says whether the mail server can be used.
type TransportState string

// The states of the transport.
const (
	TransportUnknown TransportState = "unknown" // not tried yet
	TransportUp      TransportState = "up"
	TransportDown    TransportState = "down"   // the server refuses, or cannot be reached
	TransportPaused  TransportState = "paused" // it answers, but refuses all recipients
)

// Transport describes the way to the mail server, for those who watch it.
type Transport struct {
	State TransportState
	Since time.Time // when this state began
	// Until is when the transport is tried again, if it is down or paused.
	Until time.Time
	// LastReply is the last reply or failure of the transport itself, or the code
	// of the last acceptance. It never contains a secret.
	LastReply Reply
	// LastAccepted is when the server last accepted a message.
	LastAccepted time.Time
	// Open is how many connections are open, Busy how many of them are used.
	Open, Busy int
}
