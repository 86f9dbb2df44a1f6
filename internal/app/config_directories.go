package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"rekey"
	"rekey/internal/directory"
)

// Directories are the directories where system users live. As a flag or a variable they
// are the YAML that stands in the settings file below directories.
type Directories []directory.Settings

// unknownKey is what the YAML library says of a key that is not known.
var unknownKey = regexp.MustCompile(`field (\S+) not found in type`)

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Directories) UnmarshalText(text []byte) error {
	*d = nil
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	err := decoder.Decode((*[]directory.Settings)(d))
	switch match := unknownKey.FindStringSubmatch(fmt.Sprint(err)); {
	case err == nil || errors.Is(err, io.EOF):
		return nil
	case match != nil:
		return fmt.Errorf("a directory has no setting %s; docs/directories.md lists them", match[1])
	default:
		return errors.New("write a list of directories, each with name, kind, addresses, base and bind_dn")
	}
}

// validateDirectories checks the directories without connecting to them.
func (c Config) validateDirectories(p *rekey.Problems) {
	seen := map[string]string{} // names by their variables
	for i, s := range c.Directories {
		field := fmt.Sprintf("directories[%d].", i)
		variable := directoryVariable(s.Name)
		switch other, taken := seen[variable]; {
		case taken && other == s.Name:
			p.Add(field+"name", "Each directory needs a name of its own.")
		case taken:
			p.Add(field+"name", "The directories "+other+" and "+s.Name+" would share the variable "+variable+" of their passwords. Give one of them another name.")
		}
		seen[variable] = s.Name
		_, err := directory.Open(s, nil)
		p.Merge(field, err)
	}
}

// directoryVariable is the variable with the password of Rekey's account in a directory:
// REKEY_DIRECTORY_STAFF_PASSWORD.
func directoryVariable(name string) string {
	return "REKEY_DIRECTORY_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_PASSWORD"
}
