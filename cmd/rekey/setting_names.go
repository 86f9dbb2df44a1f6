package main

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"rekey"
	"rekey/internal/app"
)

// names knows under which names the operator gave the settings of a command.
type names struct {
	flags []*kong.Flag
	given map[string]bool // flags on the command line, by name
	file  string          // the settings file, or ""
}

func namesOf(command *kong.Context) names {
	n := names{flags: command.Flags(), given: map[string]bool{}}
	for _, path := range command.Path {
		if path.Flag != nil && !path.Resolved {
			n.given[path.Flag.Name] = true
		}
	}
	for _, flag := range n.flags {
		if file, ok := command.FlagValue(flag).(settingsFile); ok {
			n.file = string(file)
		}
	}
	return n
}

// flag finds the flag of a field such as "smtp.host".
func (n names) flag(field string) *kong.Flag {
	i := slices.IndexFunc(n.flags, func(f *kong.Flag) bool { return f.Name == app.FlagOf(field) })
	if i < 0 {
		return nil
	}
	return n.flags[i]
}

// name returns the name under which a field was given: a flag, a variable or a key
// of the settings file. A field that was not given gets the kind of name that the
// operator used for others.
func (n names) name(field string) string {
	base, index, indexed := strings.Cut(field, "[")
	if indexed {
		index = "[" + index
	}
	flag := n.flag(base)
	switch {
	case flag == nil:
		return field
	case n.given[flag.Name]:
		return "--" + flag.Name + index
	case slices.ContainsFunc(flag.Envs, func(variable string) bool { return os.Getenv(variable) != "" }):
		return flag.Envs[0] + index
	case n.file != "" && isSetting(base):
		return field + " in " + n.file
	case len(n.given) == 0 && len(flag.Envs) > 0 && n.anyVariable():
		return flag.Envs[0] + index
	default:
		return "--" + flag.Name + index
	}
}

func (n names) anyVariable() bool {
	return slices.ContainsFunc(n.flags, func(f *kong.Flag) bool {
		return slices.ContainsFunc(f.Envs, func(variable string) bool { return os.Getenv(variable) != "" })
	})
}

func isSetting(field string) bool { return slices.Contains(app.SettingKeys(), field) }

// text returns the message of an error. It replaces the keys of settings by the names
// that the operator used.
func (n names) text(err error) string {
	text := explain(err)
	var wrong *rekey.Error
	if !errors.As(err, &wrong) || len(wrong.Fields) == 0 {
		return text
	}
	named := *wrong
	named.Fields = slices.Clone(wrong.Fields)
	mentioned := n.mentioned()
	for i, f := range named.Fields {
		named.Fields[i] = rekey.FieldError{Field: n.name(f.Field), Message: mentioned.Replace(f.Message)}
	}
	return strings.Replace(text, wrong.Error(), named.Error(), 1)
}

// mentioned replaces the keys in a message. It leaves out keys of a single word,
// which may be ordinary words.
func (n names) mentioned() *strings.Replacer {
	keys := app.SettingKeys()
	slices.SortFunc(keys, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, key := range keys {
		if flag := n.flag(key); flag != nil && strings.ContainsAny(key, "._") {
			pairs = append(pairs, key, n.name(key))
		}
	}
	return strings.NewReplacer(pairs...)
}
