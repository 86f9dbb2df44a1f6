package app

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"rekey"
	"rekey/internal/english"
	"rekey/internal/remedy"
)

// setting is one field of Config.
type setting struct {
	key      string // "smtp.password_file", as in the settings file
	value    reflect.Value
	standard string // the default, as text
}

// settingsOf lists the fields of c in their order, groups opened.
func settingsOf(c *Config) []setting { return fieldsOf(reflect.ValueOf(c).Elem(), "") }

func fieldsOf(v reflect.Value, prefix string) []setting {
	var all []setting
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		key := tag.Get("yaml")
		switch {
		case key == "-":
		case v.Field(i).Kind() == reflect.Struct:
			all = append(all, fieldsOf(v.Field(i), prefix+key+".")...)
		default:
			all = append(all, setting{prefix + key, v.Field(i), tag.Get("default")})
		}
	}
	return all
}

// SettingKeys lists the keys of all settings, as in the settings file:
// "smtp.password_file".
func SettingKeys() []string {
	var keys []string
	for _, s := range settingsOf(&Config{}) {
		keys = append(keys, s.key)
	}
	return keys
}

// CheckSetting returns what is wrong with the text of a setting, or nil if it can
// be read. A key that is not known has nothing wrong.
func CheckSetting(key, text string) error {
	for _, s := range settingsOf(&Config{}) {
		if s.key == key {
			return s.set(text)
		}
	}
	return nil
}

// setDefaults gives the fields of c that are zero their default.
func setDefaults(c *Config) {
	for _, s := range settingsOf(c) {
		if s.value.IsZero() && s.standard != "" {
			_ = s.set(s.standard) // a default that does not fit is found by the test of this file
		}
	}
}

// set reads text into the field; its error says what would be right.
func (s setting) set(text string) error {
	switch s.value.Interface().(type) {
	case string:
		s.value.SetString(text)
	case []string:
		s.value.Set(reflect.ValueOf(strings.Split(text, ",")))
	case bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		s.value.SetBool(b)
	case int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		s.value.SetInt(int64(n))
	case float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("%q is not a number", text)
		}
		s.value.SetFloat(f)
	case time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q is not a duration such as 30s", text)
		}
		s.value.SetInt(int64(d))
	default:
		return fmt.Errorf("a setting cannot be %s", english.A(s.value.Type().String()))
	}
	return nil
}

// settingsFile resolves flags from a file: what neither the command line nor
// the environment has set comes from here.
type settingsFile struct{ values map[string]string }

var _ kong.Resolver = settingsFile{}

// ReadSettings reads a settings file. Every key must be one that Config has,
// once, with a value that fits; else the error, a *rekey.Error, tells all that
// is wrong by key and line.
func ReadSettings(path string) (kong.Resolver, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, &rekey.Error{Code: rekey.CodeInvalid, Message: "The settings file cannot be read. " + remedy.File(path, err), Cause: err}
	}
	file, err := parseSettings(data)
	if err != nil {
		return nil, &rekey.Error{Code: rekey.CodeInvalid, Message: path + ": " + err.Error(), Cause: err}
	}
	return file, nil
}

func parseSettings(data []byte) (settingsFile, error) {
	file := settingsFile{values: map[string]string{}}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return file, rekey.NewError(rekey.CodeInvalid, "Not YAML: "+strings.TrimPrefix(err.Error(), "yaml: ")+".")
	}
	var p rekey.Problems
	if len(document.Content) > 0 {
		var scratch Config
		known := map[string]setting{}
		for _, s := range settingsOf(&scratch) {
			known[s.key] = s
		}
		file.read(document.Content[0], "", known, &p)
	}
	return file, p.Err()
}

// read takes a mapping apart: a key with a dot after it in known is a group.
func (f settingsFile) read(node *yaml.Node, prefix string, known map[string]setting, p *rekey.Problems) {
	if node.Kind != yaml.MappingNode {
		p.Add(cmp.Or(strings.TrimSuffix(prefix, "."), "the file"), fmt.Sprintf("(line %d) Write settings as key: value.", node.Line))
		return
	}
	secrets := new(Config).secrets()
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		key := prefix + name.Value
		s, ok := known[key]
		switch _, twice := f.values[key]; {
		case ok && twice:
			p.Add(key, fmt.Sprintf("(line %d) Stands here a second time.", name.Line))
		case ok && value.Tag == "!!null": // "key:" alone leaves the default
		case ok:
			text, err := scalar(value, s)
			if err == nil {
				err = s.set(text)
			}
			if err != nil {
				p.Add(key, fmt.Sprintf("(line %d) %v.", value.Line, err))
			}
			f.values[key] = text
		case isGroup(key, known):
			if value.Tag != "!!null" {
				f.read(value, key+".", known, p)
			}
		case slices.ContainsFunc(secrets, func(s secret) bool { return s.key == key }):
			at := slices.IndexFunc(secrets, func(s secret) bool { return s.key == key })
			p.Add(key, fmt.Sprintf("(line %d) Does not belong into this file; name a file that holds it with %s_file, or set %s.", name.Line, key, secrets[at].variable))
		default:
			p.Add(key, fmt.Sprintf("(line %d) Unknown setting%s", name.Line, suggestion(key, known)))
		}
	}
}

// scalar is the value as the flag would be written.
func scalar(node *yaml.Node, s setting) (string, error) {
	if node.Kind == yaml.ScalarNode {
		return node.Value, nil
	}
	_, isList := reflect.TypeAssert[[]string](s.value)
	if node.Kind != yaml.SequenceNode || !isList {
		return "", fmt.Errorf("write one value")
	}
	items := make([]string, len(node.Content))
	for i, item := range node.Content {
		if item.Kind != yaml.ScalarNode || strings.Contains(item.Value, ",") {
			return "", fmt.Errorf("write a list of single values")
		}
		items[i] = item.Value
	}
	return strings.Join(items, ","), nil
}

func isGroup(key string, known map[string]setting) bool {
	for other := range known {
		if strings.HasPrefix(other, key+".") {
			return true
		}
	}
	return false
}

// suggestion names the known keys that key was probably meant to be, or says
// where they are listed.
func suggestion(key string, known map[string]setting) string {
	if near := Nearest(key, slices.Collect(maps.Keys(known))); near != "" {
		return near
	}
	return "; rekey serve --print-config lists them."
}

// Validate implements kong.Resolver: ReadSettings has checked everything.
func (settingsFile) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver. It leaves alone what a variable of the
// environment has set, since those come before the file.
func (f settingsFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if os.Getenv(name) != "" {
			return nil, nil
		}
	}
	for key, value := range f.values {
		if strings.NewReplacer(".", "-", "_", "-").Replace(key) == flag.Name {
			return value, nil
		}
	}
	return nil, nil
}

// Print writes the settings as a settings file that would give the same.
// Secrets are masked, in a comment.
func (c Config) Print(w io.Writer) error {
	root := &yaml.Node{Kind: yaml.MappingNode}
	group, into := "", root
	for _, s := range settingsOf(&c) {
		prefix, name, found := strings.Cut(s.key, ".")
		if !found {
			prefix, name, into = "", s.key, root
		} else if prefix != group {
			into = &yaml.Node{Kind: yaml.MappingNode}
			root.Content = append(root.Content, text(prefix), into)
		}
		group = prefix
		value := &yaml.Node{}
		shown := s.value.Interface()
		if d, ok := shown.(time.Duration); ok {
			shown = d.String()
		}
		if s.key == "database" || s.key == "keys" { // without a name of their own, keys have that of the database
			shown = withoutPassword(fmt.Sprint(shown))
		}
		if err := value.Encode(shown); err != nil {
			return fmt.Errorf("print %s: %w", s.key, err)
		}
		label := text(name)
		for _, hidden := range c.secrets() {
			if _, bare, _ := strings.Cut(hidden.key, "."); s.key == hidden.key+"_file" && !hidden.value.IsZero() {
				label.HeadComment = "# " + bare + ": " + hidden.value.String()
			}
		}
		into.Content = append(into.Content, label, value)
	}
	out := yaml.NewEncoder(w)
	out.SetIndent(2)
	if err := out.Encode(root); err != nil {
		return fmt.Errorf("print settings: %w", err)
	}
	return out.Close()
}

func text(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }
