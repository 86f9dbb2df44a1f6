package api_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"rekey"
	"rekey/client"
)

const adaNamed = `{"system_users":["ada@example.org"]}`

// binary is an event in binary mode.
func (o *office) binary(id, kind, body string, header map[string]string) request {
	q := o.post(kind, body)
	maps.Copy(q.header, map[string]string{"ce-specversion": "1.0", "ce-id": id, "ce-source": "/siem", "ce-type": "siem.leaked"})
	maps.Copy(q.header, header)
	return q
}

// receipt sends what must be accepted, and returns the answer for the first event.
func (o *office) receipt(q request) client.EventReceipt {
	o.t.Helper()
	got := o.send(q)
	var receipts client.EventReceipts
	if got.status != 202 || json.Unmarshal([]byte(got.text), &receipts) != nil {
		o.t.Fatalf("%d %s", got.status, got.text)
	}
	return receipts.Events[0]
}

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// What can be read is read: whoever sends JSON means JSON, whatever its wrapping says.
func TestPeopleAreReadWhateverWrapsThem(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.person("ada@example.org", "")
	structured := func(members string) string {
		return `{"specversion":"1.0","source":"/siem","type":"siem.leaked","id":"%s",` + members + `}`
	}
	base64ed := func(text string) string { return quoted(base64.StdEncoding.EncodeToString([]byte(text))) }
	for name, q := range map[string]request{
		"JSON in a text":                o.post(oneEvent, structured(`"data":`+quoted(adaNamed))),
		"JSON in a text, typed text":    o.post(oneEvent, structured(`"datacontenttype":"text/plain","data":`+quoted(adaNamed))),
		"JSON in a text in a text":      o.post(oneEvent, structured(`"data":`+quoted(quoted(adaNamed)))),
		"JSON in a text, blanks around": o.post(oneEvent, structured(`"data":`+quoted("\n "+adaNamed+"\n"))),
		"base64":                        o.post(oneEvent, structured(`"data_base64":`+base64ed(adaNamed))),
		"base64 with a mark":            o.post(oneEvent, structured(`"data_base64":`+base64ed("\ufeff"+adaNamed))),
		"base64 of a text type":         o.post(oneEvent, structured(`"datacontenttype":"text/plain","data_base64":`+base64ed(adaNamed))),
		"base64 of bytes":               o.post(oneEvent, structured(`"datacontenttype":"application/octet-stream","data_base64":`+base64ed(adaNamed))),
		"a form in base64":              o.post(oneEvent, structured(`"datacontenttype":"application/x-www-form-urlencoded","data_base64":`+base64ed("system_users=ada%40example.org"))),
		"a mark before the event":       o.post(oneEvent, "\ufeff"+structured(`"data":`+adaNamed)),
		"charset in capitals":           o.post(oneEvent+"; charset=UTF-8", structured(`"data":`+adaNamed)),
		"charset utf8":                  o.post(oneEvent+`; charset="utf8"`, structured(`"data":`+adaNamed)),
		"charset of the data":           o.post(oneEvent, structured(`"datacontenttype":"application/json; charset=utf-8","data":`+adaNamed)),
		"a type that is no type":        o.post(oneEvent, structured(`"datacontenttype":"; json","data":`+adaNamed)),
		"binary":                        o.binary("%s", "application/json", adaNamed, nil),
		"binary with a charset":         o.binary("%s", "application/json; charset=utf-8", adaNamed, nil),
		"binary with a mark":            o.binary("%s", "application/json", "\ufeff"+adaNamed, nil),
		"binary, JSON in a text":        o.binary("%s", "application/json", quoted(adaNamed), nil),
		"binary as text":                o.binary("%s", "text/plain", adaNamed, nil),
		"binary as text with a mark":    o.binary("%s", "text/plain", "\ufeff"+adaNamed, nil),
		"binary as bytes":               o.binary("%s", "application/octet-stream", adaNamed, nil),
		"binary as curl sends it":       o.binary("%s", "application/x-www-form-urlencoded", adaNamed, nil),
		"a form":                        o.binary("%s", "application/x-www-form-urlencoded", "a=1&system_users=ada%40example.org", nil),
		"a form with a list":            o.binary("%s", "application/x-www-form-urlencoded", "system_users[]=ada%40example.org&system_users[]=ada%40example.org", nil),
		"a form with JSON in it":        o.binary("%s", "application/x-www-form-urlencoded; charset=utf-8", "payload=%7B%22system_users%22%3A%5B%22ada%40example.org%22%5D%7D", nil),
		"as a kind of JSON":             o.binary("%s", "application/vnd.siem+json", adaNamed, nil),
		"an address as people type it":  o.post(oneEvent, structured(`"data":{"system_users":[" <mailto:Ada@Example.org>\u200b "]}`)),
	} {
		id := newID()
		q.body = strings.Replace(q.body, `"id":"%s"`, `"id":"`+id+`"`, 1)
		if q.header["ce-id"] != "" {
			q.header["ce-id"] = id
		}
		got := o.receipt(q)
		if got.People != 1 || got.Unknown != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// What looks like a mistake is refused with what would be right: the sender would
// believe that people were named.
func TestEventThatNamesNobodyByMistakeIsRefused(t *testing.T) {
	t.Parallel()
	o := setup(t)
	data := func(text string) request {
		return o.post(oneEvent, `{"specversion":"1.0","source":"/siem","type":"siem.leaked","id":"1","data":`+text+`}`)
	}
	for name, bad := range map[string]struct {
		request
		field string
	}{
		"no separator":             {data(`{"systemusers":["root@example.org"]}`), "data.systemusers"},
		"camel case":               {data(`{"systemUsers":["root@example.org"]}`), "data.systemUsers"},
		"capitals":                 {data(`{"SYSTEM_USERS":["root@example.org"]}`), "data.SYSTEM_USERS"},
		"a hyphen":                 {data(`{"system-users":["root@example.org"]}`), "data.system-users"},
		"a blank":                  {data(`{"system users":["root@example.org"]}`), "data.system users"},
		"singular":                 {data(`{"system_user":"root@example.org"}`), "data.system_user"},
		"ids":                      {data(`{"systemUserIds":["1"]}`), "data.systemUserIds"},
		"users":                    {data(`{"users":["root@example.org"]}`), "data.users"},
		"one of users":             {data(`{"users":"root@example.org"}`), "data.users"},
		"user ids":                 {data(`{"user_ids":["1","2"]}`), "data.user_ids"},
		"one level down":           {data(`{"data":{"system_users":["root@example.org"]}}`), "data.data.system_users"},
		"one level down, misspelt": {data(`{"detail":{"systemUsers":["root@example.org"]}}`), "data.detail.systemUsers"},
		"the list alone":           {data(`["root@example.org"]`), "data"},
		"JSON cut short":           {data(quoted(`{"system_users":["root@example.org"`)), "data"},
		"JSON with a name twice":   {data(quoted(`{"system_users":["a@b.org"],"system_users":["c@d.org"]}`)), "data"},
		"YAML":                     {o.binary("1", "text/plain", "system_users:\n- root@example.org", nil), "data"},
		"XML":                      {o.binary("1", "application/xml", "<systemUsers>root@example.org</systemUsers>", nil), "data"},
		"a form of parts":          {o.binary("1", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"system_users\"\r\n\r\nroot@example.org\r\n--x--", nil), "data"},
		"an extension":             {o.post(oneEvent, `{"specversion":"1.0","source":"/siem","type":"siem.leaked","id":"1","systemusers":"root@example.org"}`), "systemusers"},
		"a header":                 {o.binary("1", "application/json", "{}", map[string]string{"ce-systemusers": "root@example.org"}), "ce-systemusers"},
		"text in place of a list":  {data(`{"system_users":"root@example.org"}`), "data.system_users"},
		"objects in the list":      {data(`{"system_users":[{"address":"root@example.org"}]}`), "data.system_users[0]"},
		"data in latin1":           {o.post(oneEvent, `{"specversion":"1.0","source":"/siem","type":"siem.leaked","id":"1","datacontenttype":"application/json; charset=iso-8859-1","data":{}}`), "datacontenttype"},
		"data in UTF-16": {o.post(oneEvent, `{"specversion":"1.0","source":"/siem","type":"siem.leaked","id":"1","data_base64":`+
			quoted(base64.StdEncoding.EncodeToString(inUTF16(adaNamed)))+`}`), "data_base64"},
	} {
		t.Log(name)
		got := o.refused(bad.request, 422, bad.field)
		if len(got.problem.Errors) == 1 && !strings.Contains(got.problem.Errors[0].Message, ".") {
			t.Errorf("message %q", got.problem.Errors[0].Message)
		}
	}
}

func inUTF16(text string) []byte {
	b := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return b
}

func TestEventThatNamesNobodyIsTaken(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for i, text := range []string{
		`{"users":[{"name":"ada"}]}`, `{"users":7}`, `{"users":"all"}`, `{"users":[]}`, `{"user":"ada"}`, `{"systemUsers":null}`,
		`{"system_users":[]}`, `{}`, `[]`, `[1,2]`, `["a","b"]`, `7`, `null`, `"the system user ada was seen"`, `"{not JSON}"`,
	} {
		got := o.receipt(o.post(oneEvent, fmt.Sprintf(`{"specversion":"1.0","source":"/siem","type":"siem.leaked","id":"%d","data":%s}`, i, text)))
		if got.People != 0 || got.Unknown != 0 {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

func TestAnswerSaysWhomEventsNameAndWhatTheyStart(t *testing.T) {
	t.Parallel()
	o := setup(t)
	o.automation()
	o.automation()
	ada := o.person("ada@example.org", "")
	// Whoever posts may not view the Administrator, and is not told that there is one.
	batch := client.CloudEvent{ID: "1", Source: "/siem", Type: "siem.leaked",
		Data: client.EventData("", ada.Address, ada.ID, "ADA@example.org", "nobody@example.org", "nobody@example.org", "siem@example.org", o.root.Address)}
	none := batch
	none.ID, none.Data = "2", nil
	receipts, err := o.as(o.siem).PostEvents(o.ctx, batch, none, batch)
	o.must(err)
	for i, want := range []client.EventReceipt{
		{People: 4, Unknown: 2, Runs: 2}, {Runs: 2}, {People: 4, Unknown: 2, Repeat: true},
	} {
		got := receipts[i]
		if got.People != want.People || got.Unknown != want.Unknown || got.Runs != want.Runs || got.Repeat != want.Repeat {
			t.Errorf("%d: %+v, want %+v", i, got, want)
		}
	}
	if text := o.send(o.post(oneEvent, event(map[string]any{"id": "3"}))).text; !strings.Contains(text, `"people":1,"unknown":1,"runs":2`) {
		t.Errorf("answer %s", text)
	}
}

func TestRedundantHeaders(t *testing.T) {
	t.Parallel()
	o := setup(t)
	send := func(kind string, header http.Header, body string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(o.ctx, http.MethodPost, o.url+"/api/v1/events", strings.NewReader(body))
		o.must(err)
		r.SetBasicAuth(o.siem.Address, chosen)
		r.Header = header.Clone()
		r.Header.Set("Content-Type", kind)
		r.SetBasicAuth(o.siem.Address, chosen)
		answer, err := http.DefaultClient.Do(r)
		o.must(err)
		o.must(answer.Body.Close())
		return answer.StatusCode
	}
	attributes := func(id string, more ...string) http.Header {
		h := http.Header{"Ce-Specversion": {"1.0"}, "Ce-Id": {id}, "Ce-Source": {"/siem"}, "Ce-Type": {"siem.leaked"}}
		for i := 0; i < len(more); i += 2 {
			h.Add(more[i], more[i+1])
		}
		return h
	}
	const kind = "application/json"
	for name, test := range map[string]struct{ got, want int }{
		"the body counts in structured mode":       {send(oneEvent, attributes("other", "Ce-Time", "never"), event(map[string]any{"id": "s"})), 202},
		"a batch, too":                             {send(manyEvent, attributes("other"), "["+event(map[string]any{"id": "m"})+"]"), 202},
		"a header twice with one value":            {send(kind, attributes("a", "Ce-Id", "a"), "{}"), 202},
		"a header twice with two values":           {send(kind, attributes("b", "Ce-Id", "c"), "{}"), 422},
		"datacontenttype that repeats":             {send(kind, attributes("d", "Ce-Datacontenttype", "application/json"), "{}"), 202},
		"datacontenttype that repeats the charset": {send(kind+"; charset=utf-8", attributes("d2", "Ce-Datacontenttype", "application/json; charset=utf-8"), "{}"), 202},
		"datacontenttype that contradicts":         {send(kind, attributes("e", "Ce-Datacontenttype", "text/plain"), "{}"), 422},
		"data as a header":                         {send(kind, attributes("f", "Ce-Data", "{}"), "{}"), 422},
		"a quoted value":                           {send(kind, attributes("g", "Ce-Subject", `"a \"b\" c"`), "{}"), 202},
		"a percent-encoded value":                  {send(kind, attributes("h", "Ce-Subject", "Euro%20%e2%82%ac%20%61"), "{}"), 202},
		"an overlong encoding":                     {send(kind, attributes("i", "Ce-Subject", "%C0%A0"), "{}"), 422},
		"a lone percent sign":                      {send(kind, attributes("j", "Ce-Subject", "100%"), "{}"), 422},
	} {
		if test.got != test.want {
			t.Errorf("%s: %d, want %d", name, test.got, test.want)
		}
	}
	// The values are decoded once, also where they were encoded without need.
	same := `{"specversion":"1.0","id":"g","source":"/siem","type":"siem.leaked","subject":"a \"b\" c","data":{}}`
	if got := o.send(o.post(oneEvent, same)); got.status != 200 {
		t.Errorf("the quoted value in structured mode: %d %s", got.status, got.text)
	}
	same = `{"specversion":"1.0","id":"h","source":"/siem","type":"siem.leaked","subject":"Euro € a","data":{}}`
	if got := o.send(o.post(oneEvent, same)); got.status != 200 {
		t.Errorf("the encoded value in structured mode: %d %s", got.status, got.text)
	}
}

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPackedEvents(t *testing.T) {
	t.Parallel()
	o := setup(t)
	send := func(encoding, body string) request {
		q := o.post(oneEvent, body)
		q.header["Content-Encoding"] = encoding
		return q
	}
	whole := packed(t, event(map[string]any{"id": "gzip"}))
	if got := o.receipt(send("gzip", whole)); got.SourceID != "gzip" || got.People != 1 {
		t.Errorf("%+v", got)
	}
	o.receipt(send("GZIP", packed(t, event(map[string]any{"id": "capitals"}))))
	o.receipt(send("x-gzip", packed(t, event(map[string]any{"id": "old name"}))))
	o.receipt(send("identity", event(map[string]any{"id": "identity"})))
	o.refused(send("gzip", event(nil)), 400)
	o.refused(send("gzip", whole[:len(whole)-6]), 400)
	o.refused(send("gzip", ""), 400)
	o.refused(send("gzip", whole+"garbage"), 400)
	bomb := packed(t, strings.Repeat(" ", 64<<20))
	if len(bomb) > 1<<20 {
		t.Fatalf("%d bytes", len(bomb))
	}
	o.refused(send("gzip", bomb), 413)
	for _, encoding := range []string{"deflate", "br", "zstd", "gzip, gzip", "none"} {
		got := o.refused(send(encoding, whole), 415)
		if got.header.Get("Accept-Encoding") != "gzip" || !strings.Contains(got.problem.Detail, "gzip") {
			t.Errorf("%s: %v %s", encoding, got.header, got.problem.Detail)
		}
	}
}

func TestOtherCharactersThanUTF8AreRefused(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for _, kind := range []string{oneEvent, manyEvent} {
		for _, charset := range []string{"utf-16", "latin1", "iso-8859-1", "windows-1252", `"UTF-16LE"`} {
			got := o.refused(o.post(kind+"; charset="+charset, event(nil)), 415)
			if !strings.Contains(got.problem.Detail, "UTF-8") {
				t.Errorf("%s: %s", charset, got.problem.Detail)
			}
		}
		o.refused(o.post(kind, string(inUTF16(event(nil)))), 400)
		o.refused(o.post(kind, string(inUTF16(event(nil))[2:])), 400)
	}
	o.refused(o.binary("1", "application/json; charset=utf-16", adaNamed, nil), 415)
	o.refused(o.binary("1", "text/plain; charset=latin1", "caf\xe9", nil), 415)
	o.refused(o.binary("1", "text/plain", string(inUTF16(adaNamed)), nil), 400)
	o.refused(o.binary("1", "application/octet-stream", string(inUTF16(adaNamed)), nil), 400)
}

func TestTimeOfAnEvent(t *testing.T) {
	t.Parallel()
	o := setup(t)
	for i, at := range []string{
		"2026-03-02t08:59:59z", "2026-03-02T08:59:59.123456789012Z", "2026-03-01T23:59:60Z", "2026-03-02T08:00:00-00:00", "2026-03-02T13:45:00+05:45",
	} {
		o.receipt(o.post(oneEvent, event(map[string]any{"id": fmt.Sprint(i), "time": at})))
		o.receipt(o.binary(fmt.Sprint("binary ", i), "application/json", "{}", map[string]string{"ce-time": at}))
	}
	for _, at := range []string{
		"2026-03-02T8:00:00Z", "2026-03-02T08:00:00,5Z", "2026-03-02T08:00:00+0100", "2026-03-02T24:00:00Z", "2026-03-02 08:00:00Z",
		"2026-03-02T08:00Z", "2026-03-02T08:00:00", "2026-03-02", "20260302T080000Z", "1772438400", "2026-03-02T08:30:60Z",
	} {
		got := o.refused(o.post(oneEvent, event(map[string]any{"time": at})), 422, "time")
		if got.problem.Errors[0].Message != rekey.MomentRule {
			t.Errorf("%s: %s", at, got.problem.Errors[0].Message)
		}
	}
	if !slices.ContainsFunc(o.external(), func(e rekey.Event) bool { return e.Time.Equal(monday.Truncate(1).Add(-9 * 3600e9)) }) {
		t.Error("the leap second is not the first second of the next day")
	}
}
