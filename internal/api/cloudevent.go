package api

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"rekey"
	"rekey/internal/server"
	"rekey/internal/strictjson"
)

// cloudEvent is an event as it was posted (CloudEvents 1.0.2), its attributes
// not yet checked.
type cloudEvent struct {
	path   string // "events[3]." in a batch, else ""
	header string // "ce-" in binary mode, else ""

	specVersion, id, source, kind, time, subject, contentType, schema string

	extensions map[string]any // texts, numbers and truth values

	// data is decoded JSON with json.Number, or a text, or nil. dataType is its media
	// type.
	data     any
	dataType string

	// opened is the data as it is meant, from open.
	opened any
}

// attribute names an attribute as the caller wrote it.
func (e cloudEvent) attribute(name string) string { return e.path + e.header + name }

// dataField names what is in the data.
func (e cloudEvent) dataField(name string) string { return e.path + "data." + name }

// The attributes of CloudEvents 1.0.2 §3.1, and what the JSON format adds.
var attributes = []string{
	"specversion", "id", "source", "type", "time", "subject", "datacontenttype", "dataschema", "data", "data_base64",
}

// set sets an attribute. An unknown one is an extension, which only a mapping reads.
func (e *cloudEvent) set(name, value string) {
	switch name {
	case "specversion":
		e.specVersion = value
	case "id":
		e.id = value
	case "source":
		e.source = value
	case "type":
		e.kind = value
	case "time":
		e.time = value
	case "subject":
		e.subject = value
	case "datacontenttype":
		e.contentType = value
	case "dataschema":
		e.schema = value
	default:
		e.extend(name, value)
	}
}

func (e *cloudEvent) extend(name string, value any) {
	if e.extensions == nil {
		e.extensions = map[string]any{}
	}
	e.extensions[name] = value
}

var errMediaType = rekey.NewError(server.CodeMediaType,
	"Send application/cloudevents+json, application/cloudevents-batch+json, or the headers of the binary mode (ce-specversion, ce-id, ce-source, ce-type).")

// readCloudEvents reads what was posted in any of the three modes (HTTP protocol
// binding 1.0.2 §3). In structured mode the body counts: headers may repeat it
// (§3.2.3), and are not read.
func readCloudEvents(header http.Header, text []byte) ([]cloudEvent, error) {
	if kinds := header.Values("Content-Type"); len(slices.Compact(slices.Clone(kinds))) > 1 {
		return nil, rekey.NewError(server.CodeMediaType, "Give the header Content-Type once.")
	}
	kind, err := mediaType(header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	if text, err = plainText(text); err != nil {
		return nil, err
	}
	structured := strings.HasPrefix(kind, "application/cloudevents")
	if (structured || isJSON(kind)) && !utf8.Valid(text) {
		return nil, rekey.NewError(rekey.CodeMalformed, "The body is not valid UTF-8.")
	}
	if structured {
		if err := strictjson.Check(text); err != nil {
			return nil, malformed(err, fieldsOfBatch[kind])
		}
	}
	switch {
	case kind == "application/cloudevents+json":
		var p rekey.Problems
		e, err := readStructured(text, "", &p)
		if err != nil {
			return nil, err
		}
		return []cloudEvent{e}, p.Err()
	case kind == "application/cloudevents-batch+json":
		return readBatch(text)
	case !structured && len(header.Values("Ce-Specversion"))+len(header.Values("Ce-Id"))+len(header.Values("Ce-Type")) > 0:
		return readBinary(header, kind, text)
	default:
		return nil, errMediaType
	}
}

// fieldsOfBatch is what the fields of a body begin with, by its content type.
var fieldsOfBatch = map[string]string{"application/cloudevents-batch+json": "events"}

func isJSON(kind string) bool {
	return kind == "" || kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json")
}

// malformed returns the error for a body that is not valid JSON. prefix comes
// before the name of a field.
func malformed(err error, prefix string) error {
	known := &rekey.Error{Code: rekey.CodeMalformed, Message: "The body is not valid JSON. " + err.Error(), Cause: err}
	if wrong, ok := errors.AsType[*strictjson.Error](err); ok && wrong.Field != "" {
		known.Message = "The body is not valid."
		known.Fields = []rekey.FieldError{{Field: prefix + wrong.Field, Message: wrong.Message}}
	}
	return known
}

// readBatch reads a JSON array of events (JSON format 1.0.2 §4).
func readBatch(text []byte) ([]cloudEvent, error) {
	var members []json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return nil, rekey.Invalid("events", "Give a JSON array of CloudEvents.")
		}
		return nil, malformed(err, "")
	}
	if len(members) > maxBatch {
		return nil, rekey.Invalid("events", "Give at most 1,000 events at once.")
	}
	var p rekey.Problems
	list := make([]cloudEvent, len(members))
	for i, member := range members {
		path := fmt.Sprintf("events[%d].", i)
		var err error
		if list[i], err = readStructured(member, path, &p); err != nil {
			return nil, err
		}
	}
	return list, p.Err()
}

// readStructured reads an event whose attributes are the members of a JSON object
// (JSON format 1.0.2 §3). It adds problems with single members to p. After an
// error the body cannot be read further.
func readStructured(text []byte, path string, p *rekey.Problems) (cloudEvent, error) {
	e := cloudEvent{path: path}
	var members map[string]json.RawMessage
	err := json.Unmarshal(text, &members)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) || err == nil && members == nil {
		p.Add(cmp.Or(strings.TrimSuffix(path, "."), "body"), "Give a CloudEvent as a JSON object.")
		return e, nil
	}
	if err != nil {
		return e, malformed(err, "")
	}
	for name, value := range members {
		if name == "data" || name == "data_base64" || string(value) == "null" {
			continue
		}
		known := slices.Contains(attributes, name)
		switch {
		case !known && !isExtension(name):
			p.Add(path+name, "This attribute does not exist. The names of extension attributes have only a-z and 0-9.")
		case value[0] == '"':
			e.set(name, unquote(value))
		case known:
			p.Add(path+name, "Give a text.")
		case value[0] == '{' || value[0] == '[':
			p.Add(path+name, "An extension attribute is a text, a number, or true or false.")
		default:
			other, err := decode(value)
			if err != nil {
				return e, err
			}
			e.extend(name, other)
		}
	}
	return e, e.structuredData(members, p)
}

func (e *cloudEvent) structuredData(members map[string]json.RawMessage, p *rekey.Problems) error {
	var err error
	// A type that cannot be read says nothing, as if there were none.
	if e.dataType, err = mediaType(e.contentType); err != nil && !errors.Is(err, errMediaType) {
		p.Add(e.attribute("datacontenttype"), err.Error())
		return nil
	}
	if text, ok := members["data"]; ok {
		if _, both := members["data_base64"]; both {
			p.Add(e.attribute("data_base64"), "Give either data or data_base64.")
			return nil
		}
		e.data, err = decode(text) // it was checked as part of the whole
		return err
	}
	text, ok := members["data_base64"]
	if !ok || string(text) == "null" {
		return nil
	}
	if text[0] != '"' {
		p.Add(e.attribute("data_base64"), "Give a text.")
		return nil
	}
	decoded, err := base64.StdEncoding.DecodeString(unquote(text))
	if err != nil {
		p.Add(e.attribute("data_base64"), "This is not Base64 (RFC 4648 §4).")
		return nil //nolint:nilerr // p holds it
	}
	if decoded, err = plainText(decoded); err != nil {
		p.Add(e.attribute("data_base64"), "This is UTF-16. Give texts in UTF-8.")
		return nil //nolint:nilerr // p holds it
	}
	if err := e.bytes(e.dataType, decoded); err != nil {
		p.Add(e.attribute("data_base64"), "This is not JSON, although datacontenttype says so.")
	}
	return nil
}

// readBinary reads an event whose attributes are headers (HTTP protocol
// binding 1.0.2 §3.1).
func readBinary(header http.Header, kind string, text []byte) ([]cloudEvent, error) {
	e := cloudEvent{header: "ce-"}
	var p rekey.Problems
	for name, values := range header {
		attribute, ok := strings.CutPrefix(strings.ToLower(name), "ce-")
		if !ok {
			continue
		}
		value, problem := headerValue(values)
		if problem == "" {
			problem = e.checkHeader(attribute, value, kind)
		}
		if problem != "" {
			p.Add(e.attribute(attribute), problem)
		}
		e.set(attribute, value)
	}
	e.contentType, e.dataType = header.Get("Content-Type"), kind
	if err := p.Err(); err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return []cloudEvent{e}, nil
	}
	return []cloudEvent{e}, e.bytes(kind, text)
}

// checkHeader returns what is wrong with the name of a header, or with one that
// contradicts another.
func (e cloudEvent) checkHeader(attribute, value, kind string) string {
	switch {
	case attribute == "datacontenttype":
		// The binding has Content-Type for it (§3.1.1), but many senders repeat it.
		if repeated, err := mediaType(value); err != nil || repeated != kind {
			return "In binary mode this is the header Content-Type."
		}
	case attribute == "data":
		return "In binary mode the data is the body."
	case !isExtension(attribute):
		return "This attribute does not exist. The names of extension attributes have only a-z and 0-9."
	}
	return ""
}

// headerValue decodes the value of a header (HTTP protocol binding 1.0.2 §3.1.3.2):
// it may be a quoted string, and is percent-encoded. A header that is repeated with
// the same value counts once.
func headerValue(values []string) (value, problem string) {
	value = values[0]
	if slices.ContainsFunc(values, func(other string) bool { return other != value }) {
		return value, "Give this header once."
	}
	if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
		value = quotedPair.ReplaceAllString(value[1:len(value)-1], "$1")
	}
	decoded, err := url.PathUnescape(value)
	if err != nil || !utf8.ValidString(decoded) {
		return value, "Percent-encode what is not printable ASCII, and the percent sign."
	}
	return decoded, ""
}

// quotedPair is an escaped character of a quoted string (RFC 9110 §5.6.4).
var quotedPair = regexp.MustCompile(`\\(.)`)

// bytes sets the data from bytes: JSON is decoded, other text is kept as a
// string, and anything else as Base64.
func (e *cloudEvent) bytes(kind string, data []byte) (err error) {
	switch {
	case isJSON(kind):
		if err := strictjson.Check(data); err != nil {
			return malformed(err, "data.")
		}
		e.data, err = decode(data)
	case utf8.Valid(data):
		e.data = string(data)
	default:
		e.data = base64.StdEncoding.EncodeToString(data)
	}
	return err
}

// decode reads valid JSON and keeps numbers as they were written.
func decode(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var data any
	if err := decoder.Decode(&data); err != nil {
		return nil, malformed(err, "")
	}
	return data, nil
}

// unquote reads a valid JSON string.
func unquote(text []byte) string {
	if inner := text[1 : len(text)-1]; !bytes.ContainsRune(inner, '\\') {
		return string(inner)
	}
	var s string
	_ = json.Unmarshal(text, &s) // it was valid as part of a whole
	return s
}

// isExtension reports whether an attribute may have that name (CloudEvents
// 1.0.2 §2.1).
func isExtension(name string) bool {
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
