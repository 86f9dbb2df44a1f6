package mail

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"rekey"
)

// signedFields are signed in this order. From, Subject and To stand twice, so
// that adding another one breaks the signature (RFC 6376 §5.4).
var signedFields = []string{"From", "From", "To", "To", "Subject", "Subject", "Date", "Message-ID",
	"Auto-Submitted", "MIME-Version", "Content-Type"}

// signer reads the private key, or returns nil if none is configured.
func (s *settings) signer() (crypto.Signer, error) {
	if s.DKIM.KeyFile == "" {
		return nil, nil
	}
	wrong := func(message string, cause error) error {
		return &rekey.Error{Code: rekey.CodeInvalid, Message: "The DKIM key cannot be used.", Cause: cause,
			Fields: []rekey.FieldError{{Field: "dkim.key_file", Message: message}}}
	}
	content, err := os.ReadFile(s.DKIM.KeyFile)
	if err != nil {
		return nil, wrong(err.Error(), err)
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, wrong("The file is not PEM.", nil)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		old, errOld := x509.ParsePKCS1PrivateKey(block.Bytes)
		if errOld != nil {
			return nil, wrong("The file has no RSA or Ed25519 private key.", err)
		}
		key = old
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if key.N.BitLen() < 1024 { // RFC 8301 §3.2
			return nil, wrong("An RSA key needs at least 1024 bits; 2048 is usual.", nil)
		}
		return key, nil
	case ed25519.PrivateKey:
		return key, nil
	default:
		return nil, wrong("The file has no RSA or Ed25519 private key.", nil)
	}
}

// sign returns the DKIM-Signature field of a message, with its CRLF (RFC 6376,
// relaxed/simple). Both algorithms are deterministic, and t= is the message's
// own date: a retry has the same signature.
func (s *settings) sign(key crypto.Signer, message []byte, date time.Time) ([]byte, error) {
	head, body, found := bytes.Cut(message, []byte("\r\n\r\n"))
	if !found {
		return nil, errors.New("mail: a message without a body cannot be signed")
	}
	digest := sha256.New()
	digest.Write(bytes.TrimRight(body, "\r\n"))
	digest.Write([]byte("\r\n"))
	bodySum := digest.Sum(nil)
	algorithm, hash := "rsa-sha256", crypto.SHA256
	if _, ok := key.(ed25519.PrivateKey); ok {
		algorithm, hash = "ed25519-sha256", crypto.Hash(0) // RFC 8463 §3: the hash is what is signed
	}
	fields := signedFields
	if findField(head, "Reply-To") != nil {
		fields = append(slices.Clip(fields), "Reply-To")
	}
	var field strings.Builder
	field.WriteString("DKIM-Signature: v=1; a=" + algorithm + "; c=relaxed/simple;\r\n d=" + s.DKIM.Domain +
		"; s=" + s.DKIM.Selector + "; t=" + strconv.FormatInt(date.Unix(), 10) + ";\r\n h=")
	for i, name := range fields {
		if i > 0 {
			field.WriteString(":")
			if i == 6 {
				field.WriteString("\r\n ")
			}
		}
		field.WriteString(name)
	}
	field.WriteString(";\r\n bh=" + base64.StdEncoding.EncodeToString(bodySum) + ";\r\n b=")

	digest.Reset()
	taken := map[string]bool{}
	for _, name := range fields {
		if line := findField(head, name); line != nil && !taken[name] {
			taken[name] = true
			digest.Write(relaxed(line))
			digest.Write([]byte("\r\n"))
		}
	}
	digest.Write(relaxed([]byte(field.String())))
	signature, err := key.Sign(rand.Reader, digest.Sum(nil), hash)
	if err != nil {
		return nil, err
	}
	encoded := base64.StdEncoding.EncodeToString(signature)
	for len(encoded) > 70 {
		field.WriteString(encoded[:70] + "\r\n ")
		encoded = encoded[70:]
	}
	field.WriteString(encoded + "\r\n")
	return []byte(field.String()), nil
}

// findField returns a field of the header with its continuation lines.
func findField(head []byte, name string) []byte {
	for rest := head; len(rest) > 0; {
		end := 0
		for {
			n := bytes.Index(rest[end:], []byte("\r\n"))
			if n < 0 {
				end = len(rest)
				break
			}
			end += n
			if end+2 >= len(rest) || rest[end+2] != ' ' && rest[end+2] != '\t' {
				break
			}
			end += 2
		}
		if len(rest) > len(name) && rest[len(name)] == ':' && strings.EqualFold(string(rest[:len(name)]), name) {
			return rest[:end]
		}
		rest = rest[min(end+2, len(rest)):]
	}
	return nil
}

// relaxed is the canonical form of a field, without its CRLF (RFC 6376 §3.4.2).
func relaxed(field []byte) []byte {
	name, value, _ := bytes.Cut(field, []byte(":"))
	out := append(bytes.ToLower(bytes.TrimSpace(name)), ':')
	return append(out, bytes.Join(bytes.Fields(value), []byte(" "))...)
}
