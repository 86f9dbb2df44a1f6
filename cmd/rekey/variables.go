package main

import (
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"rekey"
	"rekey/internal/app"
)

// prefix begins the variables of Rekey.
const prefix = "REKEY_"

// callerVariables hold credentials. They have no flag, since everybody on the machine
// can see flags.
var callerVariables = []string{"REKEY_USER", "REKEY_PASSWORD"}

// otherVariables are the passwords of directories, whose names are not known here, and
// variables for other programs: those of the tests, and those that
// Kubernetes and Docker set for a service named rekey.
var otherVariables = regexp.MustCompile(`^REKEY_(DIRECTORY_\w+_PASSWORD|TEST_\w*|CHROMIUM|E2E_ORDERS|TORTURE_NODE|(\w+_)?SERVICE_(HOST|PORT)(_\w+)?|(\w+_)?PORT(_\d+_(TCP|UDP|SCTP)(_PROTO|_PORT|_ADDR)?)?|NAME|ENV_\w+)$`)

// knownVariables lists the variables of all commands.
func knownVariables(model *kong.Application) []string {
	known := append(app.SecretVariables(), callerVariables...)
	_ = kong.Visit(model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			known = append(known, flag.Envs...)
		}
		return next(nil)
	})
	slices.Sort(known)
	return slices.Compact(known)
}

// checkVariables refuses unknown variables with the prefix: a misspelt one would
// silently have no effect.
func checkVariables(environ, known []string) error {
	var p rekey.Problems
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		if !isOurs(name) || slices.Contains(known, name) || otherVariables.MatchString(name) {
			continue
		}
		p.Add(name, "Unknown variable"+orUnset(app.Nearest(name, known)))
	}
	return p.Err()
}

// isOurs reports whether a variable is meant for Rekey, in upper or lower case.
func isOurs(variable string) bool {
	return len(variable) >= len(prefix) && strings.EqualFold(variable[:len(prefix)], prefix)
}

func orUnset(near string) string {
	if near == "" {
		return ". Unset it; rekey serve --help lists the variables of the server."
	}
	return near
}

// checkValues returns an error with the flags' variables whose value cannot be read.
func checkValues(flags []*kong.Flag) error {
	var p rekey.Problems
	for _, key := range app.SettingKeys() {
		for _, flag := range flags {
			if flag.Name != app.FlagOf(key) || len(flag.Envs) == 0 {
				continue
			}
			if text := os.Getenv(flag.Envs[0]); text != "" {
				if err := app.CheckSetting(key, text); err != nil {
					p.Add(flag.Envs[0], err.Error()+".")
				}
			}
		}
	}
	return p.Err()
}

// dropEmptyVariables unsets empty variables, as env files may have them.
func dropEmptyVariables() {
	for _, variable := range os.Environ() {
		if name, value, _ := strings.Cut(variable, "="); value == "" && isOurs(name) {
			_ = os.Unsetenv(name) // it fails only for an invalid name
		}
	}
}
