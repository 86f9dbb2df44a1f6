package console

import "net/http"

func (c *Console) listRuns(http.ResponseWriter, *http.Request) error      { return errNoPage }
func (c *Console) showRun(http.ResponseWriter, *http.Request) error       { return errNoPage }
func (c *Console) watchRun(http.ResponseWriter, *http.Request) error      { return errNoPage }
func (c *Console) askCancelRun(http.ResponseWriter, *http.Request) error  { return errNoPage }
func (c *Console) cancelRun(http.ResponseWriter, *http.Request) error     { return errNoPage }
func (c *Console) showDelivery(http.ResponseWriter, *http.Request) error  { return errNoPage }
func (c *Console) retryDelivery(http.ResponseWriter, *http.Request) error { return errNoPage }
