package mail

import (
	"bufio"
	"bytes"
	"net"
	"sync/atomic"
	"testing"

	"rekey/internal/engine"
)

func BenchmarkFill(b *testing.B) {
	m := offline(b)
	msg := message(b, m)
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.write(&buffer, msg); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(buffer)))
}

func BenchmarkQuotes(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		quotes("2.0.0 Ok: queued as 4bXyzz12345", sample)
	}
}

func BenchmarkCompose(b *testing.B) {
	m := offline(b)
	for b.Loop() {
		if _, err := m.Compose(occasion()); err != nil {
			b.Fatal(err)
		}
	}
}

// sink speaks just enough SMTP to take messages in as fast as can be.
func sink(b *testing.B) string {
	b.Helper()
	listener, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go swallow(c)
		}
	}()
	return listener.Addr().String()
}

func swallow(c net.Conn) {
	defer func() { _ = c.Close() }()
	in, out := bufio.NewReaderSize(c, 32<<10), bufio.NewWriter(c)
	say := func(reply string) {
		_, _ = out.WriteString(reply)
		if in.Buffered() == 0 {
			_ = out.Flush()
		}
	}
	say("220 sink\r\n")
	body := false
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		switch {
		case body && string(line) == ".\r\n":
			body = false
			say("250 ok\r\n")
		case body:
		case bytes.HasPrefix(line, []byte("EHLO")):
			say("250-sink\r\n250 PIPELINING\r\n")
		case bytes.HasPrefix(line, []byte("DATA")):
			body = true
			say("354 go on\r\n")
		case bytes.HasPrefix(line, []byte("QUIT")):
			say("221 bye\r\n")
			return
		default:
			say("250 ok\r\n")
		}
	}
}

// BenchmarkSend is with the sink in the same process, on the same cores.
func BenchmarkSend(b *testing.B) {
	m := mailer(b, config(sink(b)))
	msg := message(b, m)
	var failed atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if m.Send(b.Context(), msg).Verdict != engine.Accepted {
				failed.Add(1)
			}
		}
	})
	if failed.Load() > 0 {
		b.Errorf("%d messages were not accepted", failed.Load())
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
