package console_test

import (
	"net/http"
	"net/url"
	"testing"
)

func TestThemeIsKeptAndNobodyIsLedElsewhere(t *testing.T) {
	t.Parallel()
	o := open(t)
	v := o.as(o.operator)
	v.get("/").shows(http.StatusOK).lacks("data-theme=")
	v.post("/theme", url.Values{"theme": {"dark"}, "from": {"/runs?state=held"}}).leads("/runs")
	v.get("/").shows(http.StatusOK, `data-bs-theme="dark"`)
	v.post("/theme", url.Values{"theme": {"other"}, "from": {"/"}}).leads("/")
	v.get("/").shows(http.StatusOK, `data-bs-theme="light"`)
	v.post("/theme", url.Values{"theme": {"system"}}).leads("/")
	v.get("/").shows(http.StatusOK).lacks("data-theme=")
	for _, from := range []string{"https://evil.example/", "//evil.example/", `/\evil.example/`, "javascript:alert(1)", "", "%zz"} {
		v.post("/theme", url.Values{"theme": {"dark"}, "from": {from}}).leads("/")
	}
}
