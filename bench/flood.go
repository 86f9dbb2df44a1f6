package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// bareConnections and bareSize are those of the figures in
	// docs/performance.md.
	bareConnections = 4
	bareSize        = 1_900
)

func (b *bench) bareSink(ctx context.Context, r readings) (err error) {
	r["sink"], err = b.flood(ctx, bareSize)
	return err
}

// flood sends messages of a given size in bytes over kept-open connections for a time, each
// envelope behind the body before it, and returns how many a second the sink
// took. The clients do nothing else: each message is the same bytes.
func (b *bench) flood(ctx context.Context, size int64) (float64, error) {
	if err := b.sink.Call(ctx, "Sink.Empty", 0, nil); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, b.window/2)
	defer cancel()
	start := time.Now()
	var total atomic.Int64
	var wait sync.WaitGroup
	errs := make([]error, bareConnections)
	for i := range errs {
		wait.Go(func() {
			sent, err := pour(ctx, b.mail, int(size))
			total.Add(int64(sent))
			errs[i] = err
		})
	}
	wait.Wait()
	took := time.Since(start)
	if err := errors.Join(errs...); err != nil {
		return 0, err
	}
	// The sink counts a message after its reply, so the last ones may not be counted yet.
	if err := b.mailed(context.WithoutCancel(ctx), total.Load()); err != nil {
		return 0, fmt.Errorf("%w: %w", errLost, err)
	}
	return float64(total.Load()) / took.Seconds(), nil
}

// pour is one connection.
func pour(ctx context.Context, address string, size int) (sent int, err error) {
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close() }()
	in := bufio.NewReaderSize(c, 4096)
	envelope := "MAIL FROM:<rekey@example.org>\r\nRCPT TO:<somebody@example.org>\r\nDATA\r\n"
	line := strings.Repeat("x", 76) + "\r\n"
	body := strings.Repeat(line, size/len(line)) + strings.Repeat("x", size%len(line)) + "\r\n.\r\n"
	next := []byte(body + envelope)
	if err := expect(in, "220"); err != nil {
		return 0, err
	}
	if _, err := c.Write([]byte("EHLO bench.test\r\n")); err != nil {
		return 0, err
	}
	if err := expect(in, "250"); err != nil {
		return 0, err
	}
	if _, err := c.Write([]byte(envelope)); err != nil {
		return 0, err
	}
	for ctx.Err() == nil {
		if err := expect(in, "250", "250", "354"); err != nil {
			return sent, err
		}
		if _, err := c.Write(next); err != nil {
			return sent, err
		}
		if err := expect(in, "250"); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, nil
}

// expect reads replies, of which each begins with a code.
func expect(in *bufio.Reader, codes ...string) error {
	for _, code := range codes {
		for more := true; more; {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return err
			}
			if len(line) < 4 || string(line[:3]) != code {
				return fmt.Errorf("the sink said %q, not %s", line, code)
			}
			more = line[3] == '-'
		}
	}
	return nil
}
