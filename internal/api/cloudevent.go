package api

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
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

	data any // decoded JSON with json.Number, or a text, or nil
}

// attribute names an attribute as the caller wrote it.
func (e cloudEvent) attribute(name string) string { return e.path + e.header + name }

// dataField names what is in the data.
func (e cloudEvent) dataField(name string) string { return e.path + "data." + name }

// The attributes of CloudEvents 1.0.2 §3.1, and what the JSON format adds.
var attributes = []string{
	"specversion", "id", "source", "type", "time", "subject", "datacontenttype", "dataschema", "data", "data_base64",
}

// set sets an attribute. An unknown one is an extension; it is ignored.
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
	}
}

var errMediaType = rekey.NewError(server.CodeMediaType,
	"Send application/cloudevents+json, application/cloudevents-batch+json, or the headers of the binary mode (ce-specversion, ce-id, ce-source, ce-type).")

// readCloudEvents reads what was posted in any of the three modes (HTTP
// protocol binding 1.0.2 §3).
func readCloudEvents(header http.Header, text []byte) ([]cloudEvent, error) {
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil && header.Get("Content-Type") != "" {
		return nil, errMediaType
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, rekey.NewError(server.CodeMediaType, "Send texts in UTF-8.")
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
		known.Message = "The body cannot be taken as it is."
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
			p.Add(path+name, "There is no such attribute. Extension attributes have a-z and 0-9 in their names, nothing else.")
		case value[0] == '"':
			e.set(name, unquote(value))
		case known:
			p.Add(path+name, "Give a text.")
		case value[0] == '{' || value[0] == '[':
			p.Add(path+name, "An extension attribute is a text, a number, or true or false.")
		}
	}
	return e, e.structuredData(members, p)
}

func (e *cloudEvent) structuredData(members map[string]json.RawMessage, p *rekey.Problems) error {
	if text, ok := members["data"]; ok {
		if _, both := members["data_base64"]; both {
			p.Add(e.attribute("data_base64"), "Give either data or data_base64.")
			return nil
		}
		var err error
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
	kind, _, _ := mime.ParseMediaType(e.contentType)
	if err := e.bytes(kind, decoded); err != nil {
		p.Add(e.attribute("data_base64"), "This is not the JSON that datacontenttype says.")
	}
	return nil
}

// readBinary reads an event whose attributes are headers (HTTP protocol
// binding 1.0.2 §3.1).
func readBinary(header http.Header, kind string, text []byte) ([]cloudEvent, error) {
	e := cloudEvent{header: "ce-", contentType: header.Get("Content-Type")}
	var p rekey.Problems
	for name, values := range header {
		attribute, ok := strings.CutPrefix(strings.ToLower(name), "ce-")
		if !ok {
			continue
		}
		field := e.attribute(attribute)
		value, err := url.PathUnescape(values[0])
		switch {
		case len(values) > 1:
			p.Add(field, "Give this header once.")
		case err != nil || !utf8.ValidString(value):
			p.Add(field, "Percent-encode what is not printable ASCII, and the percent sign.")
		case attribute == "datacontenttype":
			p.Add(field, "In binary mode this is the header Content-Type.")
		case !isExtension(attribute):
			p.Add(field, "There is no such attribute. Extension attributes have a-z and 0-9 in their names, nothing else.")
		}
		e.set(attribute, value)
	}
	e.contentType = header.Get("Content-Type")
	if err := p.Err(); err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return []cloudEvent{e}, nil
	}
	return []cloudEvent{e}, e.bytes(kind, text)
}

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
