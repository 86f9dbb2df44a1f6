package api

import (
	"bytes"
	"compress/gzip"
	"io"
	"mime"
	"net/http"
	"strings"

	"rekey"
	"rekey/internal/server"
)

var (
	errTooManyBytes = rekey.NewError(rekey.CodeTooLarge, "Events may have 1 MiB in all, also after they are unpacked. Post them in several requests.")
	errEncoding     = rekey.NewError(server.CodeMediaType, "Send the body as it is, or packed once with gzip (Content-Encoding: gzip). No other encoding is understood.")
	errUTF16        = rekey.NewError(rekey.CodeMalformed, "The body is UTF-16. Send texts in UTF-8.")
)

// readEvents reads the body up to the limit, and unpacks it.
func readEvents(r *http.Request) ([]byte, error) {
	if r.ContentLength > maxEvents {
		if r.Header.Get("Expect") == "" {
			discard(r)
		}
		return nil, errTooManyBytes
	}
	packed, err := packedBody(r.Header)
	if err != nil {
		return nil, err
	}
	var body io.Reader = r.Body
	if packed {
		if body, err = gzip.NewReader(r.Body); err != nil {
			return nil, broken(err, packed)
		}
	}
	text, err := readUpTo(body, maxEvents, max(int(r.ContentLength), 512))
	if err != nil {
		return nil, broken(err, packed)
	}
	if len(text) > maxEvents {
		discard(r)
		return nil, errTooManyBytes
	}
	return text, nil
}

// packedBody reports whether the body is packed with gzip (RFC 9110 §8.4).
func packedBody(header http.Header) (bool, error) {
	encoding := strings.Join(header.Values("Content-Encoding"), ",")
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return false, nil
	case "gzip", "x-gzip":
		return true, nil
	default:
		return false, errEncoding
	}
}

func broken(err error, packed bool) error {
	if packed {
		return &rekey.Error{Code: rekey.CodeMalformed, Message: "The body cannot be unpacked as gzip, which Content-Encoding says it is.", Cause: err}
	}
	return &rekey.Error{Code: rekey.CodeMalformed, Message: "The body is incomplete. Send it again.", Cause: err}
}

// readUpTo reads at most one byte more than limit, so a packed body never takes more
// memory than another one. size is what to expect.
func readUpTo(body io.Reader, limit, size int) ([]byte, error) {
	var text bytes.Buffer
	text.Grow(size + bytes.MinRead)
	_, err := text.ReadFrom(io.LimitReader(body, int64(limit)+1))
	return text.Bytes(), err
}

const byteOrderMark = "\ufeff"

// plainText returns a body without a byte order mark, which RFC 8259 §8.1 lets a
// reader skip. It refuses JSON in UTF-16.
func plainText(text []byte) ([]byte, error) {
	for _, begin := range []string{"\xff\xfe{\x00", "\xfe\xff\x00{", "\xff\xfe[\x00", "\xfe\xff\x00[", "{\x00", "\x00{", "[\x00", "\x00["} {
		if bytes.HasPrefix(text, []byte(begin)) {
			return nil, errUTF16
		}
	}
	return bytes.TrimPrefix(text, []byte(byteOrderMark)), nil
}

// mediaType reads a content type, whose charset must be UTF-8 or a part of it.
func mediaType(contentType string) (string, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil && contentType != "" {
		return "", errMediaType
	}
	switch charset := strings.ToLower(params["charset"]); charset {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return kind, nil
	default:
		return "", rekey.NewError(server.CodeMediaType, "Send texts in UTF-8. The content type says "+charset+".")
	}
}
