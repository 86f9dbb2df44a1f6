package console

import "net/http"

func (c *Console) showHelp(http.ResponseWriter, *http.Request) error         { return errNoPage }
func (c *Console) showPasswordHelp(http.ResponseWriter, *http.Request) error { return errNoPage }
