package console

import "net/http"

func (c *Console) listEvents(http.ResponseWriter, *http.Request) error { return errNoPage }
func (c *Console) newEvent(http.ResponseWriter, *http.Request) error   { return errNoPage }
func (c *Console) postEvent(http.ResponseWriter, *http.Request) error  { return errNoPage }
func (c *Console) showEvent(http.ResponseWriter, *http.Request) error  { return errNoPage }
