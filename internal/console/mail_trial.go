package console

import (
	"errors"
	"net/http"

	"golang.org/x/text/language"

	"rekey"
	"rekey/internal/console/form"
	"rekey/internal/console/view"
	"rekey/internal/engine"
)

// sendTestMail sends a message without a password, and shows the result.
func (c *Console) sendTestMail(w http.ResponseWriter, r *http.Request) error {
	test, status, err := c.sendTest(w, r)
	if err != nil {
		return err
	}
	page, err := c.mailPage(r)
	if err != nil {
		return err
	}
	page.Test = &test
	page.Problem = view.Problem{Status: status, Fields: fieldErrors("address", test.Address.Errors)}
	c.show(w, r, status, page)
	return nil
}

// sendTest reads the form and sends the message.
func (c *Console) sendTest(w http.ResponseWriter, r *http.Request) (view.MailTest, int, error) {
	f, err := form.ReadMailTest(w, r)
	if err != nil {
		return view.MailTest{}, 0, err
	}
	var wrong *rekey.Error
	if _, err := rekey.ParseAddress(f.Address); errors.As(err, &wrong) {
		return c.mailTest(r, f.Address, f.Language, view.Problem{Fields: wrong.Fields}), http.StatusUnprocessableEntity, nil
	}
	test := c.mailTest(r, f.Address, f.Language, view.Problem{})
	outcome := c.Mail.SendTest(r.Context(), f.Address, f.Language)
	test.Done, test.Accepted = true, outcome.Verdict == engine.Accepted
	test.Reply = replyText(outcome.Reply.Code, outcome.Reply.Text)
	return test, http.StatusOK, nil
}

// mailTest is the form that sends a test message.
func (c *Console) mailTest(r *http.Request, address, language string, p view.Problem) view.MailTest {
	t := view.MailTest{
		Address: view.Field{
			Name: "address", Label: "To", Kind: "email", Value: address, Autocomplete: "email", Errors: p.Of("address"),
		},
		Language: view.Choice{Name: "language", Label: "Language", Optional: true},
	}
	t.Language.Options = c.languageOptions(c.mailLanguage(r, language), false)
	return t
}

// mailLanguage is the language of the mails for somebody: the one they have chosen or,
// without one, that of their browser.
func (c *Console) mailLanguage(r *http.Request, chosen string) string {
	if c.Mail == nil {
		return chosen
	}
	known := append([]string{c.Mail.Language()}, c.Mail.Languages()...) // without a match, the first
	tags := make([]language.Tag, len(known))
	for i, tag := range known {
		tags[i] = language.Make(tag)
	}
	_, at := language.MatchStrings(language.NewMatcher(tags), chosen, r.Header.Get("Accept-Language"))
	return known[at]
}

func fieldErrors(field string, messages []string) []rekey.FieldError {
	var list []rekey.FieldError
	for _, m := range messages {
		list = append(list, rekey.FieldError{Field: field, Message: m})
	}
	return list
}
