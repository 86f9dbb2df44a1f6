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
	"rekey/internal/remedy"
)

// setting is one field of Config.
type setting struct {
	key      string // "smtp.password_file", as in the settings file
	value    reflect.Value
	standard string // the default, as text
}

// settingsOf lists the fields of c and of its groups, in order.
func settingsOf(c *Config) []setting { return fieldsOf(reflect.ValueOf(c).Elem(), "") }

func fieldsOf(v reflect.Value, prefix string) []setting {
	var all []setting
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		key, _, _ := strings.Cut(tag.Get("yaml"), ",")
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

// CheckSetting returns an error if the text does not fit the setting. For an
// unknown key it returns nil.
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
func (s setting) set(text string) (err error) {
	want := ""
	switch field := s.value.Addr().Interface().(type) {
	case *string:
		*field = text
	case *[]string:
		*field = strings.Split(text, ",")
	case *Directories:
		return field.UnmarshalText([]byte(text))
	case *bool:
		*field, err = strconv.ParseBool(text)
		want = "neither true nor false"
	case *int:
		*field, err = strconv.Atoi(text)
		want = "not a whole number"
	case *float64:
		*field, err = strconv.ParseFloat(text, 64)
		want = "not a number"
	case *time.Duration:
		*field, err = time.ParseDuration(text)
		want = "not a duration such as 30s"
	default:
		return fmt.Errorf("a setting cannot be a %s", s.value.Type())
	}
	if err != nil {
		return fmt.Errorf("%q is %s", text, want)
	}
	return nil
}

// FlagOf is the name of the flag of a setting.
func FlagOf(key string) string { return strings.NewReplacer(".", "-", "_", "-").Replace(key) }

// settingsFile provides the flags that neither the command line nor the
// environment sets.
type settingsFile struct{ values map[string]string }

var _ kong.Resolver = settingsFile{}

// ReadSettings reads a settings file. Every key must be a key of Config, appear
// once, and have a value that fits. The error, a *rekey.Error, lists all problems by
// key and line.
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
	file := settingsFile{map[string]string{}}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return file, rekey.NewError(rekey.CodeInvalid, "Not YAML: "+strings.TrimPrefix(err.Error(), "yaml: ")+".")
	}
	known := map[string]setting{}
	for _, s := range settingsOf(&Config{}) {
		known[s.key] = s
	}
	var p rekey.Problems
	for _, root := range document.Content { // none in an empty file
		file.read(root, "", known, &p)
	}
	return file, p.Err()
}

// read reads the settings of a mapping. The YAML library's strict mode would name
// Go types instead of keys, and give no advice.
func (f settingsFile) read(node *yaml.Node, prefix string, known map[string]setting, p *rekey.Problems) {
	if node.Kind != yaml.MappingNode {
		p.Add(cmp.Or(strings.TrimSuffix(prefix, "."), "the file"), fmt.Sprintf("(line %d) Write settings as key: value.", node.Line))
		return
	}
	for pair := range slices.Chunk(node.Content, 2) {
		name, value := pair[0], pair[1]
		key := prefix + name.Value
		_, twice := f.values[key]
		switch s, ok := known[key]; {
		case ok && twice:
			p.Add(key, fmt.Sprintf("(line %d) This key appears twice.", name.Line))
		case value.Tag == "!!null" && (ok || isGroup(key, known)): // "key:" alone leaves the default
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
			f.read(value, key+".", known, p)
		default:
			p.Add(key, fmt.Sprintf("(line %d) %s", name.Line, unknown(key, known)))
		}
	}
}

// scalar returns the value as text, as for the flag.
func scalar(node *yaml.Node, s setting) (string, error) {
	if node.Kind == yaml.ScalarNode {
		return node.Value, nil
	}
	if _, ok := reflect.TypeAssert[Directories](s.value); ok {
		text, err := yaml.Marshal(node)
		return string(text), err
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

// unknown says what is wrong with a key that is not known.
func unknown(key string, known map[string]setting) string {
	for _, s := range new(Config).secrets() {
		if s.key == key {
			return fmt.Sprintf("Not allowed in this file. Name a file that contains it with %s_file, or set %s.", key, s.variable)
		}
	}
	near := Nearest(key, slices.Collect(maps.Keys(known)))
	return "Unknown setting" + cmp.Or(near, "; rekey serve --print-config lists them.")
}

// Validate implements kong.Resolver: ReadSettings has checked everything.
func (settingsFile) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver. A variable of the environment wins over the
// file.
func (f settingsFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if os.Getenv(name) != "" {
			return nil, nil
		}
	}
	for key, value := range f.values {
		if FlagOf(key) == flag.Name {
			return value, nil
		}
	}
	return nil, nil
}

// Print writes the settings as a settings file. Secrets appear masked, in comments.
func (c Config) Print(w io.Writer) error {
	secrets := c.secrets()
	c.Database, c.Keys = withoutPassword(c.Database), withoutPassword(c.Keys) // the key file is named after the database by default
	var root yaml.Node
	if err := root.Encode(c); err != nil {
		return fmt.Errorf("print settings: %w", err)
	}
	for _, s := range secrets {
		if !s.value.IsZero() {
			label(&root, s.key+"_file").HeadComment = "# " + s.key[strings.IndexByte(s.key, '.')+1:] + ": " + s.value.String()
		}
	}
	out := yaml.NewEncoder(w)
	out.SetIndent(2)
	if err := out.Encode(&root); err != nil {
		return fmt.Errorf("print settings: %w", err)
	}
	return out.Close()
}

// label returns the node of a key such as "smtp.password_file".
func label(node *yaml.Node, key string) *yaml.Node {
	name, rest, inGroup := strings.Cut(key, ".")
	if node.Kind != yaml.MappingNode {
		return &yaml.Node{}
	}
	for pair := range slices.Chunk(node.Content, 2) {
		switch {
		case pair[0].Value != name:
		case inGroup:
			return label(pair[1], rest)
		default:
			return pair[0]
		}
	}
	return &yaml.Node{}
}
