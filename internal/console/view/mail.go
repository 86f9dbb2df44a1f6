package view

// Mail shows the transport, unsent deliveries and the templates.
type Mail struct {
	Frame

	Facts  []Fact // of the transport
	Tabs   []Tab
	Unsent []Unsent
	Pager  Pager
	None   Empty
	// Templates are the languages in which there are some.
	Templates []Link
	// Test is offered to Administrators only.
	Test *MailTest
}

func (Mail) template() string { return "mail" }

// Unsent is a delivery that failed or is deferred.
type Unsent struct {
	Person Person
	State  State
	// Reply is the answer of the mail server, or the reason why there is none.
	Reply string
	// Next is when it is tried again, if it is.
	At, Next Moment
	Href     string // of the delivery
	Run      Link
}

// MailTest is the form that sends a test message, and what came of it.
type MailTest struct {
	Address  Field
	Language Choice
	// Done: a message was sent; Accepted: the mail server took it; Reply is its answer.
	Done, Accepted bool
	Reply          string
}

// Template is how a mail with a password looks in a language.
type Template struct {
	Frame

	Languages []Tab
	// Reader, Chosen and OldPassword select the case that is shown.
	Reader      Choice
	Chosen      Choice
	OldPassword Choice
	Subject     string
	Text        string
	// HTML is where the HTML part is shown by itself.
	HTML string
}

func (Template) template() string { return "template" }

// SetUpMail is the second step of the first start: a real message.
type SetUpMail struct {
	Frame

	Test MailTest
}

func (SetUpMail) template() string { return "setup-mail" }
