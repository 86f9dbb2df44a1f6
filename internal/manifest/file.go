package manifest

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"rekey/client"
)

// File is what a file describes.
type File struct {
	Selections  []Selection  `yaml:"selections,omitempty"`
	Automations []Automation `yaml:"automations,omitempty"`
}

// Selection is a client.Selection as a file has it.
type Selection struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description,omitempty"`
	Expression  string `yaml:"expression"`
}

// Automation is a client.Automation as a file has it.
type Automation struct {
	Name        string         `yaml:"name"`
	Description string         `yaml:"description,omitempty"`
	EventType   string         `yaml:"event_type"`
	EventFilter EventFilter    `yaml:"event_filter,omitempty"`
	JobType     string         `yaml:"job_type"`
	JobParams   map[string]any `yaml:"job_params,omitempty"`
	Selection   string         `yaml:"selection,omitempty"` // its name
	Delay       Delay          `yaml:"delay,omitempty"`
	TimeFrame   TimeFrame      `yaml:"time_frame,omitempty"`
	TimeZone    string         `yaml:"time_zone,omitempty"`
	Active      *bool          `yaml:"active,omitempty"` // nil leaves it as it is
}

// EventFilter is a client.EventFilter as a file has it.
type EventFilter struct {
	SystemUser string     `yaml:"system_user,omitempty"` // an address
	Name       TextFilter `yaml:"name,omitempty"`
	Source     TextFilter `yaml:"source,omitempty"`
}

// TextFilter is a client.TextFilter as a file has it.
type TextFilter struct {
	Operator string `yaml:"operator"`
	Value    string `yaml:"value"`
}

// Delay is a client.Delay as a file has it.
type Delay struct {
	Unit  string `yaml:"unit"`
	Value int    `yaml:"value"`
}

// TimeFrame is a client.TimeFrame as a file has it.
type TimeFrame struct {
	Start string   `yaml:"start,omitempty"` // RFC 3339
	End   string   `yaml:"end,omitempty"`
	Days  []string `yaml:"days,omitempty"`
}

// maxFile is the most that is read of a file.
const maxFile = 4 << 20

// Read reads a file. Its error says in which line what is wrong: no YAML, a
// field that is not known, no name, a name that comes twice.
func Read(r io.Reader) (File, error) {
	var f File
	decoder := yaml.NewDecoder(io.LimitReader(r, maxFile))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return f, plain(err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return f, errors.New("there is more than one document in it; write one")
	}
	return f, f.checkNames()
}

var unknownField = regexp.MustCompile(`field (\S+) not found in type \S+`)

// plain says in one line, without Go's types, what the decoder found.
func plain(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.TrimPrefix(text, "unmarshal errors:\n  ")
	text = unknownField.ReplaceAllString(text, `the field "$1" is not known`)
	text = strings.NewReplacer("manifest.File", "a mapping with selections and automations", "into manifest.", "into ").Replace(text)
	return errors.New(strings.ReplaceAll(text, "\n  ", "; "))
}

func (f File) checkNames() error {
	seen := map[string]bool{}
	check := func(kind, name string, i int) error {
		switch key := kind + strings.ToLower(name); {
		case strings.TrimSpace(name) == "":
			return fmt.Errorf("%ss[%d] has no name; give it one", kind, i)
		case seen[key]:
			return fmt.Errorf("the %s %q is there twice; keep one", kind, name)
		default:
			seen[key] = true
			return nil
		}
	}
	for i, s := range f.Selections {
		if err := check("selection", s.Name, i); err != nil {
			return err
		}
	}
	for i, a := range f.Automations {
		if err := check("automation", a.Name, i); err != nil {
			return err
		}
	}
	return nil
}

// Write writes a file that Read reads.
func (f File) Write(w io.Writer) error {
	out := yaml.NewEncoder(w)
	out.SetIndent(2)
	if err := out.Encode(f); err != nil {
		return fmt.Errorf("write the file: %w", err)
	}
	return out.Close()
}

func (f TimeFrame) toAPI() (frame client.TimeFrame, err error) {
	if frame.Start, err = moment("start", f.Start); err != nil {
		return frame, err
	}
	frame.End, err = moment("end", f.End)
	frame.Days = f.Days
	return frame, err
}

// moment reads a moment that says how far its clock is from UTC; the server's
// people are in many zones, and a file must mean the same to all of them.
func moment(field, text string) (t time.Time, err error) {
	if text == "" {
		return t, nil
	}
	if t, err = time.Parse(time.RFC3339, text); err != nil {
		return t, fmt.Errorf("time_frame.%s: give a moment such as 2026-01-01T00:00:00+01:00, not %q", field, text)
	}
	return t, nil
}

// frameOf is a time frame as a file has it, its moments in the time zone of the
// automation.
func frameOf(f client.TimeFrame, zone string) TimeFrame {
	shown := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		if in, err := time.LoadLocation(zone); err == nil {
			t = t.In(in)
		}
		return t.Format(time.RFC3339Nano)
	}
	return TimeFrame{shown(f.Start), shown(f.End), f.Days}
}

func (f EventFilter) toAPI(userID string) client.EventFilter {
	return client.EventFilter{User: userID, Name: client.TextFilter(f.Name), Source: client.TextFilter(f.Source)}
}
