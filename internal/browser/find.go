package browser

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// PathVariable is the environment variable that may hold the path of the
// browser to start.
const PathVariable = "REKEY_CHROMIUM"

// ErrMissing is the error of Start if there is no browser on this machine.
var ErrMissing = errors.New("Chromium is not installed: apt-get install chromium, or name a Chromium or Chrome in " + PathVariable) //nolint:staticcheck // a name begins the sentence

// programs are the names of Chromium on different systems. The first has no windows,
// and takes three quarters of the time of the others.
var programs = []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"}

// find returns the path of the browser to start.
func find() (string, error) {
	if named := os.Getenv(PathVariable); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("%s names no program that can be run: %w", PathVariable, err)
		}
		return path, nil
	}
	for _, name := range programs {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrMissing
}
