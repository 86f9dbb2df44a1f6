package console

import "net/http"

func (c *Console) showMail(http.ResponseWriter, *http.Request) error         { return errNoPage }
func (c *Console) showTemplateHTML(http.ResponseWriter, *http.Request) error { return errNoPage }
func (c *Console) showTemplate(http.ResponseWriter, *http.Request) error     { return errNoPage }
func (c *Console) sendTestMail(http.ResponseWriter, *http.Request) error     { return errNoPage }
func (c *Console) showSetUpMail(http.ResponseWriter, *http.Request) error    { return errNoPage }
func (c *Console) testSetUpMail(http.ResponseWriter, *http.Request) error    { return errNoPage }
