package rekey_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"rekey"
)

func TestTimesAreReadAsRFC3339WritesThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-01-31T12:00:00Z":                            "2026-01-31T12:00:00Z",
		"2026-01-31t12:00:00z":                            "2026-01-31T12:00:00Z",
		"2026-01-31T12:00:00z":                            "2026-01-31T12:00:00Z",
		"2026-01-31T12:00:00-00:00":                       "2026-01-31T12:00:00Z",
		"2026-01-31T12:00:00+00:00":                       "2026-01-31T12:00:00Z",
		"2026-01-31T12:00:00+05:45":                       "2026-01-31T06:15:00Z",
		"2026-01-31T12:00:00-23:59":                       "2026-02-01T11:59:00Z",
		"2026-01-31T12:00:00.5Z":                          "2026-01-31T12:00:00.5Z",
		"2026-01-31T12:00:00.123456789Z":                  "2026-01-31T12:00:00.123456789Z",
		"2026-01-31T12:00:00.1234567890123Z":              "2026-01-31T12:00:00.123456789Z",
		"2026-01-31T12:00:00." + strings.Repeat("9", 99):  "",
		"2026-01-31T12:00:00.000000000000000000001-01:00": "2026-01-31T13:00:00Z",
		"2016-12-31T23:59:60Z":                            "2017-01-01T00:00:00Z",
		"2016-12-31T23:59:60.25Z":                         "2017-01-01T00:00:00.25Z",
		"2016-12-31T15:59:60-08:00":                       "2017-01-01T00:00:00Z",
		"2017-01-01T05:29:60+05:30":                       "2017-01-01T00:00:00Z",
		"2024-02-29T00:00:00Z":                            "2024-02-29T00:00:00Z",
		"2016-12-31T22:59:60Z":                            "", // not the end of a day
		"2016-12-31T23:58:60Z":                            "",
		"2016-12-31T23:59:60+01:00":                       "",
		"2016-12-31T23:59:61Z":                            "",
		"2023-02-29T00:00:00Z":                            "",
		"2026-04-31T00:00:00Z":                            "",
		"2026-13-01T00:00:00Z":                            "",
		"2026-00-01T00:00:00Z":                            "",
		"2026-01-31T24:00:00Z":                            "",
		"2026-01-31T12:60:00Z":                            "",
		"2026-01-31T9:00:00Z":                             "",
		"2026-1-31T09:00:00Z":                             "",
		"26-01-31T09:00:00Z":                              "",
		"2026-01-31T12:00:00,5Z":                          "",
		"2026-01-31T12:00:00.Z":                           "",
		"2026-01-31T12:00Z":                               "",
		"2026-01-31T12:00:00":                             "",
		"2026-01-31T12:00:00+0100":                        "",
		"2026-01-31T12:00:00+01":                          "",
		"2026-01-31T12:00:00+1:00":                        "",
		"2026-01-31T12:00:00+24:00":                       "",
		"2026-01-31T12:00:00+01:60":                       "",
		"2026-01-31T12:00:00 Z":                           "",
		"2026-01-31 12:00:00Z":                            "",
		"20260131T120000Z":                                "",
		"2026-01-31":                                      "",
		"2026-01-31T12:00:00ZZ":                           "",
		" 2026-01-31T12:00:00Z":                           "",
		"２０２６-01-31T12:00:00Z":                            "",
		"+2026-01-31T12:00:00Z":                           "",
		"-026-01-31T12:00:00Z":                            "",
		"2026-01-31T12:00:00\u221201:00":                  "",
		"":                                                "",
		"1769860800":                                      "",
	} {
		got, err := rekey.ParseTime(text)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q was read as %s", text, got)
		case want == "" && rekey.CodeOf(err) != rekey.CodeInvalid:
			t.Errorf("%q: %v", text, err)
		case want != "" && (err != nil || got.Format(time.RFC3339Nano) != want || got.Location() != time.UTC):
			t.Errorf("%q: %s, %v; want %s", text, got.Format(time.RFC3339Nano), err, want)
		}
	}
}

func TestTimeFrameInJSONIsReadTheSameWay(t *testing.T) {
	t.Parallel()
	var f rekey.TimeFrame
	if err := json.Unmarshal([]byte(`{"start":"2026-01-31t12:00:00.5z","end":null,"days":["monday"]}`), &f); err != nil ||
		f.Start.Format(time.RFC3339Nano) != "2026-01-31T12:00:00.5Z" || !f.End.IsZero() || len(f.Days) != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	for _, text := range []string{`{"start":"2026-01-31T9:00:00Z"}`, `{"end":"2026-01-31T12:00:00,5Z"}`, `{"end":7}`} {
		if err := json.Unmarshal([]byte(text), &f); err == nil {
			t.Errorf("%s was read as %+v", text, f)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	for _, text := range []string{"2026-01-31T12:00:00Z", "2016-12-31T15:59:60.25-08:00", "2026-01-31t12:00:00,5z"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := rekey.ParseTime(text)
		if err != nil {
			return
		}
		again, err := rekey.ParseTime(at.Format(time.RFC3339Nano))
		if year := at.Year(); year >= 0 && year <= 9999 && (err != nil || !again.Equal(at)) {
			t.Errorf("%q is %s, which is read as %s: %v", text, at, again, err)
		}
	})
}
