package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// tried is how many of the messages that were kept are used to log in: fewer
// than one source address may try at once.
const tried = 5

// password is a mailed one, alone on its line.
var password = regexp.MustCompile(`(?m)^\s*([a-zA-Z0-9]{6}(?:-[a-zA-Z0-9]{6}){3})\s*$`)

// tryPasswords logs in with the passwords of some messages; each has to lead to
// the page where one's own is chosen.
func tryPasswords(ctx context.Context, base string, messages []string) error {
	if len(messages) == 0 {
		return errors.New("no message was kept to be tried")
	}
	browser := &http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer browser.CloseIdleConnections()
	for _, text := range messages[:min(tried, len(messages))] {
		message, err := mail.ReadMessage(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			return fmt.Errorf("a message cannot be read: %w", err)
		}
		to, err := message.Header.AddressList("To")
		if err != nil {
			return fmt.Errorf("a message cannot be read: %w", err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(message.Body))
		if err != nil {
			return fmt.Errorf("a message cannot be read: %w", err)
		}
		found := password.FindSubmatch(body)
		if found == nil {
			return fmt.Errorf("there is no password in the message to %s", to[0].Address)
		}
		if err := logIn(ctx, browser, base, to[0].Address, string(found[1])); err != nil {
			return err
		}
	}
	return nil
}

func logIn(ctx context.Context, browser *http.Client, base, address, secret string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	form := url.Values{"address": {address}, "password": {secret}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", base)
	a, err := browser.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = a.Body.Close() }()
	if where := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || where != "/change-password" {
		return fmt.Errorf("the password mailed to %s led to %d %s", address, a.StatusCode, where)
	}
	return nil
}
