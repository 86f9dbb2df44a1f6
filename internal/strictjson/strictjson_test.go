package strictjson

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWhatIsWrongIsNamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a": {"b": [1, {"c": 2, "d": "}", "c": 3}]}}`: "a.b[1].c: This appears twice. Give it once.",
		`{"a": 1, "\u0061": 2}`:                         "a: This appears twice. Give it once.",
		`[[{"x":1},{"x":1,"x":1}]]`:                     "[0][1].x: This appears twice. Give it once.",
		`{"delay": {"value": 1e400}}`:                   "delay.value: This number is too large.",
		`[-1e999 ]`:                                     "[0]: This number is too large.",
		"{\n  \"a\": 1,\n  b\n}":                        "Something is wrong at line 3, column 3.",
		`{"a": 1}}`:                                     "Something is wrong at line 1, column 9.",
		`{"a": }`:                                       "Something is wrong at line 1, column 7.",
		`{"a": 1`:                                       "It ends too early.",
		"{\"a\": \n":                                    "It ends too early.",
		``:                                              "It ends too early.",
		"{\"a\": \"\xff\"}":                             "It is not valid UTF-8.",
	} {
		err := CheckNumbers([]byte(text))
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{`{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}],"":{},"d":"a\"b","e":[ ]}`, `1e308`, ` "x" `, `null`, ` [ true , false ] `, `{}`} {
		if err := CheckNumbers([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := Check([]byte(`{"a":1e400}`)); err != nil {
		t.Errorf("Check looks at numbers: %v", err)
	}
}

func TestMisfitIsNamedInOurWords(t *testing.T) {
	t.Parallel()
	var v struct {
		Delay struct {
			Value int `json:"value"`
		} `json:"delay"`
	}
	text := []byte(`{"delay":{"value":1e30}}`)
	err := Explain(json.Unmarshal(text, &v), text)
	if err == nil || !strings.HasPrefix(err.Error(), "delay.value: ") || strings.Contains(err.Error(), "Go") {
		t.Error(err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(`{"a":[1,"b",{"c":null}]}`))
	f.Add([]byte(`{"a":1,"a":2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := Check(text); err == nil && !json.Valid(text) {
			t.Errorf("%q is taken", text)
		}
	})
}
