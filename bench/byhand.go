package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"net/smtp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
)

const (
	handWorkers = 2
	handPeople  = 10_000 // more than can be come through
)

// byHand measures a first, simple program that sends people new passwords. It has two
// workers. For each person it makes a password and its Argon2id (19 MiB, two passes,
// one thread: OWASP's minimum, which Rekey uses for chosen ones), commits an UPDATE, and
// calls the standard library's SendMail: dial, EHLO, MAIL, RCPT, DATA, QUIT. It locks
// out everybody whose mail is not accepted, see the README.
func (b *bench) byHand(ctx context.Context, r readings) error {
	if err := b.sink.Call(ctx, "Sink.Empty", 0, nil); err != nil {
		return err
	}
	return b.onFresh(ctx, handWorkers, func(db *sql.DB) error {
		if err := handTable(ctx, db); err != nil {
			return err
		}
		var sent atomic.Int64
		var wait sync.WaitGroup
		errs := make([]error, handWorkers)
		start := time.Now()
		for worker := range errs {
			wait.Go(func() {
				n, err := b.handWork(ctx, db, worker, start.Add(b.window))
				sent.Add(int64(n))
				errs[worker] = err
			})
		}
		wait.Wait()
		r["hand"] = float64(sent.Load()) / time.Since(start).Seconds()
		if err := errors.Join(errs...); err != nil {
			return err
		}
		_, err := b.takenOnce(ctx, int(sent.Load()))
		return err
	})
}

func handTable(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, `CREATE TABLE people (address TEXT PRIMARY KEY, verifier TEXT NOT NULL, changed_at BIGINT NOT NULL)`); err != nil {
		return err
	}
	_, err := db.ExecContext(ctx, fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO people (address, verifier, changed_at) SELECT 'person' || i || '@example.org', '', 0 FROM n`, handPeople-1))
	return err
}

// handWork is one worker, who takes every second person until the end.
func (b *bench) handWork(ctx context.Context, db *sql.DB, worker int, end time.Time) (sent int, err error) {
	size := b.size
	if size == 0 {
		size = bareSize
	}
	for n := worker; time.Now().Before(end); n += handWorkers {
		to, secret := fmt.Sprintf("person%d@example.org", n), rand.Text()
		salt := make([]byte, 16)
		if _, err := rand.Read(salt); err != nil {
			return sent, err
		}
		key := argon2.IDKey([]byte(secret), salt, 2, 19<<10, 1, 32)
		verifier := "$argon2id$v=19$m=19456,t=2,p=1$" + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(key)
		_, err := db.ExecContext(ctx, `UPDATE people SET verifier = $2, changed_at = $3 WHERE address = $1`, to, verifier, time.Now().UnixMicro())
		if err != nil {
			return sent, err
		}
		head := "From: rekey@example.org\r\nTo: " + to + "\r\nSubject: Your new password\r\n\r\nYour new password is " + secret + "\r\n"
		line := strings.Repeat("x", 76) + "\r\n"
		text := head + strings.Repeat(line, max(0, int(size)-len(head))/len(line))
		if err := smtp.SendMail(b.mail, nil, "rekey@example.org", []string{to}, []byte(text)); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, nil
}
