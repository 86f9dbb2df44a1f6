package view

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"regexp"
	"slices"
	"strings"
)

// Policy is the Content-Security-Policy of every page: files of our own, no
// inline script or style, no frame around it.
var Policy = strings.Join([]string{
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

// LetterPolicy is the Content-Security-Policy of a mail that is shown by itself
// in the frame of a page: it runs nothing, loads nothing and leads nowhere, and
// its own styles are let in one by one, by their hashes.
func LetterPolicy(letter string) string {
	styles := []string{"style-src 'unsafe-hashes'"}
	for _, match := range slices.Concat(styleElement.FindAllStringSubmatch(letter, -1), styleAttribute.FindAllStringSubmatch(letter, -1)) {
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
