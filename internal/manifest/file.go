package manifest

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"rekey"
)

// File is the content of a file.
type File struct {
	Selections  []rekey.Selection `json:"selections,omitzero" yaml:"selections,omitempty"`
	Automations []Automation      `json:"automations,omitzero" yaml:"automations,omitempty"`
}

// Automation is a client.Automation in the form of a file.
type Automation struct {
	Name        string            `json:"name" yaml:"name"`
	Description string            `json:"description,omitzero" yaml:"description,omitempty"`
	EventType   string            `json:"event_type" yaml:"event_type"`
	EventFilter rekey.EventFilter `json:"event_filter,omitzero" yaml:"event_filter,omitempty"` // its user by address, its automation by name
	JobType     string            `json:"job_type" yaml:"job_type"`
	JobParams   map[string]any    `json:"job_params,omitzero" yaml:"job_params,omitempty"` // theirs, too
	Selection   string            `json:"selection,omitzero" yaml:"selection,omitempty"`   // its name
	Delay       rekey.Delay       `json:"delay,omitzero" yaml:"delay,omitempty"`
	TimeFrame   TimeFrame         `json:"time_frame,omitzero" yaml:"time_frame,omitempty"`
	TimeZone    string            `json:"time_zone,omitzero" yaml:"time_zone,omitempty"`
	Active      *bool             `json:"active,omitzero" yaml:"active,omitempty"` // nil leaves it as it is, and trial, too
	Trial       bool              `json:"trial,omitzero" yaml:"trial,omitempty"`
}

// TimeFrame is a rekey.TimeFrame in the form of a file. Its times are texts, because
// times of YAML may have no time zone: a file must mean the same in all zones.
type TimeFrame struct {
	Start string          `json:"start,omitzero" yaml:"start,omitempty"` // RFC 3339
	End   string          `json:"end,omitzero" yaml:"end,omitempty"`
	Days  []rekey.Weekday `json:"days,omitzero" yaml:"days,omitempty"`
	Hours rekey.DayHours  `json:"hours,omitzero" yaml:"hours,omitempty"`
}

// maxFile is the size limit of a file, in bytes.
const maxFile = 4 << 20

// Read reads a file. Its error names the line of bad YAML or an unknown field, or a
// missing or duplicate name.
func Read(r io.Reader) (File, error) {
	var f File
	decoder := yaml.NewDecoder(io.LimitReader(r, maxFile))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return f, plain(err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return f, errors.New("it has more than one document; write only one")
	}
	f.readTyped()
	return f, f.checkNames()
}

// readTyped reads the texts as the server does, so that they do not differ from what is
// stored.
func (f *File) readTyped() {
	for i := range f.Selections {
		s := &f.Selections[i]
		s.Name, s.Description = rekey.TypedText(s.Name), rekey.TypedText(s.Description)
	}
	for i := range f.Automations {
		a := &f.Automations[i]
		a.Name, a.Description, a.Selection = rekey.TypedText(a.Name), rekey.TypedText(a.Description), rekey.TypedText(a.Selection)
		a.EventFilter.Name.Value, a.EventFilter.Source.Value = rekey.TypedText(a.EventFilter.Name.Value), rekey.TypedText(a.EventFilter.Source.Value)
		a.EventFilter.Automation = rekey.TypedText(a.EventFilter.Automation)
		a.TimeZone = rekey.TypedZone(a.TimeZone)
	}
}

var unknownField = regexp.MustCompile(`field (\S+) not found in type \S+`)

// plainTypes replaces Go's types in an error by words.
var plainTypes = strings.NewReplacer("\n  ", "; ", "into manifest.File", "into a mapping with selections and automations",
	"into rekey.Operator", "into string", "into rekey.Unit", "into string", "into rekey.Weekday", "into string", "into []rekey.Weekday", "into []string",
	"into manifest.", "into ", "into []manifest.", "into []", "into rekey.", "into ", "into []rekey.", "into []")

// plain returns the decoder's error in one line, without Go's types.
func plain(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.TrimPrefix(text, "unmarshal errors:\n  ")
	text = unknownField.ReplaceAllString(text, `the field "$1" is not known`)
	return errors.New(plainTypes.Replace(text))
}

func (f File) checkNames() error {
	seen := map[string]bool{}
	check := func(kind, name string, i int) error {
		switch key := kind + rekey.NameKey(name); {
		case name == "":
			return fmt.Errorf("%ss[%d] has no name; give it one", kind, i)
		case seen[key]:
			return fmt.Errorf("the %s %q appears twice; keep one", kind, name)
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
		if a.Trial && a.Active != nil && *a.Active {
			return fmt.Errorf("the automation %q has active: true and trial: true; keep one", a.Name)
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

func (f TimeFrame) read() (frame rekey.TimeFrame, err error) {
	if frame.Start, err = moment("start", f.Start); err != nil {
		return frame, err
	}
	frame.End, err = moment("end", f.End)
	frame.Days, frame.Hours = f.Days, f.Hours
	return frame, err
}

// moment reads a time with its offset from UTC.
func moment(field, text string) (t time.Time, err error) {
	if text == "" {
		return t, nil
	}
	if t, err = rekey.ParseTime(text); err != nil {
		return t, fmt.Errorf("time_frame.%s: give a moment such as 2026-01-01T00:00:00+01:00, not %q", field, text)
	}
	return t, nil
}

// frameOf returns a time frame in the form of a file, with times in the time zone of
// the automation.
func frameOf(f rekey.TimeFrame, zone string) TimeFrame {
	shown := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		if in, err := time.LoadLocation(zone); err == nil {
			t = t.In(in)
		}
		return t.Format(time.RFC3339Nano)
	}
	return TimeFrame{shown(f.Start), shown(f.End), f.Days, f.Hours}
}
