package main

import (
	"slices"

	"github.com/alecthomas/kong"

	"rekey"
	"rekey/internal/app"
)

// settings are all settings of a server. Flags win over REKEY_* variables, those over
// the file, and the file over defaults.
type settings struct {
	ConfigFile settingsFile `name:"config" env:"REKEY_CONFIG" placeholder:"FILE" help:"Settings file (YAML). Flags replace REKEY_* variables, and both replace this file."`
	Values     app.Config   `embed:""`
}

// complete returns the settings with secrets and defaults.
func (s settings) complete(e *env, command *kong.Context) (app.Config, error) {
	c := s.Values
	for _, flag := range command.Flags() {
		if flag.Name == app.FlagOf("smtp.port") && flag.Set && c.SMTP.Port == 0 { // which is the default only where it is left out
			return c, rekey.Invalid("smtp.port", "Give a whole number from 1 to 65535.")
		}
	}
	if err := c.ReadSecrets(e.getenv); err != nil {
		return c, err
	}
	c.Complete()
	return c, nil
}

// storage are the settings of commands that need only database and keys.
type storage struct {
	ConfigFile settingsFile `name:"config" env:"REKEY_CONFIG" placeholder:"FILE" help:"Settings file (YAML) of the server."`
	Database   string       `env:"REKEY_DATABASE" aliases:"database-url" default:"rekey.db" placeholder:"FILE|URL" help:"The database: a file of SQLite, or postgres://user@host/name."`
	Keys       string       `env:"REKEY_KEYS" placeholder:"FILE" help:"The keys. Default: the database's name and .keys."`
}

func (s storage) config() app.Config { return app.Config{Database: s.Database, Keys: s.Keys} }

// settingsFile names a settings file; kong reads it before it resolves flags.
type settingsFile string

// BeforeResolve is called by kong.
func (f settingsFile) BeforeResolve(ctx *kong.Context, trace *kong.Path) error {
	if !slices.Contains(ctx.Flags(), trace.Flag) {
		return nil // set by the environment, for another command
	}
	path, _ := ctx.FlagValue(trace.Flag).(settingsFile)
	resolver, err := app.ReadSettings(string(path))
	if err != nil {
		return err
	}
	ctx.AddResolver(resolver)
	return nil
}
