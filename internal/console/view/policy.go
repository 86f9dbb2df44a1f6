package view

import "strings"

// Policy is the Content-Security-Policy of every page: files of our own, no
// inline script or style, no frame around it.
var Policy = strings.Join([]string{
	"default-src 'none'",
	"style-src 'self'",
	"script-src 'self'",
	"connect-src 'self'",
	"img-src 'self' data:", // the styles of Tabler draw ticks and arrows so
	"form-action 'self'",
	"frame-ancestors 'none'",
	"base-uri 'none'",
}, "; ")
