package console

import (
	"net/http"

	"rekey/internal/console/view"
)

const setUpMailPath = "/setup/mail"

// showSetUpMail is the second step of the first start: a real message.
func (c *Console) showSetUpMail(w http.ResponseWriter, r *http.Request) error {
	c.show(w, r, http.StatusOK, c.setUpMailPage(r, c.mailTest(r, actor(r).Address, actor(r).Language, view.Problem{})))
	return nil
}

func (c *Console) testSetUpMail(w http.ResponseWriter, r *http.Request) error {
	test, status, err := c.sendTest(w, r)
	if err != nil {
		return err
	}
	page := c.setUpMailPage(r, test)
	page.Problem = view.Problem{Status: status, Fields: fieldErrors("address", test.Address.Errors)}
	c.show(w, r, status, page)
	return nil
}

func (c *Console) setUpMailPage(r *http.Request, test view.MailTest) view.SetUpMail {
	return view.SetUpMail{Frame: c.frame(r, "Test the mail", ""), Test: test}
}
