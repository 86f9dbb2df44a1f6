package console

import "net/http"

func (c *Console) watchRun(http.ResponseWriter, *http.Request) error { return errNoPage }
