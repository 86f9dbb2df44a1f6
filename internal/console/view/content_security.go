package view

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"regexp"
	"slices"
	"strings"
)

// PagePolicy is the Content-Security-Policy of every page: files of our own, no
// inline script or style, no frame around it.
var PagePolicy = strings.Join([]string{
	"default-src 'none'",
	"style-src 'self'",
	"script-src 'self'",
	"connect-src 'self'",
	"img-src 'self' data:", // the styles of Tabler draw ticks and arrows so
	"frame-src 'self'",     // the mail, shown by itself
	"form-action 'self'",
	"frame-ancestors 'none'",
	"base-uri 'none'",
}, "; ")

var (
	styleElement   = regexp.MustCompile(`(?s)<style[^>]*>(.*?)</style>`)
	styleAttribute = regexp.MustCompile(`\sstyle="([^"]*)"`)
)

// MailPolicy is the Content-Security-Policy of a mail that is shown by itself
// in the frame of a page: it runs nothing, loads nothing and leads nowhere, and
// its own styles are let in one by one, by their hashes.
func MailPolicy(mail string) string {
	styles := []string{"style-src 'unsafe-hashes'"}
	for _, match := range slices.Concat(styleElement.FindAllStringSubmatch(mail, -1), styleAttribute.FindAllStringSubmatch(mail, -1)) {
		sum := sha256.Sum256([]byte(html.UnescapeString(match[1])))
		source := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		if !slices.Contains(styles, source) {
			styles = append(styles, source)
		}
	}
	return strings.Join([]string{
		"sandbox", "default-src 'none'", strings.Join(styles, " "), "form-action 'none'", "base-uri 'none'", "frame-ancestors 'self'",
	}, "; ")
}
