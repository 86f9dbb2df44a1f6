package console

import "net/http"

func (c *Console) saveAccount(http.ResponseWriter, *http.Request) error     { return errNoPage }
func (c *Console) switchShortcuts(http.ResponseWriter, *http.Request) error { return errNoPage }
func (c *Console) endSessions(http.ResponseWriter, *http.Request) error     { return errNoPage }
func (c *Console) createToken(http.ResponseWriter, *http.Request) error     { return errNoPage }
func (c *Console) revokeToken(http.ResponseWriter, *http.Request) error     { return errNoPage }
