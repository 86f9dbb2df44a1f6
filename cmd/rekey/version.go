package main

import (
	"fmt"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"rekey/internal/app"
)

// versionFlag prints the version.
type versionFlag bool

// BeforeReset is called by kong where the flag was given.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	_, err := fmt.Fprintln(app.Stdout, "rekey "+versionText())
	app.Exit(statusOK)
	return err
}

// versionText returns the version of a release build, or else the commit.
func versionText() string {
	if app.Version != "development" {
		return app.Version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	text := info.Main.Version
	if text == "" || text == "(devel)" {
		text = "devel"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			text += " " + s.Value[:12]
		}
	}
	return text + " " + info.GoVersion
}
