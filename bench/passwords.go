package main

import (
	"context"
	"errors"
	"fmt"

	"rekey/internal/rig/peer"
	"rekey/internal/visitor"
)

// tried is how many of the messages that were kept are used to log in: fewer
// than one source address may try at once.
const tried = 5

// tryPasswords logs in with the passwords of some messages; each has to lead to
// the page where people choose their own.
func tryPasswords(ctx context.Context, base string, messages []string) error {
	if len(messages) == 0 {
		return errors.New("no message was kept to be tried")
	}
	for _, text := range messages[:min(tried, len(messages))] {
		m, err := peer.ReadMail([]byte(text))
		if err != nil {
			return fmt.Errorf("a message cannot be read: %w", err)
		}
		v := visitor.New(base, "")
		p, err := v.LogIn(ctx, m.To, m.Password())
		if err = errors.Join(err, p.Expect("/change-password")); err != nil {
			return fmt.Errorf("the password mailed to %s: %w", m.To, err)
		}
		v.HTTP.CloseIdleConnections()
	}
	return nil
}
