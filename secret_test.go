package rekey_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"rekey"
)

const hidden = "hunter2-Swordfish"

// account holds a secret in all the ways that a struct can.
type account struct {
	Name    string
	Public  rekey.Secret
	Pointer *rekey.Secret
	List    []rekey.Secret
	Map     map[string]rekey.Secret `xml:"-"`
	private rekey.Secret
	inner   struct{ secret rekey.Secret }
}

func holder() account {
	s := rekey.NewSecret(hidden)
	a := account{Name: "ada", Public: s, Pointer: &s, List: []rekey.Secret{s}, Map: map[string]rekey.Secret{"k": s}, private: s}
	a.inner.secret = s
	return a
}

func TestNoVerbPrintsASecret(t *testing.T) {
	t.Parallel()
	s, a := rekey.NewSecret(hidden), holder()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%T", "%p", "%t", "%10.3s", "%-30v|", "%U"} {
		for what, value := range map[string]any{
			"a secret": s, "a pointer to one": &s, "a struct": a, "a pointer to a struct": &a,
			"a slice": []rekey.Secret{s}, "a map": map[string]any{"k": s}, "a key": map[rekey.Secret]int{s: 1},
			"an array of structs": [1]account{a},
		} {
			wantHidden(t, what+" by "+verb, fmt.Sprintf(verb, value))
		}
	}
	if got := fmt.Sprintf("%s %v", s, a.List); got != "[redacted] [[redacted]]" {
		t.Errorf("printed as %q", got)
	}
}

func TestNoMarshallerWritesASecret(t *testing.T) {
	t.Parallel()
	a := holder()
	marshallers := map[string]func(any) ([]byte, error){
		"JSON": json.Marshal,
		"XML":  xml.Marshal,
		"YAML": yaml.Marshal,
		"gob": func(v any) ([]byte, error) {
			var b bytes.Buffer
			err := gob.NewEncoder(&b).Encode(v)
			return b.Bytes(), err
		},
	}
	for name, marshal := range marshallers {
		for what, value := range map[string]any{"alone": a.Public, "in a struct": a} {
			text, err := marshal(value)
			if err != nil {
				t.Errorf("%s, %s: %v", name, what, err)
			}
			wantHidden(t, name+" "+what, string(text))
			if !bytes.Contains(text, []byte("[redacted]")) {
				t.Errorf("%s, %s: %q does not say that something was redacted", name, what, text)
			}
		}
	}
	text, err := json.Marshal(map[rekey.Secret]int{a.Public: 1})
	if err != nil {
		t.Error(err)
	}
	wantHidden(t, "a key in JSON", string(text))
}

func TestNoLogHandlerWritesASecret(t *testing.T) {
	t.Parallel()
	s, a := rekey.NewSecret(hidden), holder()
	var out bytes.Buffer
	for _, handler := range []slog.Handler{
		slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil),
	} {
		log := slog.New(handler)
		log.With("secret", s).WithGroup("g").Info("logged", "secret", s, "pointer", &s, "struct", a, "list", a.List, "error", fmt.Errorf("with %v", s))
	}
	wantHidden(t, "a log", out.String())
	if n := strings.Count(out.String(), "logged"); n != 2 {
		t.Errorf("%d lines", n)
	}
}

func TestNoErrorOrTemplateHoldsASecret(t *testing.T) {
	t.Parallel()
	s := rekey.NewSecret(hidden)
	err := fmt.Errorf("outer: %w", errors.Join(fmt.Errorf("cannot use %v", s), fmt.Errorf("nor %q", &s)))
	wantHidden(t, "an error", err.Error())
	var out strings.Builder
	page := template.Must(template.New("").Parse(`<p title="{{.Public}}">{{.Public}} {{.List}}</p><script>let s = {{.Public}}</script>`))
	if err := page.Execute(&out, holder()); err != nil {
		t.Error(err)
	}
	wantHidden(t, "a template", out.String())
	out.Reset()
	if _, err := io.WriteString(&out, s.String()); err != nil {
		t.Error(err)
	}
	wantHidden(t, "String", out.String())
}

func TestASecretCanBeReadAndRevealed(t *testing.T) {
	t.Parallel()
	var in struct {
		Password rekey.Secret `json:"password" yaml:"password"`
	}
	for name, err := range map[string]error{
		"JSON": json.Unmarshal([]byte(`{"password":"`+hidden+`"}`), &in),
		"YAML": yaml.Unmarshal([]byte(`password: `+hidden), &in),
	} {
		if err != nil || in.Password.Reveal() != hidden || in.Password.IsZero() {
			t.Errorf("%s: %v, %v", name, in, err)
		}
	}
	if err := json.Unmarshal([]byte(`{"password":""}`), &in); err != nil || in.Password != (rekey.Secret{}) {
		t.Errorf("an empty text is not the zero value: %v", err)
	}
	if zero := rekey.NewSecret(""); !zero.IsZero() || zero.Reveal() != "" || fmt.Sprint(zero) != "[redacted]" {
		t.Error("an empty secret is not zero, or shows that it is")
	}
}

func TestWhateverIsSecretComesBackAsItWas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if s := rekey.NewSecret(text); s.Reveal() != text || s.IsZero() != (text == "") {
			t.Fatalf("%q came back as %q", text, s.Reveal())
		}
	})
}

// wantHidden fails if text holds the secret, or its bytes in hexadecimal or as
// numbers.
func wantHidden(t *testing.T, what, text string) {
	t.Helper()
	lower := strings.ToLower(text)
	for _, form := range []string{hidden, fmt.Sprintf("%x", hidden), fmt.Sprintf("% x", hidden), "104 117 110 116", "hun", "fish"} {
		if strings.Contains(lower, strings.ToLower(form)) {
			t.Errorf("%s shows the secret: %s", what, text)
			return
		}
	}
}
